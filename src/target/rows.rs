//! One row an endpoint, for lists that people and templates read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;

use super::{Common, Sought};
use crate::catalog::Via;
use crate::dest::{Dest, Pattern, Ports};
use crate::policy::Origin;
use crate::policy::cover::decisive;
use crate::resolve::{Item, Leads, Placed, Plan};
use crate::site::{RouteId, ZoneId};

/// A selected endpoint, or a line of a rule, as columns. Empty texts stand for what is not known.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What it shares with the other lines of its rule: a list has a hundred thousand.
    #[serde(flatten)]
    pub shared: Arc<Shared>,
    /// The destination.
    pub destination: String,
    /// host, wildcard, glob, address, network, url, service-tag, plain.
    pub kind: &'static str,
    /// What is odd about it.
    pub note: String,
}

/// The columns of an endpoint, or of all lines of a rule.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Shared {
    /// The zones, separated by blanks; `all` without zones.
    pub zone: Arc<str>,
    /// The service; empty for a line of a rule.
    pub service: Arc<str>,
    /// The endpoint's id with its parameters; `rule N` for a line.
    pub endpoint: Arc<str>,
    /// tcp, udp, both, or any.
    pub protocol: Arc<str>,
    /// `tcp/80 tcp/443`, or `all`.
    pub ports: Arc<str>,
    /// Who can carry it: proxy or firewall.
    pub via: &'static str,
    /// The name of the route.
    pub route: Arc<str>,
    /// The category.
    pub category: Arc<str>,
    /// required or optional; empty for a line.
    pub required: &'static str,
    /// What holds for it, separated by blanks: no-inspect, no-auth, from=azure.
    pub constraints: Arc<str>,
    /// The ticket.
    pub ticket: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
    /// The last day it is meant to hold.
    pub until: Arc<str>,
    /// Where the fact is from.
    pub source: Arc<str>,
}

crate::columns! { Row: destination, kind, note; shared: Shared }
crate::columns! { Shared:
    zone, service, endpoint, protocol, ports, via, route, category, required, constraints, ticket, owner, reason,
    until, source
}

/// What kind of destination it is.
#[must_use]
pub fn kind(dest: &Dest) -> &'static str {
    match &dest.pattern {
        _ if dest.path.is_some() => "url",
        Pattern::Plain => "plain",
        Pattern::Net(net) if net.prefix_len() == net.max_prefix_len() => "address",
        Pattern::Net(_) => "network",
        Pattern::Name(name) if name.has_globs() => "glob",
        Pattern::Name(name) if name.depth() == crate::dest::Depth::Exact => "host",
        Pattern::Name(_) => "wildcard",
    }
}

/// The protocols of ports.
#[must_use]
pub fn protocol(ports: &Ports) -> String {
    if matches!(ports, Ports::All) {
        return "any".to_owned();
    }
    let mut words: Vec<&str> = ports.ranges().iter().map(|r| r.protocol.word()).collect();
    words.dedup();
    words.join(" ")
}

/// The names of zones.
#[must_use]
pub fn zone_names(plan: &Plan, zones: &[ZoneId]) -> String {
    zones.iter().map(|z| plan.site.zone(*z).label()).collect::<Vec<_>>().join(" ")
}

/// The placements of an item in some zones, those of one rule and route together.
#[must_use]
pub fn placements(item: &Item, common: &Common) -> Vec<(Placed, Vec<ZoneId>)> {
    let mut out: Vec<(Placed, Vec<ZoneId>)> = Vec::new();
    for placed in item.placed.iter().filter(|p| common.zones.contains(&p.zone) && !p.wrong_vantage) {
        match out.iter_mut().find(|(p, _)| p.rule == placed.rule && p.route == placed.route) {
            Some((_, zones)) => zones.push(placed.zone),
            None => out.push((*placed, vec![placed.zone])),
        }
    }
    out
}

/// The name of the route an item takes: what no proxy can carry goes direct, whatever its rule says, unless blocked.
#[must_use]
pub fn route_name(plan: &Plan, item: &Item, placed: Placed) -> String {
    let by_proxy = item.endpoint.via == Via::Proxy || placed.route == RouteId::BLOCK;
    plan.site.route(if by_proxy { placed.route } else { RouteId::DIRECT }).name.clone()
}

