//! Site and catalog become a [`Plan`]: which endpoints each zone gets, with which parameters, by which rule; and one
//! policy a zone.
//!
//! In: [`Catalog`], [`Site`]. Out: [`Plan`]. Never: what an output format can say.

mod params;
pub mod select;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::catalog::{Catalog, Endpoint, Service, Via};
use crate::dest::{Dest, Pattern, PortRange, Protocol};
use crate::diag::{Code, Sink, did_you_mean};
use crate::policy::{Entry, Origin, Policy};
use crate::site::{RouteId, Rule, Site, Vantage, Who, ZoneId};
use crate::source::Span;

/// What a site selects, resolved.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The site.
    pub site: &'a Site,
    /// The selected endpoints, in the order of the rules; each once.
    pub items: Vec<Item<'a>>,
    /// One policy a zone, in the order of the zones.
    pub policies: Vec<Policy>,
}

/// A selected endpoint, with its parameters filled in.
#[derive(Debug)]
pub struct Item<'a> {
    /// The service it belongs to (the used one's, for `uses`).
    pub service: &'a Service,
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// The values of its parameters.
    pub params: Vec<(String, String)>,
    /// Where it leads.
    pub leads: Leads,
    /// The zones that selected it.
    pub placed: Vec<Placed>,
}

/// Where an [`Item`] leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To a destination.
    To(Dest),
    /// To the addresses of a service tag.
    Tag(Tag),
    /// Nowhere: the site does not set these parameters.
    Unset(Vec<String>),
}

/// A service tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its networks; `None` when they were not imported.
    pub networks: Option<Vec<IpNet>>,
}

/// That a zone selected an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The zone.
    pub zone: ZoneId,
    /// The rule, by its position in the site.
    pub rule: usize,
    /// The route.
    pub route: RouteId,
    /// Whether its source would have to be in Azure, and the zone is not.
    pub wrong_vantage: bool,
}

impl Item<'_> {
    /// Its identity: `service/endpoint`, with the parameters when it has any.
    #[must_use]
    pub fn key(&self) -> String {
        let mut key = format!("{}/{}", self.service.id, self.endpoint.id);
        if !self.params.is_empty() {
            let values: Vec<String> = self.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
            key.push_str(&format!("[{}]", values.join(",")));
        }
        key
    }

    /// Its destination as written, parameters filled in where they are known.
    #[must_use]
    pub fn destination(&self) -> String {
        match &self.leads {
            Leads::To(dest) => dest.to_string(),
            Leads::Tag(tag) => tag.name.clone(),
            Leads::Unset(_) => self.endpoint.what.template().text.value.clone(),
        }
    }

    /// Its destination, when it is one.
    #[must_use]
    pub const fn dest(&self) -> Option<&Dest> {
        match &self.leads {
            Leads::To(dest) => Some(dest),
            _ => None,
        }
    }

    /// The networks it leads to: its own, or those of its tag.
    #[must_use]
    pub fn networks(&self) -> &[IpNet] {
        match &self.leads {
            Leads::To(Dest { pattern: Pattern::Net(net), .. }) => std::slice::from_ref(net),
            Leads::Tag(tag) => tag.networks.as_deref().unwrap_or_default(),
            _ => &[],
        }
    }

    /// How a zone selected it.
    #[must_use]
    pub fn in_zone(&self, zone: ZoneId) -> Option<Placed> {
        self.placed.iter().find(|p| p.zone == zone).copied()
    }
}

