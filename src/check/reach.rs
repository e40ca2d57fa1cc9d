//! What the allowing routes open beyond what rules ask for: names of the catalog below wildcards, addresses in networks.
//!
//! A *name* is a destination of the catalog that is no address and no tag, in the site's cloud, current and outward; a
//! parameter that the site does not set stands as a `*`. It is *asked for* in a zone when a rule selects an endpoint of
//! this destination there, or lists it. A wildcard *lets in* a name that is not asked for when it decides where the name
//! goes, on one of the name's own ports: every name is let in by one wildcard a port, and sums are exact. It does so
//! *alone* when without it the name would go elsewhere.

mod networks;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::{Direction, Endpoint, Lifecycle, Service, Via, What};
use crate::dest::{Depth, Dest, Host, Pattern};
use crate::diag::{Code, Sink};
use crate::policy::{Entry, Policy};
use crate::read::record::Scalar as _;
use crate::resolve::{Leads, Plan};
use crate::site::RouteId;
use crate::source::Files;
pub use networks::Network;

/// The reach of every allowing route in every zone.
#[derive(Debug, Serialize)]
pub struct Reach {
    /// How many names the catalog has for the site's cloud.
    pub names: usize,
    /// The routes that open anything, zone by zone.
    pub routes: Vec<RouteReach>,
}

/// What one route opens in one zone.
#[derive(Debug, Serialize)]
pub struct RouteReach {
    /// The zone; none of a site without zones.
    pub zone: Option<String>,
    /// The route.
    pub route: String,
    /// How many names its wildcards let in that no rule asks for.
    pub lets_in: usize,
    /// How many of them nothing else would send the same way.
    pub alone: usize,
    /// Whose names these are; a name of two services counts in both.
    pub services: Vec<OfService>,
    /// Its wildcards: first those below which anybody can register a name, then by how many names they let in.
    pub wildcards: Vec<Wildcard>,
    /// How many IPv4 addresses its public networks hold, each counted once.
    pub ipv4_addresses: u64,
    /// How many networks of IPv6 its public networks come to, joined where they touch.
    pub ipv6_networks: usize,
    /// Its networks: public ones first, by how many addresses they hold.
    pub networks: Vec<Network>,
}

/// How many names of a service.
#[derive(Debug, Serialize)]
pub struct OfService {
    /// The service.
    pub service: String,
    /// Whether a rule selects anything of it in this zone.
    pub selected: bool,
    /// How many names.
    pub names: usize,
}

/// A wildcard and what it lets in.
#[derive(Debug, Serialize)]
pub struct Wildcard {
    /// The wildcard.
    pub destination: String,
    /// Who wrote it.
    pub from: Vec<Source>,
    /// The suffix below which anybody can register a name that it lets in.
    pub anybody: Option<String>,
    /// How many names below it are asked for.
    pub asked: usize,
    /// How many it lets in that are not.
    pub lets_in: usize,
    /// How many of them nothing else would send the same way.
    pub alone: usize,
    /// Whose names these are.
    pub services: Vec<OfService>,
    /// The names.
    pub names: Vec<Name>,
}

/// An endpoint or a line of a rule.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// `service/endpoint`, or the rule.
    pub endpoint: String,
    /// Its ports.
    pub ports: String,
    /// Whether its service fails without it; none of a line of a rule.
    pub required: Option<bool>,
    /// Its `file:line`.
    pub place: String,
    /// The rule's `file:line`.
    pub rule: String,
}

/// A name that nobody asked for.
#[derive(Debug, Serialize)]
pub struct Name {
    /// The name.
    pub destination: String,
    /// The endpoints that list it: `service/endpoint`.
    pub endpoints: Vec<String>,
    /// Whether nothing else would send it the same way.
    pub alone: bool,
}

/// A name of the catalog and who lists it.
struct Known<'a> {
    pattern: Pattern,
    host: Host,
    text: String,
    listed: Vec<(&'a Service, &'a Endpoint)>,
}

/// The names of the catalog in the site's cloud, by their pattern.
fn known<'a>(plan: &Plan<'a>) -> Vec<Known<'a>> {
    let mut found: BTreeMap<Pattern, Known> = BTreeMap::new();
    for service in plan.catalog.services.values().filter(|s| s.status != Lifecycle::Retired) {
        let counts = |e: &&Endpoint| {
            let outward = e.status.is_alive() && e.direction == Direction::Egress;
            outward && e.clouds.contains(&plan.site.cloud) && matches!(e.what, What::Dest(_))
        };
        for endpoint in service.endpoints.iter().filter(counts) {
            for item in plan.expand(service, endpoint) {
                let dest = match &item.leads {
                    Leads::To(dest) => Some(dest.clone()),
                    Leads::Unset(_) => Dest::parse(&endpoint.what.template().fill(|_| Some("*"))).ok(),
                    Leads::Tag(_) => None,
                };
                let Some(pattern) = dest.map(|d| d.pattern).filter(|p| p.name().is_some()) else { continue };
                let Some(host) = pattern.sample() else { continue };
                let text = match &item.leads {
                    Leads::Unset(_) => item.destination(),
                    _ => pattern.to_string(),
                };
                let new = Known { pattern: pattern.clone(), host, text, listed: Vec::new() };
                found.entry(pattern).or_insert(new).listed.push((service, endpoint));
            }
        }
    }
    found.into_values().collect()
}

