//! What a narrower selection of the same service would spare: another variant, or the default groups instead of all.
//!
//! A variant is narrower when everything it opens is opened by the selected one too. Only findings that spare a wildcard
//! are made, and only entries count that nothing else in the zone selects, holds or covers.

use std::collections::{BTreeMap, BTreeSet};

use super::some;
use crate::catalog::{Endpoint, Service};
use crate::dest::{Depth, Dest, Pattern};
use crate::diag::{Code, Sink};
use crate::read::record::Scalar as _;
use crate::resolve::{Item, Leads, Plan, select};
use crate::site::raw::{Groups, Selector};
use crate::site::{Rule, ZoneId};

/// Endpoints with the services that own them.
type Taken<'a> = Vec<(&'a Service, &'a Endpoint)>;

/// How many selectors take each endpoint in each zone.
fn counts<'a>(plan: &Plan<'a>) -> BTreeMap<(ZoneId, &'a str, &'a str), usize> {
    let mut counts = BTreeMap::new();
    each(plan, |_, rule, selector, service| {
        let taken: BTreeSet<(&str, &str)> =
            with(plan, rule, selector, service, None, None).into_iter().map(|(s, e)| (&*s.id, &*e.id)).collect();
        for zone in &rule.zones {
            for (service, endpoint) in &taken {
                *counts.entry((*zone, *service, *endpoint)).or_default() += 1;
            }
        }
    });
    counts
}

/// Calls `visit` with every rule, its position, its selectors and their services.
fn each<'a>(plan: &Plan<'a>, mut visit: impl FnMut(usize, &'a Rule, &'a Selector, &'a Service)) {
    for (at, rule) in plan.site.rules.iter().enumerate() {
        for selector in &rule.selectors {
            // What is wrong with a selector was said when it was resolved.
            for service in select::services(plan.catalog, selector, &mut Sink::default()) {
                visit(at, rule, selector, service);
            }
        }
    }
}

/// What a selector takes of a service after the rule's filters, perhaps with another variant or other groups.
fn with<'a>(
    plan: &Plan<'a>,
    rule: &Rule,
    selector: &Selector,
    service: &'a Service,
    variant: Option<&str>,
    groups: Option<&BTreeSet<&str>>,
) -> Taken<'a> {
    let mut unheard = Sink::default();
    let variant = variant.or_else(|| select::variant(service, selector, &mut unheard));
    let own = select::groups(service, selector, rule, &mut unheard);
    let mut taken = select::of_service(plan.catalog, plan.site, rule, service, (variant, groups.unwrap_or(&own)));
    taken.retain(|(_, endpoint)| select::passes(endpoint, rule));
    taken
}

/// Where an endpoint leads, for comparing: a parameter that the site does not set stands as a star.
#[derive(PartialEq)]
enum To {
    Pattern(Pattern),
    Tag(String),
}

fn leads(item: &Item) -> Option<To> {
    match &item.leads {
        Leads::To(dest) => Some(To::Pattern(dest.pattern.clone())),
        Leads::Tag(tag) => Some(To::Tag(tag.name.clone())),
        Leads::Unset(_) => {
            Dest::parse(&item.endpoint.what.template().fill(|_| Some("*"))).ok().map(|d| To::Pattern(d.pattern))
        }
    }
}

/// Whether everything one selection opens is opened by the other.
fn is_within(plan: &Plan, narrow: &Taken, wide: &Taken) -> bool {
    let expand = |taken: &Taken| -> Option<Vec<To>> {
        taken.iter().flat_map(|(s, e)| plan.expand(s, e).iter().map(leads).collect::<Vec<_>>()).collect()
    };
    let (Some(narrow), Some(wide)) = (expand(narrow), expand(wide)) else { return false };
    narrow.iter().all(|n| {
        wide.iter().any(|w| match (w, n) {
            (To::Pattern(w), To::Pattern(n)) => w.covers(n),
            _ => w == n,
        })
    })
}

/// What is wide about an item: a name with a star.
fn is_wildcard(item: &Item) -> bool {
    let name = item.dest().and_then(|d| d.pattern.name());
    name.is_some_and(|name| name.depth() != Depth::Exact || name.has_globs())
}

/// The items that a rule would no longer select if it took less, and that nothing else selects or covers.
fn spared<'p, 'a>(
    plan: &'p Plan<'a>,
    counts: &BTreeMap<(ZoneId, &str, &str), usize>,
    (rule_at, rule): (usize, &Rule),
    (wide, narrow): (&Taken, &Taken),
) -> Vec<&'p Item<'a>> {
    let key = |s: &Service, e: &Endpoint| (s.id.clone(), e.id.clone());
    let kept: BTreeSet<_> = narrow.iter().map(|(s, e)| key(s, e)).collect();
    let gone: BTreeSet<_> = wide.iter().map(|(s, e)| key(s, e)).filter(|k| !kept.contains(k)).collect();
    let is_gone = |item: &Item, zone: ZoneId| {
        let (service, endpoint) = (item.service.id.as_str(), item.endpoint.id.as_str());
        let here = item.in_zone(zone).is_some_and(|p| p.rule == rule_at && !p.wrong_vantage);
        here && counts.get(&(zone, service, endpoint)) == Some(&1) && gone.contains(&key(item.service, item.endpoint))
    };
    let in_a_zone = |item: &&Item| {
        rule.zones.iter().any(|zone| {
            let Some(policy) = plan.policy(*zone).filter(|_| is_gone(item, *zone)) else { return false };
            let Some(dest) = item.dest() else { return true };
            // What covers it still would.
            !policy.entries.iter().any(|entry| {
                entry.pattern.covers(&dest.pattern) && plan.item(entry).is_none_or(|other| !is_gone(other, *zone))
            })
        })
    };
    plan.items.iter().filter(|item| item.dest().is_some() || !item.networks().is_empty()).filter(in_a_zone).collect()
}

