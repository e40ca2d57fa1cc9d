//! What a zone was promised, as people wrote it: the oracle's entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::oracle::{Fact, FactId, Oracle, Terms};
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
    pub tags: BTreeMap<&'c str, Vec<Tagged<'c>>>,
    /// Whether some entry of a host names ports: otherwise the route of a host is the same at all of them.
    pub by_port: bool,
}

/// A service tag by its name.
#[derive(Debug, Clone)]
pub struct Tagged<'c> {
    /// Who can carry it.
    pub via: Via,
    /// The fact; its text is the name.
    pub fact: Fact<'c>,
}

/// The facts of all zones, in their order.
pub fn of_zones(claims: &Claims) -> Vec<ZoneFacts<'_>> {
    (0..claims.zones.len()).map(|zone| of_zone(claims, zone)).collect()
}

/// The facts of a zone, in the order of the rules.
fn of_zone(claims: &Claims, zone: usize) -> ZoneFacts<'_> {
    let label = claims.zones.get(zone).map_or("", |zone| zone.label());
    let mut by_rule: Vec<Vec<usize>> = vec![Vec::new(); claims.rules.len()];
    for (at, endpoint) in claims.endpoints.iter().enumerate() {
        let here = endpoint.placed.iter().find(|placed| placed.zones.iter().any(|z| z == label));
        if let Some(list) = here.and_then(|placed| by_rule.get_mut(placed.rule.wrapping_sub(1))) {
            list.push(at);
        }
    }
    let default = claims.zones.get(zone).map_or("", |zone| zone.default.as_str());
    let (mut proxied, mut opened) = (Oracle::new(default, []), Oracle::new(BLOCK, []));
    let mut tags: BTreeMap<&str, Vec<Tagged>> = BTreeMap::new();
    for (rule_at, rule) in claims.rules.iter().enumerate() {
        for at in by_rule.get(rule_at).into_iter().flatten() {
            let Some(endpoint) = claims.endpoints.get(*at) else { continue };
            let terms = Terms {
                from: endpoint.from.map(Speaker::word),
                marks: &endpoint.marks,
                is_final: rule.is_final,
                ..Terms::new(&endpoint.ports, &rule.route)
            };
            // What no proxy carries goes direct, whatever its rule says, unless it is blocked.
            let route = if terms.route == BLOCK { BLOCK } else { DIRECT };
            let opened_terms = Arc::new(Terms { route, ..terms.clone() });
            let fact = Fact { text: endpoint.text(), terms: Arc::new(terms), id: FactId::Endpoint(*at) };
            let facts = match endpoint.tag {
                false => vec![fact],
                true => {
                    let terms = if endpoint.via == Via::Proxy { &fact.terms } else { &opened_terms };
                    let decided = Fact { terms: Arc::clone(terms), ..fact.clone() };
                    tags.entry(fact.text).or_default().push(Tagged { via: endpoint.via, fact: decided });
                    endpoint.networks.iter().map(|net| Fact { text: net, ..fact.clone() }).collect()
                }
            };
            match endpoint.via {
                Via::Proxy => proxied.extend(facts),
                Via::Firewall => {
                    let terms = || Arc::clone(&opened_terms);
                    opened.extend(facts.into_iter().map(|fact| Fact { terms: terms(), ..fact }));
                }
            }
        }
        if rule.zones.iter().any(|z| z == label) {
            let terms = Arc::new(Terms { is_final: rule.is_final, ..Terms::new(&rule.ports, &rule.route) });
            let line = |(line, text)| Fact { text, terms: Arc::clone(&terms), id: FactId::Line(rule_at, line) };
            proxied.extend(rule.hosts.iter().map(AsRef::as_ref).enumerate().map(line));
        }
    }
    let by_port = proxied.facts().chain(opened.facts()).any(|fact| fact.terms.edges().next().is_some());
    ZoneFacts { zone, proxied, opened, tags, by_port }
}
