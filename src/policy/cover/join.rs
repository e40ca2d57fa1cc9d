//! Fewer grants: those on the same ports become one where no exception of the one takes anything of the other.
//!
//! A proxy asks its rules one after the other. Ten thousand wildcards with an exception each are ten thousand grants, though
//! one rule says them all: "what matches any of these, except what matches any of those".

use std::collections::BTreeSet;

use super::{Grant, PortList};
use crate::dest::Overlaps;
use crate::policy::Entry;

/// The grants in fewer, where that is the same. One without exceptions stays as it is, and so does one of everything.
#[must_use]
pub fn join(grants: Vec<Grant<'_>>) -> Vec<Grant<'_>> {
    let (with, mut joined): (Vec<Grant>, Vec<Grant>) =
        grants.into_iter().partition(|grant| grant.entries.is_some() && !grant.except.is_empty());
    let exceptions = exceptions(&with);
    let mut groups: Vec<Group> = Vec::new();
    for grant in with {
        let group = Group::of(grant, &exceptions);
        match groups.iter_mut().find(|other| other.may_join(&group)) {
            Some(other) => other.join(group),
            None => groups.push(group),
        }
    }
    joined.extend(groups.into_iter().map(|group| group.grant));
    // In the order of single grants: by ports.
    joined.sort_by(|a, b| (a.entries.is_none(), &a.ports).cmp(&(b.entries.is_none(), &b.ports)));
    joined
}

/// An entry as itself, whatever it says: grants refer to those of one policy.
type Id = *const Entry;

/// The exceptions of some grants, each once.
fn exceptions<'p>(grants: &[Grant<'p>]) -> Overlaps<'p, &'p Entry> {
    let mut seen: BTreeSet<Id> = BTreeSet::new();
    let each = grants.iter().flat_map(|grant| grant.except.iter().copied());
    each.filter(|entry| seen.insert(std::ptr::from_ref(*entry))).map(|entry| (&entry.pattern, entry)).collect()
}

/// Grants that became one.
struct Group<'p> {
    grant: Grant<'p>,
    except: BTreeSet<Id>,
    /// What refuses some of the same hosts, but is beaten there: no exception here.
    beaten: BTreeSet<Id>,
}

impl<'p> Group<'p> {
    fn of(grant: Grant<'p>, exceptions: &Overlaps<'p, &'p Entry>) -> Self {
        let except: BTreeSet<Id> = grant.except.iter().map(|entry| std::ptr::from_ref(*entry)).collect();
        let mut beaten = BTreeSet::new();
        for entry in grant.entries.iter().flatten() {
            let over = exceptions.near(&entry.pattern).filter(|other| other.pattern.may_overlap(&entry.pattern));
            beaten.extend(over.map(|other| std::ptr::from_ref(*other)).filter(|id| !except.contains(id)));
        }
        Self { grant, except, beaten }
    }

    fn ports(&self) -> &PortList {
        &self.grant.ports
    }

    fn may_join(&self, other: &Self) -> bool {
        self.ports() == other.ports()
            && self.except.is_disjoint(&other.beaten)
            && self.beaten.is_disjoint(&other.except)
    }

    fn join(&mut self, other: Self) {
        if let (Some(all), Some(more)) = (&mut self.grant.entries, other.grant.entries) {
            all.extend(more);
        }
        let new = |entry: &&Entry| self.except.insert(std::ptr::from_ref(*entry));
        self.grant.except.extend(other.grant.except.into_iter().filter(new));
        self.beaten.extend(other.beaten);
    }
}
