//! The packet filter's file read back: one table of sets of addresses, and chains that accept what is in them.
//!
//! In: the file. Out: an [`Nft`] that says what a chain accepts. Refused is what `nft -c -f` refuses, what it takes and
//! never matches, and every statement that is not known here.

mod parse;
mod token;

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::net::{Protocol, Spans, port_in};
use super::text::Problems;
use super::{File, Problem};

/// The table.
#[derive(Debug, Default)]
pub struct Nft {
    sets: BTreeMap<String, Set>,
    chains: BTreeMap<String, Vec<Rule>>,
}

/// Addresses of one family.
#[derive(Debug)]
struct Set {
    v6: bool,
    spans: Spans,
}

/// A rule that accepts what passes all its parts.
#[derive(Debug)]
struct Rule {
    line: usize,
    from: Option<Addresses>,
    to: Option<Addresses>,
    ports: Option<(Protocol, Vec<(u16, u16)>)>,
}

/// What an address is compared with.
#[derive(Debug)]
enum Addresses {
    Named { v6: bool, set: String },
    Listed { v6: bool, spans: Spans },
}

impl Nft {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything `nft` would refuse, everything that never matches, everything not known here.
    pub fn read(file: &File) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let table = parse::read(file, &mut problems);
        problems.or(table)
    }

    /// Whether a chain accepts a packet; `None` when there is no such chain.
    #[must_use]
    pub fn accepts(&self, chain: &str, from: IpAddr, to: IpAddr, protocol: Protocol, port: u16) -> Option<bool> {
        if from.is_ipv4() != to.is_ipv4() {
            return self.chains.get(chain).map(|_| false);
        }
        let rules = self.chains.get(chain)?;
        Some(rules.iter().any(|rule| {
            let hold = |part: &Option<Addresses>, address| part.as_ref().is_none_or(|a| self.hold(a, address));
            let ports = rule.ports.as_ref().is_none_or(|(p, ranges)| *p == protocol && port_in(ranges, Some(port)));
            ports && hold(&rule.from, from) && hold(&rule.to, to)
        }))
    }

    /// The names of the chains.
    pub fn chains(&self) -> impl Iterator<Item = &str> {
        self.chains.keys().map(String::as_str)
    }

    /// Clients that rules name: the first and the last of each network.
    pub fn clients(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let named = self.chains.values().flatten().filter_map(|rule| rule.from.as_ref());
        let spans = named.filter_map(|addresses| match addresses {
            Addresses::Named { set, .. } => self.sets.get(set).map(|set| &set.spans),
            Addresses::Listed { spans, .. } => Some(spans),
        });
        spans.flat_map(Spans::ends)
    }

    fn hold(&self, addresses: &Addresses, address: IpAddr) -> bool {
        match addresses {
            Addresses::Named { set, .. } => self.sets.get(set).is_some_and(|s| s.spans.hold(address)),
            Addresses::Listed { spans, .. } => spans.hold(address),
        }
    }
}