impl<'a> Plan<'a> {
    /// The rule of an entry of a policy.
    #[must_use]
    pub fn rule(&self, entry: &Entry) -> Option<&'a Rule> {
        self.site.rules.get(entry.rule as usize)
    }

    /// The item of an entry, when it comes from the catalog.
    #[must_use]
    pub fn item(&self, entry: &Entry) -> Option<&Item<'a>> {
        match entry.origin {
            Origin::Item(at) => self.items.get(at as usize),
            Origin::Line(_) => None,
        }
    }

    /// The place an entry comes from: its catalog row, or its line in the site or in a list.
    #[must_use]
    pub fn span(&self, entry: &Entry) -> Span {
        match entry.origin {
            Origin::Item(at) => self.items.get(at as usize).map(|item| item.endpoint.span),
            Origin::Line(at) => self.rule(entry).and_then(|r| r.hosts.get(at as usize)).map(|line| line.span),
        }
        .unwrap_or(self.site.zones[0].default_span)
    }

    /// The destination of an entry, with its path when it has one.
    #[must_use]
    pub fn dest(&self, entry: &Entry) -> Dest {
        let dest = match entry.origin {
            Origin::Item(_) => self.item(entry).and_then(|item| item.dest().cloned()),
            Origin::Line(at) => self.rule(entry).and_then(|r| r.hosts.get(at as usize)).map(|line| line.dest.clone()),
        };
        dest.unwrap_or_else(|| entry.pattern.clone().into())
    }

    /// Who an entry is for: `service/endpoint`, or the rule of a line.
    #[must_use]
    pub fn name(&self, entry: &Entry) -> String {
        match self.item(entry) {
            Some(item) => item.key(),
            None => format!("rule {}", entry.rule + 1),
        }
    }

    /// Who asked for an entry.
    #[must_use]
    pub fn who(&self, entry: &Entry) -> Who {
        self.rule(entry).map(|r| r.who.clone()).unwrap_or_default()
    }

    /// Whether an endpoint is the QUIC (udp/443) twin of one whose TCP traffic goes to a proxy in a zone, or is blocked:
    /// clients of a proxy do not use QUIC.
    #[must_use]
    pub fn twin_is_proxied(&self, zone: ZoneId, item: &Item) -> bool {
        let ranges = item.endpoint.ports.ranges();
        let is_quic = |r: &PortRange| r.protocol == Protocol::Udp && r.first == 443 && r.last == 443;
        let (Some(dest), Some(policy)) = (item.dest(), self.policy(zone)) else { return false };
        if ranges.is_empty() || !ranges.iter().all(is_quic) {
            return false;
        }
        let twin = policy.entries.iter().find(|e| e.pattern == dest.pattern && e.ports.covers(Some(443)));
        twin.is_some_and(|twin| twin.route != RouteId::DIRECT)
    }

    /// What any endpoint of the catalog would become with the site's parameters, selected or not; nobody places it.
    #[must_use]
    pub fn expand(&self, service: &'a Service, endpoint: &'a Endpoint) -> Vec<Item<'a>> {
        // What is wrong with the parameters was said of the endpoints that are selected.
        let (mut unset, mut unheard) = (params::Unset::default(), Sink::default());
        params::expand(service, endpoint, (self.site, self.catalog), endpoint.span, &mut unset, &mut unheard)
    }

    /// The policy of a zone.
    #[must_use]
    pub fn policy(&self, zone: ZoneId) -> Option<&Policy> {
        self.policies.get(usize::from(zone.0))
    }
}

