//! What a zone was promised, as people wrote it: the oracle's entries.

use std::collections::BTreeMap;

use super::oracle::{Fact, FactId, Oracle};
use crate::catalog::Via;
use crate::catalog::raw::Speaker;
use crate::claims::{BLOCK, Claims, DIRECT};

/// The facts of a zone.
#[derive(Debug)]
pub struct ZoneFacts<'c> {
    /// The zone, by its position.
    pub zone: usize,
    /// Everything a proxy or a PAC decides.
    pub proxied: Oracle<'c>,
    /// Everything no proxy carries.
    pub opened: Oracle<'c>,
    /// Service tags, by the names of which their addresses are asked for.
    pub tags: BTreeMap<&'c str, Vec<Fact<'c>>>,
}

/// The facts of a zone, in the order of the rules.
pub fn of_zone(claims: &Claims, zone: usize) -> ZoneFacts<'_> {
    let label = claims.zones.get(zone).map_or("", |zone| zone.label());
    let mut by_rule: Vec<Vec<usize>> = vec![Vec::new(); claims.rules.len()];
    for (at, endpoint) in claims.endpoints.iter().enumerate() {
        let here = endpoint.placed.iter().find(|placed| placed.zones.iter().any(|z| z == label));
        if let Some(list) = here.and_then(|placed| by_rule.get_mut(placed.rule.wrapping_sub(1))) {
            list.push(at);
        }
    }
    let (mut proxied, mut opened) = (Vec::new(), Vec::new());
    let mut tags: BTreeMap<&str, Vec<Fact>> = BTreeMap::new();
    for (rule_at, rule) in claims.rules.iter().enumerate() {
        for at in by_rule.get(rule_at).into_iter().flatten() {
            let Some(endpoint) = claims.endpoints.get(*at) else { continue };
            let fact = Fact {
                text: endpoint.text(),
                ports: &endpoint.ports,
                route: &rule.route,
                from: endpoint.from.map(Speaker::word),
                is_final: rule.is_final,
                id: FactId::Endpoint(*at),
            };
            // What no proxy carries goes direct, whatever its rule says, unless it is blocked.
            let route = if fact.route == BLOCK { BLOCK } else { DIRECT };
            match endpoint.via {
                _ if endpoint.tag => tags.entry(fact.text).or_default().push(Fact { route, ..fact }),
                Via::Proxy => proxied.push(fact),
                Via::Firewall => opened.push(Fact { route, ..fact }),
            }
        }
        if rule.zones.iter().any(|z| z == label) {
            proxied.extend(rule.hosts.iter().enumerate().map(|(line, host)| Fact {
                text: host,
                ports: &rule.ports,
                route: &rule.route,
                from: None,
                is_final: rule.is_final,
                id: FactId::Line(rule_at, line),
            }));
        }
    }
    let default = claims.zones.get(zone).map_or("", |zone| zone.default.as_str());
    ZoneFacts { zone, proxied: Oracle::new(default, proxied), opened: Oracle::new(BLOCK, opened), tags }
}
