//! Which endpoints a rule selects: services by name or glob, then cloud, variant, groups, lifecycle, filters.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Direction, Endpoint, Lifecycle, Service, TAGS};
use crate::diag::{Code, Sink, did_you_mean};
use crate::read::glob::NameGlob;
use crate::site::raw::{Groups, Selector};
use crate::site::{Rule, Site};
use crate::source::Span;

/// An endpoint that a selector selects.
pub struct Selected<'a> {
    /// The service that owns it.
    pub service: &'a Service,
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// The selector.
    pub at: Span,
}

/// The endpoints a rule selects, in the order of its selectors and of the catalog.
pub fn select<'a>(catalog: &'a Catalog, site: &Site, rule: &Rule, sink: &mut Sink) -> Vec<Selected<'a>> {
    let mut all = Vec::new();
    for selector in &rule.selectors {
        for service in services(catalog, selector, sink) {
            let variant = variant(service, selector, sink);
            let groups = groups(service, selector, rule, sink);
            let taken = of_service(catalog, site, rule, service, (variant, &groups));
            let is_empty = taken.is_empty();
            all.extend(taken.into_iter().map(|(service, endpoint)| Selected {
                service,
                endpoint,
                at: selector.service.span,
            }));
            // After an error, what is missing may be what could not be read.
            if is_empty && !sink.has_errors() {
                let message = format!("nothing of `{}` is selected in the cloud `{}`", service.id, site.cloud);
                sink.push(Code::MatchesNothing.at(selector.service.span, message));
            }
        }
    }
    filter(all, rule, sink)
}

/// What a rule takes of a service in one variant and some groups, the endpoints that the service uses of others
/// included; the rule's filters are not applied.
#[must_use]
pub fn of_service<'a>(
    catalog: &'a Catalog,
    site: &Site,
    rule: &Rule,
    service: &'a Service,
    (variant, groups): (Option<&str>, &BTreeSet<&str>),
) -> Vec<(&'a Service, &'a Endpoint)> {
    let taken = |e: &&Endpoint| is_taken(e, service, variant, groups, site, rule);
    let mut all: Vec<_> = service.endpoints.iter().filter(taken).map(|endpoint| (service, endpoint)).collect();
    for used in &service.uses {
        if used.group.as_ref().is_some_and(|g| !groups.contains(g.as_str())) {
            continue;
        }
        let Some(other) = catalog.services.get(&used.service) else {
            continue;
        };
        let named = |e: &&Endpoint| used.ids.iter().any(|id| Catalog::has_id(e, id));
        let alive = |e: &&Endpoint| lives(e, other, rule) && e.clouds.contains(&site.cloud);
        all.extend(other.endpoints.iter().filter(named).filter(alive).map(|endpoint| (other, endpoint)));
    }
    all
}

/// The services a selector names: one, or those of a glob.
#[must_use]
pub fn services<'a>(catalog: &'a Catalog, selector: &Selector, sink: &mut Sink) -> Vec<&'a Service> {
    let name = &selector.service.value;
    let at = selector.service.span;
    if let Some(service) = catalog.services.get(name) {
        if service.status == Lifecycle::Retired {
            let since = service.since.as_deref().map_or(String::new(), |s| format!(" since {s}"));
            let finding = Code::RetiredService.at(at, format!("`{name}` is retired{since}"));
            sink.push(match &service.replaced_by {
                Some(new) => finding.help(format!("use `{new}` instead")),
                None => finding,
            });
        }
        return vec![service];
    }
    let known = || catalog.services.keys().map(String::as_str);
    if catalog.broken.contains(name) {
        return Vec::new();
    }
    if !NameGlob::is_glob(name) {
        let finding = Code::UnknownService.at(at, format!("no service `{name}` in the catalog"));
        sink.push(did_you_mean(finding, name, known(), "services"));
        return Vec::new();
    }
    let glob = match NameGlob::parse(name) {
        Ok(glob) => glob,
        Err(bad) => {
            sink.push(bad.code.at(at, bad.message));
            return Vec::new();
        }
    };
    // A retired service is only taken by its name.
    let alive = catalog.services.values().filter(|s| s.status != Lifecycle::Retired);
    let found: Vec<&Service> = alive.filter(|s| glob.matches(&s.id)).collect();
    if found.is_empty() {
        let finding = Code::MatchesNothing.at(at, format!("no service matches `{name}`"));
        sink.push(did_you_mean(finding, name, known(), "services"));
    }
    found
}

/// The variant a selector takes: the one it names, or the default one; none of a service without variants.
#[must_use]
pub fn variant<'a>(service: &'a Service, selector: &'a Selector, sink: &mut Sink) -> Option<&'a str> {
    let Some(given) = &selector.variant else {
        return service.variants.first().map(|(name, _)| name.as_str());
    };
    if !service.variants.iter().any(|(name, _)| *name == given.value) {
        let message = format!("`{}` has no variant `{}`", service.id, given.value);
        let known = service.variants.iter().map(|(name, _)| name.as_str());
        sink.push(did_you_mean(Code::UnknownReference.at(given.span, message), &given.value, known, "variants"));
    }
    Some(&given.value)
}

/// The groups that a site takes when it names none.
#[must_use]
pub fn default_groups(service: &Service) -> BTreeSet<&str> {
    service.groups.iter().filter(|(_, g)| g.default).map(|(name, _)| name.as_str()).collect()
}