/// What holds for an item.
#[must_use]
pub fn constraints(item: &Item) -> String {
    let e = item.endpoint;
    let from = e.from.map(|f| format!("from={f}"));
    let words = [e.no_inspect.then(|| "no-inspect".to_owned()), e.no_auth.then(|| "no-auth".to_owned()), from];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What is odd about an item.
#[must_use]
pub fn note(item: &Item) -> String {
    let e = item.endpoint;
    let life = (e.status != crate::catalog::Lifecycle::Current).then(|| match (&e.since, &e.until) {
        (Some(since), _) => format!("{} since {since}", e.status),
        (None, Some(until)) => format!("{} until {until}", e.status),
        (None, None) => e.status.to_string(),
    });
    let condition = e.condition.as_ref().map(|c| format!("only when: {c}"));
    let disputed = e.disputed.as_ref().map(|d| format!("disputed: {d}"));
    let coming = e.effective.as_ref().map(|day| format!("live from {day}"));
    [life, coming, condition, disputed, e.note.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What a row is about.
#[derive(Debug, Clone)]
pub struct About {
    /// The destination, or the name of a tag.
    pub destination: String,
    /// Its kind.
    pub kind: &'static str,
    /// The network, for a row of one of a tag's.
    pub network: Option<Pattern>,
    /// What is odd about it.
    pub note: String,
}

/// What the rows of an item are about: its destination; of a service tag its name, and each of its networks.
#[must_use]
pub fn about(item: &Item) -> Vec<About> {
    let one = |destination: String, kind: &'static str, network: Option<Pattern>, note: String| About {
        destination,
        kind,
        network,
        note,
    };
    match &item.leads {
        Leads::To(dest) => vec![one(item.destination(), kind(dest), None, note(item))],
        Leads::Unset(_) => Vec::new(),
        Leads::Tag(tag) => {
            let network = |net: &IpNet| {
                let dest = Dest::from(Pattern::Net(*net));
                one(dest.to_string(), kind(&dest), Some(dest.pattern), format!("of the service tag {}", tag.name))
            };
            let name = one(tag.name.clone(), "service-tag", None, note(item));
            std::iter::once(name).chain(tag.networks.iter().flatten().map(network)).collect()
        }
    }
}

/// The citations of an item.
#[must_use]
pub fn source(item: &Item) -> String {
    let cite = |name: &String| item.service.sources.get(name).cloned();
    item.endpoint.sources.iter().filter_map(cite).collect::<Vec<_>>().join("; ")
}

/// What decides something; an earlier or final rule has taken the rest whole.
#[derive(Default)]
struct Decisive {
    items: BTreeSet<(ZoneId, usize, usize)>,
    /// For the lines of a rule, in their order.
    lines: BTreeMap<(ZoneId, usize), Vec<bool>>,
}

impl Decisive {
    fn of(common: &Common, plan: &Plan) -> Self {
        let mut all = Self::default();
        for zone in &common.zones {
            let Some(policy) = plan.policy(*zone) else { continue };
            for (entry, decides) in policy.entries.iter().zip(decisive(&policy.entries)) {
                let rule = entry.rule as usize;
                match entry.origin {
                    Origin::Item(at) if decides => _ = all.items.insert((*zone, rule, at as usize)),
                    Origin::Item(_) => {}
                    Origin::Line(_) => all.lines.entry((*zone, rule)).or_default().push(decides),
                }
            }
        }
        all
    }

    fn item(&self, zones: &[ZoneId], rule: usize, at: usize) -> bool {
        zones.iter().any(|zone| self.items.contains(&(*zone, rule, at)))
    }

    fn line(&self, zones: &[ZoneId], rule: usize, line: usize) -> bool {
        zones.iter().any(|zone| self.lines.get(&(*zone, rule)).and_then(|lines| lines.get(line)) == Some(&true))
    }
}

/// What is said of a row that decides nothing.
const NOT_DECISIVE: &str = "decides nothing: an earlier or final rule takes it";

/// All rows of a plan for some zones: the endpoints, then the lines, in the order of the rules.
#[must_use]
pub fn rows(common: &Common, plan: &Plan) -> Vec<Row> {
    let mut rows: Vec<(usize, Row)> = Vec::new();
    let decisive = Decisive::of(common, plan);
    for (at, item) in plan.items.iter().enumerate() {
        for (placed, zones) in placements(item, common) {
            let idle = item.endpoint.via == Via::Proxy && !decisive.item(&zones, placed.rule, at);
            let shared = Arc::new(of_item(item, placed, &zones, plan));
            for About { destination, kind, note, .. } in about(item) {
                let words = [if idle { NOT_DECISIVE } else { "" }, &note];
                let note = words.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
                rows.push((placed.rule, Row { shared: Arc::clone(&shared), destination, kind, note }));
            }
        }
    }
    for (at, rule) in plan.site.rules.iter().enumerate() {
        let zones: Vec<ZoneId> = rule.zones.iter().copied().filter(|z| common.zones.contains(z)).collect();
        if zones.is_empty() {
            continue;
        }
        let text = |t: &Option<String>| t.as_deref().unwrap_or_default().into();
        let shared = Arc::new(Shared {
            zone: zone_names(plan, &zones).into(),
            endpoint: format!("rule {}", at + 1).into(),
            protocol: protocol(&rule.ports).into(),
            ports: rule.ports.to_string().into(),
            via: "proxy",
            route: plan.site.route(rule.route).name.as_str().into(),
            ticket: text(&rule.who.ticket),
            owner: text(&rule.who.owner),
            reason: text(&rule.who.reason),
            until: text(&rule.who.until),
            ..Shared::default()
        });
        rows.extend(rule.hosts.iter().enumerate().map(|(number, line)| {
            let decides = decisive.line(&zones, at, number);
            let words = [rule.is_final.then_some("final"), (!decides).then_some(NOT_DECISIVE)];
            let row = Row {
                shared: Arc::clone(&shared),
                destination: line.dest.to_string(),
                kind: kind(&line.dest),
                note: words.into_iter().flatten().collect::<Vec<_>>().join("; "),
            };
            (at, row)
        }));
    }
    // Stable: within a rule the order of the catalog and of the lines.
    rows.sort_by_key(|(rule, _)| *rule);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// A row a zone for what no rule lists.
#[must_use]
pub fn defaults(common: &Common, plan: &Plan) -> Vec<Row> {
    let row = |zone: &ZoneId| Row {
        shared: Arc::new(Shared {
            zone: plan.site.zone(*zone).label().into(),
            endpoint: "default".into(),
            protocol: "any".into(),
            ports: "all".into(),
            via: "proxy",
            route: plan.site.route(plan.site.zone(*zone).default).name.as_str().into(),
            ..Shared::default()
        }),
        destination: "everything else".to_owned(),
        kind: "default",
        note: String::new(),
    };
    common.zones.iter().map(row).collect()
}

fn of_item(item: &Item, placed: Placed, zones: &[ZoneId], plan: &Plan) -> Shared {
    let endpoint = item.endpoint;
    let who = plan.site.rules.get(placed.rule).map(|r| r.who.clone()).unwrap_or_default();
    let key = item.key();
    Shared {
        zone: zone_names(plan, zones).into(),
        service: item.service.id.as_str().into(),
        endpoint: key.split_once('/').map_or(key.as_str(), |(_, id)| id).into(),
        protocol: protocol(&endpoint.ports).into(),
        ports: endpoint.ports.to_string().into(),
        via: endpoint.via.word(),
        route: route_name(plan, item, placed).into(),
        category: endpoint.category.as_deref().unwrap_or_default().into(),
        required: if endpoint.required { "required" } else { "optional" },
        constraints: constraints(item).into(),
        ticket: who.ticket.unwrap_or_default().into(),
        owner: who.owner.unwrap_or_default().into(),
        reason: who.reason.unwrap_or_default().into(),
        until: who.until.unwrap_or_default().into(),
        source: source(item).into(),
    }
}

/// The line of a list of rows that says something in a zone, by its number from 0.
#[must_use]
pub fn locate(sought: &Sought, text: &str) -> Option<usize> {
    let (service, endpoint) = match sought.item {
        Some(item) => {
            let key = item.key();
            (item.service.id.clone(), key.split_once('/').map_or(String::new(), |(_, id)| id.to_owned()))
        }
        None => (String::new(), format!("rule {}", sought.rule + 1)),
    };
    let zone = sought.plan.site.zone(sought.zone).label();
    let dest = sought.dest.to_string();
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text.as_bytes());
    let headers = reader.headers().ok()?.clone();
    let column = |name: &str| headers.iter().position(|h| h == name);
    let wanted = [("service", service.as_str()), ("endpoint", &endpoint), ("destination", &dest)];
    let columns: Vec<(usize, &str)> = wanted.iter().filter_map(|(name, value)| Some((column(name)?, *value))).collect();
    let record = reader.records().filter_map(Result::ok).find(|record| {
        record.get(0).is_some_and(|zones| zones.split(' ').any(|z| z == zone))
            && columns.iter().all(|(at, value)| record.get(*at) == Some(*value))
    })?;
    record.position().and_then(|p| usize::try_from(p.line()).ok()).map(|line| line - 1)
}
