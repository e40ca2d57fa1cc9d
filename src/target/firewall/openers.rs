//! Who opens a connection: a proxy, clients, or another who talks. Several of those who go direct may open the same one: two
//! services that name a destination, each for its own machines, are asked for by two.

use std::collections::BTreeMap;

use crate::catalog::Via;
use crate::dest::{Pattern, PortRange, Ports, Protocol};
use crate::policy::{Entry, Policy};
use crate::resolve::{Item, Plan};
use crate::site::RouteId;

/// Who opens a connection for an endpoint or line with a route; `None`: nobody, it is blocked.
pub fn opener(plan: &Plan, via: Via, route: RouteId, item: Option<&Item>) -> Option<String> {
    if route == RouteId::BLOCK {
        return None;
    }
    if via == Via::Proxy && route.is_named() {
        return Some(format!("proxy:{}", plan.site.route(route).name));
    }
    Some(item.and_then(|i| i.endpoint.from).map_or_else(|| "clients".to_owned(), |from| from.to_string()))
}

/// Those who open something, by numbers that stand in the place of routes.
#[derive(Debug, Default)]
pub struct Openers {
    names: Vec<String>,
}

/// In the place of an opener: it is blocked.
const NOBODY: RouteId = RouteId(u16::MAX - 1);

impl Openers {
    /// All of them.
    pub fn numbers(&self) -> impl Iterator<Item = RouteId> + use<> {
        (0..u16::try_from(self.names.len()).unwrap_or(u16::MAX)).map(RouteId)
    }

    /// The name of one.
    pub fn name(&self, number: RouteId) -> Option<&str> {
        self.names.get(usize::from(number.0)).map(String::as_str)
    }

    /// Whether two of them go direct, so that none of them takes anything from the other.
    pub fn stand_beside(&self, one: RouteId, other: RouteId) -> bool {
        let is_direct = |number| self.name(number).is_some_and(|name| !name.starts_with("proxy:"));
        is_direct(one) && is_direct(other)
    }

    fn number(&mut self, name: String) -> RouteId {
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        u16::try_from(at).map_or(NOBODY, RouteId)
    }

    /// Entries about networks in the order in which one opener comes before those that it stands beside, on the same network: what
    /// decides then says everything that it opens. The ports are of one protocol, as TCP's.
    pub fn first(&self, opener: RouteId, entries: &[Entry]) -> Vec<Entry> {
        let mut same: BTreeMap<(&Pattern, bool), Vec<&Entry>> = BTreeMap::new();
        let mut moved: Vec<Entry> = Vec::new();
        for entry in entries {
            let before = same.entry((&entry.pattern, entry.is_final)).or_default();
            let is_beside = |other: &&Entry| self.stand_beside(opener, other.route);
            if entry.route == opener && before.iter().any(|other| other.route != opener && is_beside(other)) {
                let others = before.iter().filter(|other| !is_beside(other));
                let ports = others.fold(entry.ports.clone(), |left, other| without(&left, &other.ports));
                moved.push(Entry { ports, ..entry.clone() });
            }
            before.push(entry);
        }
        moved.extend(entries.iter().cloned());
        moved
    }
}

/// TCP ports without others.
fn without(ports: &Ports, others: &Ports) -> Ports {
    let taken = others.tcp();
    if !ports.overlap(others) {
        return ports.clone();
    }
    let mut left = ports.tcp();
    for (first, last) in taken {
        left = left
            .into_iter()
            .flat_map(|(from, to)| {
                let below = first.checked_sub(1).map(|end| (from, to.min(end)));
                let above = last.checked_add(1).map(|start| (from.max(start), to));
                [below, above].into_iter().flatten().filter(|(from, to)| from <= to).collect::<Vec<_>>()
            })
            .collect();
    }
    Ports::listed(left.into_iter().map(|(first, last)| PortRange { protocol: Protocol::Tcp, first, last }))
}

/// Entries with the number of who opens them in the place of their route: a narrower entry that somebody else opens is an exception,
/// though both go direct.
pub fn by_opener(plan: &Plan, policy: &Policy) -> (Vec<Entry>, Openers) {
    let mut entries = policy.entries.clone();
    let mut openers = Openers::default();
    for entry in &mut entries {
        let own = opener(plan, Via::Proxy, entry.route, plan.item(entry));
        entry.route = own.map_or(NOBODY, |name| openers.number(name));
    }
    (entries, openers)
}
