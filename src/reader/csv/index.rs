//! Destinations found by a host, in a search for each of its labels or for each length of a prefix.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::target::{Rest, Target};
use crate::reader::names::{Key, Names};
use crate::reader::net::{Span, point};

/// A host.
pub(super) enum Asked {
    Address(IpAddr),
    Name(Key),
}

impl Asked {
    pub(super) fn of(host: &str) -> Option<Self> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(&host);
        match bare.parse::<IpAddr>() {
            Ok(address) => Some(Self::Address(address)),
            Err(_) if host.is_empty() || host.len() > 255 => None,
            Err(_) => Some(Self::Name(Key::of(host))),
        }
    }
}

/// Destinations, each with the number of its row.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Names by what every host of theirs ends with; tags point into `named`.
    tails: Names,
    named: Vec<(Rest, u32)>,
    /// Names that end in a star.
    loose: Vec<usize>,
    plain: Vec<u32>,
    networks: BTreeMap<Span, Vec<u32>>,
    /// The sizes of networks that occur, as host bits set.
    sizes: BTreeSet<(bool, u128)>,
}

impl Index {
    /// Makes room for so many destinations.
    pub(super) fn reserve(&mut self, more: usize) {
        self.tails.reserve(more);
        self.named.reserve(more);
    }

    pub(super) fn add(&mut self, target: Target, row: u32) {
        match target {
            Target::Nothing => {}
            Target::Plain => self.plain.push(row),
            Target::Network(span) => {
                self.sizes.insert((span.v6, span.last - span.first));
                self.networks.entry(span).or_default().push(row);
            }
            Target::Name(name) => {
                let tail = name.tail();
                if tail.is_empty() {
                    self.loose.push(self.named.len());
                } else {
                    self.tails.add(tail, true, u32::try_from(self.named.len()).unwrap_or(u32::MAX));
                }
                self.named.push((name.rest(), row));
            }
        }
    }

    pub(super) fn finish(&mut self) {
        self.tails.finish();
    }

    /// The rows of the destinations that a host is.
    pub(super) fn find(&self, asked: &Asked) -> Vec<u32> {
        let host = match asked {
            Asked::Address(address) => {
                let at = point(*address);
                let around = self.sizes.iter().filter(|(v6, _)| *v6 == at.v6).filter_map(|(v6, hosts)| {
                    let first = at.first & !hosts;
                    self.networks.get(&Span { v6: *v6, first, last: first | hosts })
                });
                return around.flatten().copied().collect();
            }
            Asked::Name(host) => host,
        };
        let tails = self.tails.find(host).map(|f| f.tag as usize).chain(self.loose.iter().copied());
        let mut found: Vec<u32> = tails
            .filter_map(|at| self.named.get(at))
            .filter(|(rest, _)| rest.matches(host.host(), host.labels()))
            .map(|(_, row)| *row)
            .collect();
        if host.labels() == 1 {
            found.extend(&self.plain);
        }
        found
    }
}
