//! What is refused so that nothing is left of a served entry.

use std::collections::BTreeMap;

use crate::dest::{Overlaps, Pattern, Ports, Protocol};
use crate::policy::{Entry, Policy};
use crate::target::Common;

/// Refused entries of a policy that may leave nothing of others.
pub struct Refusals<'p> {
    finals: Overlaps<'p, &'p Entry>,
    /// The others by their patterns, with their positions.
    by_pattern: BTreeMap<&'p Pattern, Vec<(usize, &'p Entry)>>,
}

impl<'p> Refusals<'p> {
    /// Those of a policy.
    pub fn of(common: &Common, policy: &'p Policy) -> Self {
        let refused = || policy.entries.iter().enumerate().filter(|(_, e)| !common.serves(e.route));
        let mut by_pattern: BTreeMap<&Pattern, Vec<(usize, &Entry)>> = BTreeMap::new();
        for (at, entry) in refused().filter(|(_, e)| !e.is_final) {
            by_pattern.entry(&entry.pattern).or_default().push((at, entry));
        }
        let finals = refused().map(|(_, entry)| entry).filter(|e| e.is_final);
        Self { finals: finals.map(|e| (&e.pattern, e)).collect(), by_pattern }
    }

    /// Whether final ones, and earlier ones of the same pattern, take all of an entry: its line would reach deeper than the
    /// exception, or mark what is not let through by it.
    pub fn take(&self, at: usize, entry: &Entry) -> bool {
        let names = |other: &Entry| other.pattern.name().zip(entry.pattern.name()).is_some_and(|(a, b)| a.takes(b));
        let is_within = |other: &Entry| other.pattern.covers(&entry.pattern) || names(other);
        let same = self.by_pattern.get(&entry.pattern).into_iter().flatten();
        let before = same.filter(|(before, _)| *before < at).map(|(_, other)| *other);
        let finals = self.finals.up(&entry.pattern).copied().filter(|other| is_within(other));
        let takers = finals.chain(before);
        // What asks a proxy comes by TCP.
        let taken = Ports::union(takers.map(|other| &other.ports)).on(Protocol::Tcp);
        !entry.is_final && entry.ports.on(Protocol::Tcp).lies_in(&taken)
    }
}
