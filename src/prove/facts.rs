//! What a zone was promised, as people wrote it: the oracle's entries.

use super::oracle::{Fact, FactId, Oracle};
use crate::catalog::Via;
use crate::pipeline::Built;
use crate::resolve::Leads;
use crate::site::ZoneId;
use crate::source::Files;

/// The facts of a zone.
#[derive(Debug)]
pub struct ZoneFacts {
    /// The zone.
    pub zone: ZoneId,
    /// Everything a proxy or a PAC decides.
    pub oracle: Oracle,
}

/// The facts of a zone, in the order of the rules.
pub fn of_zone(built: &Built, files: &Files, zone: ZoneId) -> ZoneFacts {
    let plan = &built.plan;
    let mut facts = Vec::new();
    let mut by_rule: Vec<Vec<usize>> = vec![Vec::new(); plan.site.rules.len()];
    for (at, item) in plan.items.iter().enumerate() {
        let placed = item.in_zone(zone).filter(|p| !p.wrong_vantage);
        if let (Some(placed), Via::Proxy, Leads::To(_)) = (placed, item.endpoint.via, &item.leads)
            && let Some(list) = by_rule.get_mut(placed.rule)
        {
            list.push(at);
        }
    }
    for (rule_at, rule) in plan.site.rules.iter().enumerate() {
        let route = plan.site.route(rule.route).name.clone();
        for at in by_rule.get(rule_at).into_iter().flatten() {
            let Some(item) = plan.items.get(*at) else { continue };
            // As the catalog writes it, with the parameters put in by hand.
            let mut text = item.endpoint.what.template().text.value.clone();
            for (name, value) in &item.params {
                text = text.replace(&format!("${{{name}}}"), value);
            }
            facts.push(Fact {
                text,
                ports: item.endpoint.ports.to_string(),
                route: route.clone(),
                is_final: rule.is_final,
                id: FactId::Item(*at),
            });
        }
        if rule.zones.contains(&zone) {
            let ports = rule.ports.to_string();
            facts.extend(rule.hosts.iter().enumerate().map(|(line, host)| Fact {
                text: files.text(host.span).trim_matches(['"', '\'']).to_owned(),
                ports: ports.clone(),
                route: route.clone(),
                is_final: rule.is_final,
                id: FactId::Line(rule_at, line),
            }));
        }
    }
    let default = plan.site.route(plan.site.zone(zone).default).name.clone();
    ZoneFacts { zone, oracle: Oracle::new(&default, facts) }
}