/// Resolves a site against a catalog; what is wrong goes into the sink.
#[must_use]
pub fn resolve<'a>(catalog: &'a Catalog, site: &'a Site, sink: &mut Sink) -> Plan<'a> {
    let mut items: Vec<Item<'a>> = Vec::new();
    // Where the items of an endpoint stand; an endpoint is expanded once, whoever selects it.
    let mut known: BTreeMap<(&str, &str), std::ops::Range<usize>> = BTreeMap::new();
    let mut used_params: BTreeSet<&str> = BTreeSet::new();
    let mut unset = params::Unset::default();
    let mut by_rule: Vec<Vec<usize>> = Vec::with_capacity(site.rules.len());
    for (rule_at, rule) in site.rules.iter().enumerate() {
        let mut of_rule = Vec::new();
        for selected in select::select(catalog, site, rule, sink) {
            let endpoint = selected.endpoint;
            used_params.extend(endpoint.what.template().params.iter().map(String::as_str));
            let key = (selected.service.id.as_str(), endpoint.id.as_str());
            let range = known.entry(key).or_insert_with(|| {
                let start = items.len();
                items.extend(params::expand(
                    selected.service,
                    endpoint,
                    (site, catalog),
                    selected.at,
                    &mut unset,
                    sink,
                ));
                start..items.len()
            });
            for at in range.clone() {
                let Some(item) = items.get_mut(at) else {
                    continue;
                };
                let mut is_new = false;
                for zone in &rule.zones {
                    if item.in_zone(*zone).is_none() {
                        let must = endpoint.from.is_some_and(|s| s.must_be_in_azure());
                        let wrong_vantage = must && site.zone(*zone).vantage == Vantage::OnPrem;
                        item.placed.push(Placed { zone: *zone, rule: rule_at, route: rule.route, wrong_vantage });
                        is_new = true;
                    }
                }
                if is_new {
                    of_rule.push(at);
                }
            }
        }
        by_rule.push(of_rule);
    }
    unset.report(sink);
    unused_params(catalog, site, &used_params, sink);
    let policies = site.zone_ids().map(|zone| policy(site, zone, &items, &by_rule)).collect();
    Plan { catalog, site, items, policies }
}

fn policy(site: &Site, zone: ZoneId, items: &[Item], by_rule: &[Vec<usize>]) -> Policy {
    let mut entries = Vec::new();
    for (at, rule) in site.rules.iter().enumerate() {
        let rule_id = u32::try_from(at).unwrap_or(u32::MAX);
        for item_at in by_rule.get(at).into_iter().flatten() {
            let Some(item) = items.get(*item_at) else {
                continue;
            };
            let placed = item.in_zone(zone).filter(|p| p.rule == at && !p.wrong_vantage);
            let (Some(placed), Via::Proxy) = (placed, item.endpoint.via) else { continue };
            let patterns: Vec<Pattern> = match &item.leads {
                Leads::To(dest) => vec![dest.pattern.clone()],
                Leads::Tag(_) => item.networks().iter().copied().map(Pattern::Net).collect(),
                Leads::Unset(_) => Vec::new(),
            };
            entries.extend(patterns.into_iter().map(|pattern| Entry {
                origin: Origin::Item(u32::try_from(*item_at).unwrap_or(u32::MAX)),
                pattern,
                ports: item.endpoint.ports.clone(),
                route: placed.route,
                rule: rule_id,
                is_final: rule.is_final,
            }));
        }
        if rule.zones.contains(&zone) {
            entries.extend(rule.hosts.iter().enumerate().map(|(line, host)| Entry {
                origin: Origin::Line(u32::try_from(line).unwrap_or(u32::MAX)),
                pattern: host.dest.pattern.clone(),
                ports: rule.ports.clone(),
                route: rule.route,
                rule: rule_id,
                is_final: rule.is_final,
            }));
        }
    }
    Policy::new(zone, site.zone(zone).default, entries)
}

fn unused_params(catalog: &Catalog, site: &Site, used: &BTreeSet<&str>, sink: &mut Sink) {
    let mut derived: BTreeSet<&str> = BTreeSet::new();
    for service in catalog.services.values() {
        for (name, param) in &service.params {
            if let Some(derive) = param.derive.as_ref().filter(|_| used.contains(name.as_str())) {
                derived.insert(&derive.from);
            }
        }
    }
    for (name, (span, _)) in &site.params {
        if sink.has_errors() || used.contains(name.as_str()) || derived.contains(name.as_str()) {
            continue;
        }
        let finding = Code::UnusedParameter.at(*span, format!("no selected endpoint uses the parameter `{name}`"));
        let known: BTreeSet<&str> =
            catalog.services.values().flat_map(|s| s.params.keys().map(String::as_str)).collect();
        let declared = known.contains(name.as_str());
        sink.push(if declared {
            finding
        } else {
            did_you_mean(finding, name, known.into_iter(), "parameters of the catalog")
        });
    }
}
