//! The policy of one zone: every pattern with its route, and who wins.
//!
//! In: entries, from the stage before. Out: [`Policy`], which answers `decide(host, port)`, and what targets compile
//! from it: [`table`] (lookup tables) and [`cover`] (what to allow, with its exceptions). Never: a format's spelling.

pub mod action;
pub mod cover;
mod index;
pub mod table;

use std::sync::OnceLock;

use crate::dest::{Ask, Host, Pattern, Ports, Protocol};
use crate::site::{RouteId, ZoneId};
use index::Index;

/// Where an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A selected endpoint, by its position in the plan.
    Item(u32),
    /// A line of the rule's hosts, by its position.
    Line(u32),
}

/// A pattern with its route.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it comes from.
    pub origin: Origin,
    /// What it matches.
    pub pattern: Pattern,
    /// On which ports.
    pub ports: Ports,
    /// Where it sends.
    pub route: RouteId,
    /// Its rule, by position in the site; entries stand in the order of the rules.
    pub rule: u32,
    /// Whether its rule beats specificity.
    pub is_final: bool,
}

impl Entry {
    /// The entry as it decides one protocol: with the ports of that one only, written as TCP's. What asks a proxy comes by
    /// TCP; a firewall has to tell them apart.
    #[must_use]
    pub fn on(&self, protocol: Protocol) -> Self {
        Self { ports: self.ports.on(protocol), pattern: self.pattern.clone(), ..*self }
    }

    /// Orders two entries that match a common host: the greater one wins. `mine` and `theirs` are their positions.
    fn compare(&self, mine: usize, other: &Self, theirs: usize) -> std::cmp::Ordering {
        self.is_final
            .cmp(&other.is_final)
            .then_with(|| self.pattern.compare(&other.pattern))
            .then_with(|| theirs.cmp(&mine))
    }

    /// Whether it wins wherever it stands.
    fn is_more_specific(&self, other: &Self) -> bool {
        self.is_final.cmp(&other.is_final).then_with(|| self.pattern.compare(&other.pattern)).is_gt()
    }
}

/// The entries that decide something of a protocol, with their ports of that one only.
#[must_use]
pub fn on(entries: &[Entry], protocol: Protocol) -> Vec<Entry> {
    entries.iter().map(|entry| entry.on(protocol)).filter(|entry| entry.ports.has_tcp()).collect()
}

/// Something that sends a host and port somewhere: the policy, an oracle, a reader of an artifact.
pub trait Decide {
    /// The route.
    fn decide(&self, ask: &Ask) -> RouteId;
}

/// What one zone's clients may do, resolved.
#[derive(Debug)]
pub struct Policy {
    /// The zone.
    pub zone: ZoneId,
    /// Where everything else goes.
    pub default: RouteId,
    /// The patterns, in the order of the rules.
    pub entries: Vec<Entry>,
    /// Made when the first question is asked, or by [`Policy::prepare`].
    index: OnceLock<Index>,
}

impl Policy {
    /// The policy of some entries.
    #[must_use]
    pub const fn new(zone: ZoneId, default: RouteId, entries: Vec<Entry>) -> Self {
        Self { zone, default, entries, index: OnceLock::new() }
    }

    /// Makes the lookup, so that no question waits for it: a long list takes as long as to read it.
    pub fn prepare(&self) {
        self.index();
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.entries))
    }

    /// The entries that match a host, the winner first; ports are not looked at.
    #[must_use]
    pub fn matching(&self, host: &Host) -> Vec<&Entry> {
        let mut found = Vec::new();
        self.index().matching(&self.entries, host, &mut |entry| {
            found.push(entry);
            true
        });
        found
    }

    /// The entry that decides, when one does.
    #[must_use]
    pub fn winner(&self, ask: &Ask) -> Option<&Entry> {
        let mut winner = None;
        self.index().matching(&self.entries, &ask.host, &mut |entry| {
            let covers = entry.ports.covers(ask.port);
            if covers {
                winner = Some(entry);
            }
            !covers
        });
        winner
    }
}

impl Decide for Policy {
    fn decide(&self, ask: &Ask) -> RouteId {
        self.winner(ask).map_or(self.default, |entry| entry.route)
    }
}