/// Whether a pattern asks for a name: by itself, `.d` and `*.d` for each other, and `.d` for `d`.
fn asks(pattern: &Pattern, name: &Pattern) -> bool {
    if let (Some(a), Some(b)) = (pattern.name(), name.name()) {
        let deep = |depth: Depth| depth != Depth::Exact;
        let alike = deep(a.depth()) && deep(b.depth()) || a.depth() == Depth::Within || a.depth() == b.depth();
        return a.labels() == b.labels() && alike;
    }
    pattern == name
}

/// Whether a pattern matches more names than one.
fn is_wildcard(pattern: &Pattern) -> bool {
    pattern.name().is_some_and(|name| name.depth() != Depth::Exact || name.has_globs())
}

/// A route and a wildcard that leads there.
type Key<'p> = (RouteId, &'p Pattern);

/// What wildcards let in: the names by their position, and whether each is let in alone.
#[derive(Default)]
struct Opened<'p> {
    by: BTreeMap<Key<'p>, BTreeMap<usize, bool>>,
    /// How many names that are asked for lie below each wildcard.
    asked: BTreeMap<&'p Pattern, usize>,
}

fn opened<'p>(plan: &Plan, policy: &'p Policy, known: &[Known]) -> Opened<'p> {
    // Names that no proxy carries are asked for too.
    let by_firewall: Vec<&Pattern> = plan
        .items
        .iter()
        .filter(|i| i.endpoint.via == Via::Firewall && i.in_zone(policy.zone).is_some())
        .filter_map(|i| i.dest().map(|d| &d.pattern))
        .collect();
    let mut opened = Opened::default();
    for (at, name) in known.iter().enumerate() {
        let matching = policy.matching(&name.host);
        let mut asked = matching.iter().map(|e| &e.pattern).chain(by_firewall.iter().copied());
        if asked.any(|pattern| asks(pattern, &name.pattern)) {
            let above: BTreeSet<&Pattern> = matching.iter().map(|e| &e.pattern).filter(|p| is_wildcard(p)).collect();
            for pattern in above.into_iter().filter(|p| !asks(p, &name.pattern)) {
                *opened.asked.entry(pattern).or_default() += 1;
            }
            continue;
        }
        let ports: BTreeSet<u16> =
            name.listed.iter().flat_map(|(_, e)| e.ports.tcp()).map(|(first, _)| first).collect();
        for port in ports {
            let mut covering = matching.iter().filter(|e| e.ports.covers(Some(port)));
            let Some(winner) = covering.next() else { continue };
            if winner.route == RouteId::BLOCK || !is_wildcard(&winner.pattern) {
                continue;
            }
            let next = covering.find(|e| e.pattern != winner.pattern);
            let alone = next.is_none_or(|e| e.route != winner.route);
            let names = opened.by.entry((winner.route, &winner.pattern)).or_default();
            *names.entry(at).or_default() |= alone;
        }
    }
    opened
}

/// One note a route: how much its wildcards let in that nobody asked for.
pub fn note(plan: &Plan, sink: &mut Sink) {
    let known = known(plan);
    let mut by_route: BTreeMap<RouteId, BTreeMap<Key, BTreeSet<usize>>> = BTreeMap::new();
    for policy in &plan.policies {
        for ((route, pattern), names) in opened(plan, policy, &known).by {
            by_route.entry(route).or_default().entry((route, pattern)).or_default().extend(names.into_keys());
        }
    }
    for (route, wildcards) in by_route {
        let names: BTreeSet<usize> = wildcards.values().flatten().copied().collect();
        let services: BTreeSet<&str> = services_of(&known, &names).into_keys().collect();
        // The first of those that let in most.
        let most = wildcards.iter().rev().max_by_key(|(_, names)| names.len());
        let Some(((_, pattern), below)) = most else { continue };
        let entries = plan.policies.iter().flat_map(|p| &p.entries);
        let Some(entry) = entries.clone().find(|e| e.route == route && e.pattern == **pattern) else { continue };
        let Some(rule) = plan.rule(entry) else { continue };
        let what = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        let below = match wildcards.len() {
            1 => format!("`{pattern}` ({})", plan.name(entry)),
            n => format!("{n} wildcards; `{pattern}` ({}) lets in {}", plan.name(entry), below.len()),
        };
        let message = format!(
            "the route `{}` lets in {} of {} that no rule asks for, below {below}",
            plan.site.route(route).name,
            what(names.len(), "name"),
            what(services.len(), "service"),
        );
        let finding = Code::OpensMore.at(rule.span, message).about(plan.site.route(route).name.clone());
        let finding = finding.also(plan.span(entry), "the wildcard that lets in most");
        sink.push(finding.help("`pacwright check --reach` lists them all"));
    }
}

