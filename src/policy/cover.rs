//! The policy as allow rules: which entries to allow, on which ports, except which others. What proxies hold.
//!
//! A host and port is allowed when an allowed entry matches it and no entry that is not allowed, and that beats the
//! allowed one, matches it too. That is the same as "the winner is allowed": an allowed winner is beaten by nobody, and
//! a winner that is not allowed beats every allowed entry that matches.

mod join;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Entry;
use crate::dest::{Overlaps, Ports};
use crate::site::RouteId;
pub use join::join;

/// Entries allowed on the same ports, with the same exceptions.
#[derive(Debug)]
pub struct Grant<'p> {
    /// What is allowed; `None`: everything.
    pub entries: Option<Vec<&'p Entry>>,
    /// On which TCP ports, as first and last; `None`: all.
    pub ports: Option<Vec<(u16, u16)>>,
    /// Except what these match.
    pub except: Vec<&'p Entry>,
}

impl Grant<'_> {
    /// Whether it is about TCP at all: what asks a proxy comes by TCP. Port 0 is none.
    pub fn has_tcp(&self) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.iter().any(|(_, last)| *last > 0))
    }
}

/// Splits the entries of a policy into grants: `allowed` says which entries are, `everything` whether what no entry matches
/// is. Ports are TCP's; for another protocol give entries [`on`](super::Entry::on) it.
pub fn cover(entries: &[Entry], allowed: impl Fn(&Entry) -> bool, everything: bool) -> Vec<Grant<'_>> {
    cover_beside(entries, allowed, |_| false, everything)
}

/// The same, where entries that are not allowed may give way to allowed ones that are as specific, whichever rule is earlier.
pub fn cover_beside(
    entries: &[Entry],
    allowed: impl Fn(&Entry) -> bool,
    gives_way: impl Fn(&Entry) -> bool,
    everything: bool,
) -> Vec<Grant<'_>> {
    let is_allowed: Vec<bool> = entries.iter().map(&allowed).collect();
    if !everything && !is_allowed.contains(&true) {
        return Vec::new();
    }
    let beaten_by = exceptions(entries, &is_allowed, gives_way);
    // Grants in a stable order: by their ports and exceptions.
    let mut grants: BTreeMap<(PortList, Vec<usize>), Vec<usize>> = BTreeMap::new();
    let allowed: Vec<usize> = (0..entries.len()).filter(|at| is_allowed.get(*at) == Some(&true)).collect();
    // Most are beaten by nobody, and many behind each other have the same ports.
    let free_ports = |at: &usize| entries.get(*at).map(|e| &e.ports).filter(|_| !beaten_by.contains_key(at));
    for run in allowed.chunk_by(|a, b| free_ports(a).is_some_and(|ports| free_ports(b) == Some(ports))) {
        for grant in run.first().into_iter().flat_map(|at| left(entries, *at, &beaten_by)) {
            grants.entry(grant).or_default().extend(run);
        }
    }
    let pick = |list: Vec<usize>| list.into_iter().filter_map(|at| entries.get(at)).collect::<Vec<_>>();
    let mut out: Vec<Grant> = grants
        .into_iter()
        .map(|((ports, except), list)| Grant { entries: Some(pick(list)), ports, except: pick(except) })
        .collect();
    if everything {
        let refused: Vec<usize> = (0..entries.len()).filter(|at| is_allowed.get(*at) == Some(&false)).collect();
        let all = by_ports(&Ports::All, &refused, entries);
        out.extend(all.into_iter().map(|(ports, except)| Grant { entries: None, ports, except: pick(except) }));
    }
    out
}

/// For each entry whether it decides something: whether on some of its ports no entry that leads elsewhere and beats it takes all
/// its hosts.
#[must_use]
pub fn decisive(entries: &[Entry]) -> Vec<bool> {
    let mut decides = vec![false; entries.len()];
    let routes: BTreeSet<RouteId> = entries.iter().map(|e| e.route).collect();
    for route in routes {
        let is_own: Vec<bool> = entries.iter().map(|e| e.route == route).collect();
        let beaten_by = exceptions(entries, &is_own, |_| false);
        for (at, decides) in decides.iter_mut().enumerate().filter(|(at, _)| is_own.get(*at) == Some(&true)) {
            *decides = !beaten_by.contains_key(&at) || !left(entries, at, &beaten_by).is_empty();
        }
    }
    decides
}