/// The groups a selector takes: those it names, or the default ones.
#[must_use]
pub fn groups<'a>(service: &'a Service, selector: &'a Selector, rule: &Rule, sink: &mut Sink) -> BTreeSet<&'a str> {
    let mut groups: BTreeSet<&str> = match &selector.groups {
        None => default_groups(service),
        // Tags say the names again; who wants them says so.
        Some(Groups::All) => service.groups.keys().map(String::as_str).filter(|name| *name != TAGS).collect(),
        Some(Groups::Named(names)) => {
            for name in names {
                if !service.groups.contains_key(&name.value) {
                    let message = format!("`{}` has no group `{}`", service.id, name.value);
                    let known = service.groups.keys().map(String::as_str);
                    let finding = Code::UnknownReference.at(name.span, message);
                    sink.push(did_you_mean(finding, &name.value, known, "groups"));
                }
            }
            names.iter().map(|name| name.value.as_str()).collect()
        }
    };
    if rule.filters.prefer_tags && service.groups.contains_key(TAGS) {
        groups.insert(TAGS);
    }
    groups
}

fn lives(endpoint: &Endpoint, service: &Service, rule: &Rule) -> bool {
    let alive = endpoint.status.is_alive() || rule.filters.legacy || service.status == Lifecycle::Retired;
    alive && endpoint.direction == Direction::Egress
}

fn is_taken(
    endpoint: &Endpoint,
    service: &Service,
    variant: Option<&str>,
    groups: &BTreeSet<&str>,
    site: &Site,
    rule: &Rule,
) -> bool {
    lives(endpoint, service, rule)
        && endpoint.clouds.contains(&site.cloud)
        && (endpoint.variants.is_empty() || variant.is_some_and(|v| endpoint.variants.iter().any(|name| name == v)))
        && (endpoint.groups.is_empty() || endpoint.groups.iter().any(|g| groups.contains(g.as_str())))
}

/// Applies the rule's filters; a filter that matches nothing is reported.
fn filter<'a>(mut selected: Vec<Selected<'a>>, rule: &Rule, sink: &mut Sink) -> Vec<Selected<'a>> {
    if selected.is_empty() {
        return selected;
    }
    let filters = &rule.filters;
    for category in &filters.category {
        if !selected.iter().any(|s| s.endpoint.category.as_ref() == Some(&category.value)) {
            let message = format!("no endpoint of this rule has the category `{}`", category.value);
            let known: BTreeSet<&str> = selected.iter().filter_map(|s| s.endpoint.category.as_deref()).collect();
            let finding = Code::MatchesNothing.at(category.span, message);
            sink.push(did_you_mean(finding, &category.value, known.into_iter(), "categories here"));
        }
    }
    for id in &filters.ids {
        if !selected.iter().any(|s| Catalog::has_id(s.endpoint, &id.value)) {
            let finding =
                Code::MatchesNothing.at(id.span, format!("no endpoint of this rule has the id or set `{}`", id.value));
            sink.push(elsewhere_in(finding, &selected, &id.value));
        }
    }
    for geography in &filters.geography {
        if !selected.iter().any(|s| s.endpoint.geography.contains(&geography.value)) {
            let message = format!("no endpoint of this rule has the geography `{}`", geography.value);
            sink.push(Code::MatchesNothing.at(geography.span, message));
        }
    }
    selected.retain(|s| passes(s.endpoint, rule));
    if selected.is_empty() && !sink.has_errors() {
        let at = rule.selectors.first().map_or(rule.span, |s| s.service.span);
        sink.push(Code::MatchesNothing.at(at, "the filters of this rule leave no endpoint"));
    }
    selected
}

/// Whether the filters of a rule let an endpoint through.
#[must_use]
pub fn passes(e: &Endpoint, rule: &Rule) -> bool {
    let filters = &rule.filters;
    (filters.category.is_empty() || filters.category.iter().any(|c| e.category.as_ref() == Some(&c.value)))
        && filters.required.as_ref().is_none_or(|r| r.value == e.required)
        && is_picked(e, rule)
}

/// Whether an endpoint is among those that a rule picks by their ids and geographies, its other filters aside.
#[must_use]
pub fn is_picked(e: &Endpoint, rule: &Rule) -> bool {
    let filters = &rule.filters;
    (filters.ids.is_empty() || filters.ids.iter().any(|id| Catalog::has_id(e, &id.value)))
        && (filters.geography.is_empty()
            || e.geography.is_empty()
            || filters.geography.iter().any(|g| e.geography.contains(&g.value)))
}

/// Says in which group an id stands that the selection left out.
fn elsewhere_in(finding: crate::diag::Diagnostic, selected: &[Selected], id: &str) -> crate::diag::Diagnostic {
    let services: BTreeSet<&str> = selected.iter().map(|s| s.service.id.as_str()).collect();
    let owners = selected.iter().map(|s| s.service).filter(|s| services.contains(s.id.as_str()));
    for service in owners {
        if let Some(endpoint) = service.endpoints.iter().find(|e| Catalog::has_id(e, id)) {
            let help = match endpoint.groups.first() {
                Some(group) => format!("`{id}` is in the group `{group}`: add `groups: [...]`"),
                None => format!("`{id}` belongs to another variant or cloud, or is not current (`legacy: true`)"),
            };
            return finding.help(help);
        }
    }
    finding
}