/// How many of some names each service lists.
fn services_of<'a>(known: &[Known<'a>], names: &BTreeSet<usize>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for name in names.iter().filter_map(|at| known.get(*at)) {
        let services: BTreeSet<&str> = name.listed.iter().map(|(service, _)| service.id.as_str()).collect();
        for service in services {
            *counts.entry(service).or_default() += 1;
        }
    }
    counts
}

/// The whole table.
#[must_use]
pub fn reach(plan: &Plan, files: &Files) -> Reach {
    let known = known(plan);
    let mut routes = Vec::new();
    for policy in &plan.policies {
        let opened = opened(plan, policy, &known);
        let mut wildcards: BTreeMap<Key, Vec<&Entry>> = BTreeMap::new();
        for entry in policy.entries.iter().filter(|e| e.route != RouteId::BLOCK && is_wildcard(&e.pattern)) {
            wildcards.entry((entry.route, &entry.pattern)).or_default().push(entry);
        }
        let allowing = std::iter::once(RouteId::DIRECT).chain(plan.site.named_routes());
        for route in allowing {
            let of_route = wildcards.iter().filter(|((r, _), _)| *r == route);
            let mut rows: Vec<Wildcard> =
                of_route.map(|(key, entries)| row(plan, policy, files, &known, (key, entries), &opened)).collect();
            rows.sort_by(|a, b| {
                let rank = |w: &Wildcard| (std::cmp::Reverse(w.anybody.is_some()), std::cmp::Reverse(w.lets_in));
                rank(a).cmp(&rank(b)).then_with(|| a.destination.cmp(&b.destination))
            });
            let networks = networks::of_route(plan, policy, route, files);
            if rows.is_empty() && networks.rows.is_empty() {
                continue;
            }
            let mut all: BTreeMap<usize, bool> = BTreeMap::new();
            for (_, names) in opened.by.iter().filter(|((r, _), _)| *r == route) {
                names.iter().for_each(|(at, alone)| *all.entry(*at).or_default() |= alone);
            }
            routes.push(RouteReach {
                zone: plan.site.zone(policy.zone).name.clone(),
                route: plan.site.route(route).name.clone(),
                lets_in: all.len(),
                alone: all.values().filter(|alone| **alone).count(),
                services: shares(plan, policy, &known, &all.into_keys().collect()),
                wildcards: rows,
                ipv4_addresses: networks.ipv4_addresses,
                ipv6_networks: networks.ipv6_networks,
                networks: networks.rows,
            });
        }
    }
    Reach { names: known.len(), routes }
}

fn row(
    plan: &Plan,
    policy: &Policy,
    files: &Files,
    known: &[Known],
    ((route, pattern), entries): (&Key, &[&Entry]),
    opened: &Opened,
) -> Wildcard {
    let none = BTreeMap::new();
    let names = opened.by.get(&(*route, *pattern)).unwrap_or(&none);
    let name = |(at, alone): (&usize, &bool)| {
        known.get(*at).map(|name| Name {
            destination: name.text.clone(),
            endpoints: name.listed.iter().map(|(service, e)| format!("{}/{}", service.id, e.id)).collect(),
            alone: *alone,
        })
    };
    let mut from: Vec<Source> = Vec::new();
    for entry in entries {
        let source = source(plan, entry, files);
        if !from.contains(&source) {
            from.push(source);
        }
    }
    Wildcard {
        destination: pattern.to_string(),
        from,
        anybody: pattern.name().and_then(|n| plan.catalog.vocabulary.open_to_anybody(n)).map(str::to_owned),
        asked: opened.asked.get(pattern).copied().unwrap_or_default(),
        lets_in: names.len(),
        alone: names.values().filter(|alone| **alone).count(),
        services: shares(plan, policy, known, &names.keys().copied().collect()),
        names: names.iter().filter_map(name).collect(),
    }
}

/// Whose some names are, those of services that nobody selects first.
fn shares(plan: &Plan, policy: &Policy, known: &[Known], names: &BTreeSet<usize>) -> Vec<OfService> {
    let selected =
        |service: &str| plan.items.iter().any(|item| item.service.id == service && item.in_zone(policy.zone).is_some());
    let mut shares: Vec<OfService> = services_of(known, names)
        .into_iter()
        .map(|(service, names)| OfService { service: service.to_owned(), selected: selected(service), names })
        .collect();
    shares.sort_by_key(|s| (s.selected, std::cmp::Reverse(s.names)));
    shares
}

/// Where an entry comes from.
fn source(plan: &Plan, entry: &Entry, files: &Files) -> Source {
    Source {
        endpoint: plan.name(entry),
        ports: entry.ports.to_string(),
        required: plan.item(entry).map(|item| item.endpoint.required),
        place: files.line(plan.span(entry)),
        rule: plan.rule(entry).map_or(String::new(), |rule| files.line(rule.span)),
    }
}