/// What is left of an entry: ports, with the entries that are excepted there. Where one of those takes all its hosts, nothing is.
fn left(entries: &[Entry], at: usize, beaten_by: &HashMap<usize, Vec<usize>>) -> Vec<(PortList, Vec<usize>)> {
    let Some(entry) = entries.get(at) else { return Vec::new() };
    let beaten = beaten_by.get(&at).map_or(&[][..], Vec::as_slice);
    let mut left = by_ports(&entry.ports, beaten, entries);
    let covers = |other: &usize| entries.get(*other).is_some_and(|other| other.pattern.covers(&entry.pattern));
    left.retain(|(_, except)| !except.iter().any(covers));
    left
}

type PortList = Option<Vec<(u16, u16)>>;

/// Splits ports by which of some entries cover them.
fn by_ports(ports: &Ports, others: &[usize], entries: &[Entry]) -> Vec<(PortList, Vec<usize>)> {
    let ports_of = |at: &usize| entries.get(*at).map(|e| &e.ports);
    let partial = others.iter().filter_map(ports_of).any(|p| !matches!(p, Ports::All));
    let whole = match ports {
        Ports::All => None,
        Ports::Listed(_) => Some(ports.tcp()),
    };
    if !partial {
        return vec![(whole, others.to_vec())];
    }
    let mut cuts: Vec<u32> = vec![0, 65536];
    for (first, last) in others.iter().filter_map(ports_of).flat_map(Ports::tcp).chain(ports.tcp()) {
        cuts.extend([u32::from(first), u32::from(last) + 1]);
    }
    cuts.sort_unstable();
    cuts.dedup();
    let mut groups: BTreeMap<Vec<usize>, Vec<(u16, u16)>> = BTreeMap::new();
    for pair in cuts.windows(2) {
        let [first, next] = pair else { continue };
        let (Ok(first), Ok(last)) = (u16::try_from(*first), u16::try_from(*next - 1)) else {
            continue;
        };
        if !ports.covers(Some(first)) {
            continue;
        }
        let except = others.iter().copied().filter(|at| ports_of(at).is_some_and(|p| p.covers(Some(first)))).collect();
        let ranges = groups.entry(except).or_default();
        match ranges.last_mut() {
            Some(before) if u32::from(before.1) + 1 == u32::from(first) => before.1 = last,
            _ => ranges.push((first, last)),
        }
    }
    groups.into_iter().map(|(except, ranges)| (Some(ranges).filter(|r| *r != [(0, u16::MAX)]), except)).collect()
}

/// For each allowed entry the refused ones that beat it somewhere, by position.
fn exceptions(
    entries: &[Entry],
    is_allowed: &[bool],
    gives_way: impl Fn(&Entry) -> bool,
) -> HashMap<usize, Vec<usize>> {
    if !is_allowed.contains(&false) {
        return HashMap::new();
    }
    let allowed = entries.iter().enumerate().zip(is_allowed).filter(|(_, is)| **is);
    let candidates: Overlaps<usize> = allowed.map(|((at, entry), _)| (&entry.pattern, at)).collect();
    let mut found: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, refused) in entries.iter().enumerate().filter(|(at, _)| is_allowed.get(*at) == Some(&false)) {
        let mut ask = |candidate: usize| {
            let Some(entry) = entries.get(candidate) else {
                return;
            };
            let beats = if gives_way(refused) {
                refused.is_more_specific(entry)
            } else {
                refused.compare(at, entry, candidate) == Ordering::Greater
            };
            if beats && refused.ports.overlap(&entry.ports) && refused.pattern.may_overlap(&entry.pattern) {
                found.entry(candidate).or_default().push(at);
            }
        };
        if refused.is_final {
            // It beats more specific ones too.
            candidates.near(&refused.pattern).for_each(|candidate| ask(*candidate));
        } else {
            candidates.up(&refused.pattern).for_each(|candidate| ask(*candidate));
        }
    }
    for list in found.values_mut() {
        list.sort_unstable();
        list.dedup();
    }
    found
}
