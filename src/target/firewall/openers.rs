//! Who opens a connection: a proxy, clients, or another who talks. Several of those who go direct may open the same one: when two
//! services name a destination, each for its own machines, both need it.

use std::borrow::Cow;

use crate::catalog::Via;
use crate::policy::{Entry, Policy};
use crate::resolve::{Item, Plan};
use crate::site::{RouteId, ZoneId};
use crate::target::Common;

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

    /// The entries that decide what one of them opens: without those of others that go direct as it does. None of them takes anything
    /// from the other, however narrow.
    pub fn of<'e>(&self, opener: RouteId, entries: &'e [Entry]) -> Cow<'e, [Entry]> {
        let is_direct = |number| self.name(number).is_some_and(|name| !name.starts_with("proxy:"));
        let stands_beside = |entry: &Entry| entry.route != opener && is_direct(opener) && is_direct(entry.route);
        if !entries.iter().any(stands_beside) {
            return Cow::Borrowed(entries);
        }
        entries.iter().filter(|entry| !stands_beside(entry)).cloned().collect()
    }

    fn number(&mut self, name: String) -> RouteId {
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        u16::try_from(at).map_or(NOBODY, RouteId)
    }
}

/// The entries of a zone with the number of who opens them in the place of their route.
pub struct ByOpener {
    /// The zone.
    pub zone: ZoneId,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whose the numbers are.
    pub openers: Openers,
}

impl ByOpener {
    /// Those of the zones of an output.
    pub fn of_zones(common: &Common, plan: &Plan) -> Vec<Self> {
        common.zones.iter().filter_map(|zone| Some(Self::of(*zone, plan, plan.policy(*zone)?))).collect()
    }

    fn of(zone: ZoneId, plan: &Plan, policy: &Policy) -> Self {
        let mut entries = policy.entries.clone();
        let mut openers = Openers::default();
        for entry in &mut entries {
            let own = opener(plan, Via::Proxy, entry.route, plan.item(entry));
            entry.route = own.map_or(NOBODY, |name| openers.number(name));
        }
        Self { zone, entries, openers }
    }
}