/// How many entries, and the wildcards among them by name; none without a wildcard.
fn words(spared: &[&Item]) -> Option<String> {
    let wildcards: BTreeSet<String> = spared.iter().filter(|i| is_wildcard(i)).map(|i| i.destination()).collect();
    let all: BTreeSet<String> = spared.iter().map(|i| i.destination()).collect();
    let said = match (all.len(), wildcards.len()) {
        (_, 0) => return None,
        (1, 1) => format!("the wildcard {}", some(&wildcards)),
        (n, w) if n == w => format!("{n} wildcards: {}", some(&wildcards)),
        (n, 1) => format!("{n} destinations, one of them a wildcard: {}", some(&wildcards)),
        (n, w) => format!("{n} destinations, {w} of them wildcards: {}", some(&wildcards)),
    };
    Some(said)
}

/// Variants that would do with fewer wildcards.
pub fn variants(plan: &Plan, sink: &mut Sink) {
    let counts = counts(plan);
    each(plan, |at, rule, selector, service| {
        let chosen = select::variant(service, selector, &mut Sink::default());
        let wide = with(plan, rule, selector, service, None, None);
        for (name, about) in service.variants.iter().filter(|(name, _)| Some(name.as_str()) != chosen) {
            let narrow = with(plan, rule, selector, service, Some(name), None);
            if narrow.is_empty() || !is_within(plan, &narrow, &wide) {
                continue;
            }
            let Some(words) = words(&spared(plan, &counts, (at, rule), (&wide, &narrow))) else { continue };
            let message = format!("the variant `{name}` of `{}` would spare {words}", service.id);
            let mut finding = Code::NarrowerVariant.at(selector.service.span, message).about(service.id.clone());
            finding = finding.help(format!("`{name}`: {}", about.en));
            for (param, what) in unset(plan, &narrow) {
                finding = finding.help(format!("it needs the parameter `{param}`: {what}"));
            }
            sink.push(finding.help(format!("take it with `{{{}: {name}}}`", service.id)));
        }
    });
}

/// The parameters that some endpoints need and the site does not set, each with what it is.
fn unset<'a>(plan: &Plan<'a>, taken: &Taken<'a>) -> BTreeMap<&'a str, String> {
    let mut found = BTreeMap::new();
    for (service, endpoint) in taken {
        for name in &endpoint.what.template().params {
            let Some((name, param)) = service.params.get_key_value(name) else { continue };
            let base = param.derive.as_ref().map_or(name, |derive| &derive.from);
            if let (false, Some((base, param))) =
                (plan.site.params.contains_key(base), service.params.get_key_value(base))
            {
                found.insert(base.as_str(), format!("{}; for example `{}`", param.about.en, param.example));
            }
        }
    }
    found
}

/// `groups: all` where the default groups would do with fewer wildcards: one finding a selector, whatever it matches.
pub fn all_groups(plan: &Plan, sink: &mut Sink) {
    let counts = counts(plan);
    for (at, rule) in plan.site.rules.iter().enumerate() {
        for selector in rule.selectors.iter().filter(|s| matches!(s.groups, Some(Groups::All))) {
            let mut all: Vec<&Item> = Vec::new();
            let mut groups: BTreeMap<String, usize> = BTreeMap::new();
            for service in select::services(plan.catalog, selector, &mut Sink::default()) {
                let default = select::default_groups(service);
                let wide = with(plan, rule, selector, service, None, None);
                let narrow = with(plan, rule, selector, service, None, Some(&default));
                let spared = spared(plan, &counts, (at, rule), (&wide, &narrow));
                for item in spared.iter().filter(|item| is_wildcard(item)) {
                    // A used endpoint has the groups of its own service.
                    if let Some(group) = item.endpoint.groups.first().filter(|_| item.service.id == service.id) {
                        *groups.entry(format!("{}/{group}", service.id)).or_default() += 1;
                    }
                }
                all.extend(spared);
            }
            let Some(words) = words(&all) else { continue };
            let message = format!("without `groups: all`, `{}` would spare {words}", selector.service.value);
            let mut finding = Code::AllGroups.at(selector.service.span, message).about(selector.service.value.clone());
            if !groups.is_empty() {
                let names: BTreeSet<String> = groups.iter().map(|(group, n)| format!("{group} ({n})")).collect();
                finding = finding.help(format!("the wildcards come with {}", some(&names)));
            }
            sink.push(finding.help("name the groups you use, or none for the default ones"));
        }
    }
}
