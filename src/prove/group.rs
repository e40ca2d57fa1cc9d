//! Hosts that are asked about at once, with what the oracle sees of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::expect::Seen;
use super::facts::ZoneFacts;
use super::witness::Witnesses;

/// Hosts that are asked about at once: few enough to be kept, and so many that the way to the engine of a script, which is
/// worth some hundred questions, does not matter.
const AT_ONCE: usize = 256;

/// Most hosts that are asked about at all ports.
const EVERYWHERE: usize = 10_000;

/// At which ports a host is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thoroughly {
    /// At all that are worth it.
    Everywhere,
    /// At those of its entries, and at the next few of the others: there are so many hosts that each is met often.
    AtOwn,
    /// At the next few.
    AtFew,
    /// At the next one.
    AtAny,
}

impl Thoroughly {
    /// Where there are many hosts: at which ports those are asked about in a zone. Where none of its entries names ports, all are
    /// alike to the policy.
    pub(super) const fn in_zone(self, zone: &ZoneFacts) -> Self {
        match self {
            Self::AtOwn if !zone.by_port => Self::AtAny,
            Self::AtAny if zone.by_port => Self::AtFew,
            asked => asked,
        }
    }
}

/// Groups of hosts for several who ask about them, each at a pace of its own: a group is looked at by who comes to it first, and
/// kept until all have it behind them.
pub(super) struct Groups<'h, 'o, 'c> {
    witnesses: &'h Witnesses,
    zones: &'o [ZoneFacts<'c>],
    kept: Mutex<Kept<'h, 'o, 'c>>,
}

/// A group, once somebody has looked at it.
type Looked<'h, 'o, 'c> = Arc<OnceLock<Arc<Group<'h, 'o, 'c>>>>;

struct Kept<'h, 'o, 'c> {
    /// Where each is who asks.
    at: Vec<usize>,
    groups: BTreeMap<usize, Looked<'h, 'o, 'c>>,
}

/// Most hosts that are kept, each time a zone. Beyond, who is behind looks at them again.
const MOST: usize = 65_536;

/// Hosts that are asked about at once, with the eyes of every zone.
pub(super) struct Group<'h, 'o, 'c> {
    names: Vec<(&'h str, Thoroughly)>,
    /// Of each name what every zone sees.
    seen: Vec<Seen<'o, 'c>>,
}

/// A host with the eyes of every zone.
#[derive(Clone, Copy)]
pub(super) struct Host<'g, 'h, 'o, 'c> {
    pub(super) name: &'h str,
    pub(super) asked: Thoroughly,
    pub(super) seen: &'g [Seen<'o, 'c>],
}

impl<'h, 'o, 'c> Groups<'h, 'o, 'c> {
    /// Groups of hosts for so many who ask.
    pub(super) fn new(witnesses: &'h Witnesses, zones: &'o [ZoneFacts<'c>], askers: usize) -> Self {
        Self { witnesses, zones, kept: Mutex::new(Kept { at: vec![0; askers], groups: BTreeMap::new() }) }
    }

    /// The zones with whose eyes hosts are looked at.
    pub(super) const fn zones(&self) -> &'o [ZoneFacts<'c>] {
        self.zones
    }

    /// A group by its number; who asks has those before it behind him.
    pub(super) fn get(&self, asker: usize, number: usize) -> Option<Arc<Group<'h, 'o, 'c>>> {
        let first = number * AT_ONCE;
        if first >= self.witnesses.len() {
            return None;
        }
        let look = || Arc::new(Group::look(self.witnesses, first, self.zones));
        // Others wait until somebody has looked: who looks waits for none of them.
        let shared = self.shared(asker, number);
        Some(shared.map_or_else(look, |shared| Arc::clone(shared.get_or_init(look))))
    }

    /// The place of a group among those that are kept; none when there are too many.
    fn shared(&self, asker: usize, number: usize) -> Option<Looked<'h, 'o, 'c>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.at.get_mut(asker) {
            *at = number;
        }
        let first = kept.at.iter().copied().min().unwrap_or_default();
        kept.groups = kept.groups.split_off(&first);
        let has_room = kept.groups.len() * AT_ONCE * self.zones.len() < MOST;
        match kept.groups.entry(number) {
            Entry::Occupied(group) => Some(Arc::clone(group.get())),
            Entry::Vacant(place) => has_room.then(|| Arc::clone(place.insert(Arc::default()))),
        }
    }
}

impl<'h, 'o, 'c> Group<'h, 'o, 'c> {
    fn look(witnesses: &'h Witnesses, first: usize, zones: &'o [ZoneFacts<'c>]) -> Self {
        let (classes, alikes) = match witnesses.hosts.len() {
            0..=EVERYWHERE => (Thoroughly::Everywhere, Thoroughly::AtFew),
            _ => (Thoroughly::AtOwn, Thoroughly::AtAny),
        };
        let named = (first..first + AT_ONCE).filter_map(|at| witnesses.get(at));
        let names: Vec<_> = named.map(|(name, is_alike)| (name, if is_alike { alikes } else { classes })).collect();
        let mut seen = Vec::with_capacity(names.len() * zones.len());
        for (name, _) in &names {
            seen.extend(zones.iter().map(|zone| Seen::host(zone, name)));
        }
        Self { names, seen }
    }

    pub(super) fn get(&self, at: usize) -> Option<Host<'_, 'h, 'o, 'c>> {
        let (name, asked) = *self.names.get(at)?;
        let zones = self.seen.len() / self.names.len();
        let seen = self.seen.get(at * zones..)?.get(..zones)?;
        Some(Host { name, asked, seen })
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = Host<'_, 'h, 'o, 'c>> {
        (0..self.names.len()).filter_map(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::oracle::Oracle;
    use crate::prove::witness::witnesses;

    #[test]
    fn all_who_ask_meet_the_same_hosts_and_no_more_are_kept_than_may_be() {
        let names: Vec<String> = (0..25_000).map(|n| format!("n{n}.example")).collect();
        let witnesses = witnesses(names.iter().map(String::as_str));
        let oracle = || Oracle::new("web", []);
        let zone = ZoneFacts { zone: 0, proxied: oracle(), opened: oracle(), tags: BTreeMap::new(), by_port: false };
        let zones = [zone];
        let groups = Groups::new(&witnesses, &zones, 2);
        let kept = || groups.kept.lock().map_or(0, |kept| kept.groups.len());
        let asked_by = |asker: usize| {
            let mut hosts: Vec<String> = Vec::new();
            let mut most = 0;
            for number in 0.. {
                let Some(group) = groups.get(asker, number) else { break };
                hosts.extend(group.hosts().map(|host| host.name.to_owned()));
                most = most.max(kept());
            }
            (hosts, most)
        };
        // The second one asks when the first is done: most of the hosts are no longer kept, or were not.
        let ((first, most), (second, _)) = (asked_by(0), asked_by(1));
        let all: Vec<&str> = (0..witnesses.len()).filter_map(|at| witnesses.get(at)).map(|(name, _)| name).collect();
        assert!(first == all && second == all);
        assert!(all.len() > MOST + AT_ONCE && most * AT_ONCE == MOST, "{} hosts, {most} groups", all.len());
        assert_eq!(kept(), 1, "what both have behind them");
    }
}
