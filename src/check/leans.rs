//! Required names that work by luck: no rule selects them, and only an optional entry lets them in. Whoever leaves the
//! optional entries out (`required: true`) cuts them off.
//!
//! Looked at are the required names, carried by proxies, that a rule's own selection would hold but for its `category` or
//! `required`, or but for the groups it names instead of the default ones, and those of services that a selected one
//! needs. What `ids` or `geography` leave out was left out by name; a variant that is not selected is an alternative; a
//! group of tags says the names again; a service that nobody needs is not missed.

use std::collections::{BTreeMap, BTreeSet};

use super::some;
use crate::catalog::{Endpoint, Lifecycle, Service, TAGS, Via};
use crate::diag::{Code, Sink};
use crate::policy::{Entry, Policy};
use crate::resolve::{Item, Plan, select};
use crate::site::{RouteId, Rule, Vantage};
use crate::source::Span;

/// A required endpoint that a rule leaves out, and why.
struct LeftOut<'a> {
    service: &'a Service,
    endpoint: &'a Endpoint,
    why: (Span, String),
}

/// An optional entry and what leans on it.
struct Leaning {
    entry: Entry,
    names: BTreeSet<String>,
    /// Why rules leave the names out, each with the first place.
    why: BTreeMap<String, Span>,
}

/// What the selectors of a rule leave out of what their services require.
fn left_out<'a>(plan: &Plan<'a>, rule: &Rule, selected: &BTreeSet<&str>) -> Vec<LeftOut<'a>> {
    let mut found = Vec::new();
    // What is wrong with a selector was said when it was resolved.
    let mut unheard = Sink::default();
    for selector in &rule.selectors {
        let at = selector.service.span;
        for service in select::services(plan.catalog, selector, &mut unheard) {
            let variant = select::variant(service, selector, &mut unheard);
            let named = select::groups(service, selector, rule, &mut unheard);
            let mut whole = named.clone();
            if !named.contains(TAGS) {
                whole.extend(select::default_groups(service));
            }
            let taken = select::of_service(plan.catalog, plan.site, rule, service, (variant, &named));
            let is_taken = |e: &Endpoint| taken.iter().any(|(_, t)| std::ptr::eq(*t, e));
            for (owner, endpoint) in select::of_service(plan.catalog, plan.site, rule, service, (variant, &whole)) {
                if !select::is_picked(endpoint, rule) {
                    continue;
                }
                let why = if !is_taken(endpoint) {
                    (at, format!("`{}` without its default groups", service.id))
                } else if !select::passes(endpoint, rule) {
                    (at, format!("the filters of this rule leave some of `{}` out", service.id))
                } else {
                    continue;
                };
                found.push(LeftOut { service: owner, endpoint, why });
            }
            for needed in service.needs.iter().filter(|n| !selected.contains(n.value.as_str())) {
                let Some(other) = plan.catalog.services.get(&needed.value) else { continue };
                if other.status == Lifecycle::Retired {
                    continue;
                }
                let variant = other.variants.first().map(|(name, _)| name.as_str());
                let groups = select::default_groups(other);
                let why = (at, format!("`{}` needs `{}`, which no rule selects", service.id, other.id));
                let all = select::of_service(plan.catalog, plan.site, rule, other, (variant, &groups));
                found.extend(all.into_iter().map(|(service, endpoint)| LeftOut {
                    service,
                    endpoint,
                    why: why.clone(),
                }));
            }
        }
    }
    found.retain(|l| l.endpoint.required && l.endpoint.via == Via::Proxy);
    found
}

/// The optional entry that alone lets a name in on one of its ports.
fn leans<'p>(plan: &Plan, policy: &'p Policy, item: &Item) -> Option<&'p Entry> {
    let host = item.dest()?.pattern.name().and(item.dest()?.pattern.sample())?;
    let matching = policy.matching(&host);
    item.endpoint.ports.tcp().into_iter().find_map(|(port, _)| {
        let optional = |e: &&&Entry| plan.item(e).is_some_and(|item| !item.endpoint.required);
        let covering = || matching.iter().filter(|e| e.ports.covers(Some(port)));
        let winner = covering().next().filter(optional).filter(|e| e.route != RouteId::BLOCK)?;
        let firm = covering().find(|e| !optional(e));
        firm.is_none_or(|e| e.route != winner.route).then_some(*winner)
    })
}

/// One finding an optional entry, with the names that lean on it.
pub fn on_optional(plan: &Plan, sink: &mut Sink) {
    let selected: BTreeSet<&str> = plan.items.iter().map(|item| item.service.id.as_str()).collect();
    let mut placed: BTreeSet<(&str, &str, u16)> = BTreeSet::new();
    for item in &plan.items {
        placed.extend(item.placed.iter().map(|p| (item.service.id.as_str(), item.endpoint.id.as_str(), p.zone.0)));
    }
    let mut found: BTreeMap<String, Leaning> = BTreeMap::new();
    for rule in &plan.site.rules {
        for left in left_out(plan, rule, &selected) {
            let items = plan.expand(left.service, left.endpoint);
            for zone in &rule.zones {
                let must = left.endpoint.from.is_some_and(|s| s.must_be_in_azure());
                let away = must && plan.site.zone(*zone).vantage == Vantage::OnPrem;
                let is_placed = placed.contains(&(left.service.id.as_str(), left.endpoint.id.as_str(), zone.0));
                let Some(policy) = plan.policy(*zone).filter(|_| !away && !is_placed) else { continue };
                for item in &items {
                    let Some(entry) = leans(plan, policy, item) else { continue };
                    let new = Leaning { entry: entry.clone(), names: BTreeSet::new(), why: BTreeMap::new() };
                    let leaning = found.entry(entry.pattern.to_string()).or_insert(new);
                    leaning.names.extend(item.dest().map(|dest| dest.pattern.to_string()));
                    let (span, words) = &left.why;
                    leaning.why.entry(words.clone()).or_insert(*span);
                }
            }
        }
    }
    for (pattern, Leaning { entry, names, why }) in found {
        let Some(rule) = plan.rule(&entry) else { continue };
        let what =
            if names.len() == 1 { "1 required name".to_owned() } else { format!("{} required names", names.len()) };
        let message = format!(
            "the optional `{pattern}` ({}) alone lets in {what} that no rule selects: {}",
            plan.name(&entry),
            some(&names)
        );
        let mut finding = Code::LeansOnOptional.at(rule.span, message).also(plan.span(&entry), "the optional entry");
        // The first few places are enough to see why.
        for (words, span) in why.into_iter().take(3) {
            finding = finding.also(span, words);
        }
        let help =
            "select these names too: a rule that leaves optional entries out (`required: true`) would cut them off";
        sink.push(finding.about(pattern).help(help));
    }
}
