//! What an entry, or several behind each other, say of a port.

use std::collections::BTreeSet;

use crate::dest::Ports;
use crate::site::RouteId;

/// A function from ports to routes; undefined where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// First port, last port, route; sorted, without overlaps.
    pub ranges: Vec<(u16, u16, RouteId)>,
    /// The route of every other port, and of the unknown port of an unknown scheme.
    pub rest: Option<RouteId>,
}

impl Action {
    /// The action of one entry.
    #[must_use]
    pub fn of(ports: &Ports, route: RouteId) -> Self {
        let mut action = Self::default();
        action.add(ports, route);
        action
    }

    /// The route of every port.
    #[must_use]
    pub const fn always(route: RouteId) -> Self {
        Self { ranges: Vec::new(), rest: Some(route) }
    }

    /// Says `route` for those of the ports of which nothing is said yet.
    pub fn add(&mut self, ports: &Ports, route: RouteId) {
        if self.rest.is_some() {
            return;
        }
        if matches!(ports, Ports::All) {
            self.rest = Some(route);
        } else {
            for (first, last) in ports.tcp() {
                self.add_range(first, last, route);
            }
        }
        self.tidy();
    }

    /// This action, and where it says nothing, the next one.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        if self.rest.is_none() {
            for (first, last, route) in &next.ranges {
                self.add_range(*first, *last, *route);
            }
            self.rest = next.rest;
            self.tidy();
        }
        self
    }

    /// The route of a port; `None` where nothing is said.
    #[must_use]
    pub fn route(&self, port: Option<u16>) -> Option<RouteId> {
        let of_port = port.and_then(|p| self.ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&p)));
        of_port.map(|(_, _, route)| *route).or(self.rest)
    }

    /// The routes that some port takes; port 0 is none, and what is left for other schemes alone does not count.
    #[must_use]
    pub fn routes(&self) -> BTreeSet<RouteId> {
        let ports =
            |(first, last, _): &(u16, u16, RouteId)| (u32::from(*last) + 1).saturating_sub(u32::from(*first.max(&1)));
        let rest = self.rest.filter(|_| self.ranges.iter().map(ports).sum::<u32>() < u32::from(u16::MAX));
        self.ranges.iter().map(|(_, _, route)| *route).chain(rest).collect()
    }

    fn add_range(&mut self, first: u16, last: u16, route: RouteId) {
        let mut from = u32::from(first);
        let last = u32::from(last);
        let mut added = Vec::new();
        for (taken_first, taken_last, _) in &self.ranges {
            let (taken_first, taken_last) = (u32::from(*taken_first), u32::from(*taken_last));
            if taken_last < from || taken_first > last {
                continue;
            }
            if taken_first > from {
                added.push((from, taken_first - 1));
            }
            from = taken_last + 1;
        }
        if from <= last {
            added.push((from, last));
        }
        let narrow = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        self.ranges.extend(added.into_iter().map(|(a, b)| (narrow(a), narrow(b), route)));
        self.ranges.sort_unstable();
    }

    /// One spelling for one function: neighbours with one route are one range, ranges that say what the rest says go.
    fn tidy(&mut self) {
        if let Some(rest) = self.rest {
            self.ranges.retain(|(_, _, route)| *route != rest);
        }
        let mut merged: Vec<(u16, u16, RouteId)> = Vec::with_capacity(self.ranges.len());
        for range in &self.ranges {
            match merged.last_mut() {
                Some(before) if before.2 == range.2 && u32::from(before.1) + 1 == u32::from(range.0) => {
                    before.1 = range.1
                }
                _ => merged.push(*range),
            }
        }
        self.ranges = merged;
    }
}
