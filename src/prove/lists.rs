//! In which lists a host has to stand, and in which it may, where an output has one a route or one a service.

use std::collections::BTreeSet;

use super::declared::Declared;
use super::expect::{Seen, address, deciding, is_served};
use super::oracle::{Fact, FactId};
use crate::claims::{Claims, Output};

/// The lists of an output.
#[derive(Clone, Copy)]
pub struct Lists<'c> {
    /// What is claimed.
    pub claims: &'c Claims,
    /// The output.
    pub output: &'c Output,
    /// Whether each endpoint stands in the list of its service; otherwise in that of its route, as lines of rules and
    /// addresses do.
    pub by_service: bool,
}

impl Lists<'_> {
    /// The name of the list of an entry, in the case that all of them have.
    fn name(&self, fact: &Fact, is_address: bool) -> String {
        let of_service = |at: usize| self.claims.endpoints.get(at)?.endpoint.split('/').next();
        let name = match fact.id {
            FactId::Endpoint(at) if self.by_service && !is_address => of_service(at),
            _ => None,
        };
        name.unwrap_or(fact.terms.route).to_ascii_uppercase()
    }

    /// The lists of the entries that decide about a host at some port.
    pub fn due(&self, host: &str, seen: &Seen) -> BTreeSet<String> {
        let is_address = address(host).is_some();
        deciding(self.output, seen).map(|fact| self.name(fact, is_address)).collect()
    }

    /// Whether the difference of the lists that a host has to be in and those that it is in was said. `zones` are those of
    /// the output, of which `seen` is one: lists do not tell them apart.
    pub fn explain<'s, 'o: 's, 'k: 'o>(
        &self,
        declared: &Declared,
        (host, seen): (&str, &Seen),
        zones: impl Iterator<Item = &'s Seen<'o, 'k>> + Clone,
        (due, got): (&[String], &[String]),
    ) -> bool {
        let is_address = address(host).is_some();
        let is_of = |fact: &Fact, name: &String| {
            is_served(self.output, fact.terms.route) && self.name(fact, is_address) == *name
        };
        let lacks = |name: &String| seen.all().any(|fact| is_of(fact, name) && declared.less(fact));
        // Addresses are cut out of what stands around them. Of names the wider ones take the others, which stand in lists of
        // their own.
        let takes = |seen: &Seen, name: &String| {
            let by_matching = || seen.proxied.facts().any(|fact| is_of(fact, name));
            let by_near = || seen.facts.proxied.above(host).iter().any(|fact| is_of(fact, name) && declared.more(fact));
            if is_address { self.due(host, seen).contains(name) } else { by_matching() || by_near() }
        };
        due.iter().filter(|name| !got.contains(name)).all(lacks)
            && got.iter().filter(|name| !due.contains(name)).all(|name| zones.clone().any(|seen| takes(seen, name)))
    }
}
