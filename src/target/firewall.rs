//! Firewall lists: what must be opened besides the proxy's own rules, and who opens it. `firewall.csv` for the change
//! request (names, addresses, tags), `pacwright.nft` with the addresses.

mod back;
mod nft;
mod openers;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::configure::Options;
use super::csv::CsvOptions;
use super::fidelity::{Fidelity, Reason};
use super::rows::{about, constraints, kind, protocol, source, zone_names};
use super::{Common, Emission, Emit, Encoding, Sheet, Sought, Subject, Target, line_with};
use crate::catalog::Via;
use crate::dest::{Pattern, PortRange, Ports, Protocol};
use crate::diag::{Code, Sink};
use crate::policy::cover::cover;
use crate::policy::{self, Origin};
use crate::render::Escape;
use crate::render::columns::one_by_one;
use crate::resolve::Plan;
use crate::site::{RouteId, ZoneId};
use openers::{ByOpener, opener};

/// The target.
pub const TARGET: Target = Target {
    name: "firewall",
    about: "what to open on the firewall, and for whom: a CSV, and nftables sets",
    place: "firewall/",
    says: &[
        ("via: firewall", "exact", "from the clients, or from whom the endpoint names"),
        ("direct routes", "exact", "from the clients"),
        ("named routes", "exact", "from the proxies of the route"),
        ("udp/443 of a proxied name", "elsewhere", "clients of a proxy do not use QUIC"),
        ("names", "exact", "in firewall.csv; pacwright.nft holds addresses"),
        ("service tags", "narrowed", "by name in firewall.csv; their addresses are not known"),
    ],
    on_proxy: false,
    lists_firewall: true,
    takes_default: false,
    needs_file: false,
    one_zone: false,
    configure,
    read_back: Some(back::read_back),
    mentions: |_| Vec::new(),
    schema: || <CsvOptions as crate::read::record::Record>::properties().0,
};

struct Firewall {
    encoding: Encoding,
}

fn configure(options: &mut Options) -> Option<Box<dyn Emit>> {
    let own: CsvOptions = options.read()?;
    Some(Box::new(Firewall { encoding: own.encoding() }))
}

/// A line of the change request.
#[derive(Debug, Clone)]
struct Row {
    zone: String,
    from: String,
    sources: String,
    destination: String,
    kind: &'static str,
    protocol: String,
    ports: String,
    except: String,
    route: String,
    service: String,
    endpoint: String,
    required: &'static str,
    constraints: String,
    ticket: String,
    owner: String,
    reason: String,
    until: String,
    source: String,
    note: String,
}

crate::columns! { Row:
    zone, from, sources, destination, kind, protocol, ports, except, route, service, endpoint, required,
    constraints, ticket, owner, reason, until, source, note
}

impl Emit for Firewall {
    fn say(&self, _: &Common, subject: &Subject) -> Fidelity {
        match subject.dest.map(|d| &d.pattern) {
            // Tags stand in the CSV by name, and with their networks where they were imported.
            None if subject.item.is_none_or(|item| item.networks().is_empty()) => {
                return Fidelity::because(Reason::TagByNameOnly);
            }
            Some(Pattern::Plain) if subject.route != RouteId::BLOCK => return Fidelity::because(Reason::StaysInside),
            _ => {}
        }
        // Names, addresses and tags stand in the CSV; what is blocked is said by not being opened. UDP twins of
        // proxied names need the neighbours: `emit` adds their reason.
        Fidelity::exact()
    }

    fn emit(&self, common: &Common, plan: &Plan, sink: &mut Sink) -> Emission {
        let mut more = Vec::new();
        for (at, item) in plan.items.iter().enumerate() {
            let here = item.placed.iter().filter(|p| common.zones.contains(&p.zone) && !p.wrong_vantage);
            let twins: Vec<bool> = here.map(|p| plan.twin_is_proxied(p.zone, item)).collect();
            if twins.contains(&true) {
                let reason = if twins.contains(&false) { Reason::UdpTwinInZones } else { Reason::UdpTwin };
                more.push((0, Origin::Item(u32::try_from(at).unwrap_or(u32::MAX)), reason));
            }
        }
        let zones = ByOpener::of_zones(common, plan);
        let (rows, sets) = rayon::join(|| rows(common, plan, &zones), || nft::context(common, plan, &zones));
        let entries = rows.len();
        if entries == 0 {
            sink.push(Code::OutputEmpty.at(common.span, "no rule selects anything that a firewall would have to open"));
        }
        let text = include_str!("../../templates/firewall.csv.j2");
        let context = minijinja::context! { rows => one_by_one(rows) };
        let mut list = Sheet::embedded(common.file("firewall.csv"), "firewall.csv.j2", text, Escape::Csv, context);
        list.encoding = self.encoding;
        let text = include_str!("../../templates/pacwright.nft.j2");
        let sets = Sheet::embedded(common.file("pacwright.nft"), "pacwright.nft.j2", text, Escape::Line, sets);
        Emission { sheets: vec![list, sets], entries, more }
    }

    fn locate(&self, sought: &Sought, file: &str, text: &str) -> Option<usize> {
        match &sought.pattern {
            Pattern::Net(net) if file.ends_with(".nft") => line_with(text, &crate::dest::ip::show(net)),
            _ => super::rows::locate(sought, text),
        }
    }
}

/// A part of what is left of an entry when other entries have taken their share: ports, and what is excepted on them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    ports: Ports,
    except: BTreeSet<String>,
}

/// Ports that are left of a pattern of an entry.
#[derive(Debug, Default)]
struct Share {
    /// The protocols that are left whole.
    whole: BTreeSet<Protocol>,
    ranges: Vec<PortRange>,
}

impl Share {
    /// Adds ports of a protocol; `None`: all.
    fn add(&mut self, protocol: Protocol, ports: Option<&Vec<(u16, u16)>>) {
        if ports.is_none() {
            self.whole.insert(protocol);
        }
        let ranges = ports.map_or(&[(0, u16::MAX)][..], Vec::as_slice);
        // Port 0 is none.
        let ranges = ranges.iter().filter(|(_, last)| *last > 0);
        self.ranges.extend(ranges.map(|(first, last)| PortRange { protocol, first: (*first).max(1), last: *last }));
    }

    fn ports(self) -> Ports {
        if self.whole.len() == PROTOCOLS.len() { Ports::All } else { Ports::listed(self.ranges) }
    }
}

/// What a firewall tells apart.
const PROTOCOLS: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

/// An entry: its zone, its rule, and where it comes from.
type Key = (ZoneId, u32, Origin);

/// What is left of each entry; entries of which nothing is left are not in it.
fn left(zones: &[ByOpener]) -> BTreeMap<Key, Vec<(Part, Pattern)>> {
    let asked: Vec<(&ByOpener, Protocol)> =
        zones.iter().flat_map(|zone| PROTOCOLS.map(|protocol| (zone, protocol))).collect();
    let left: Vec<Vec<Left>> = asked.par_iter().map(|(zone, protocol)| left_in(zone, *protocol)).collect();
    // By what is excepted.
    let mut found: BTreeMap<(Key, Pattern), BTreeMap<BTreeSet<String>, Share>> = BTreeMap::new();
    for ((_, protocol), left) in asked.iter().zip(left) {
        for Left { key, pattern, except, ports } in left {
            let share = found.entry((key, pattern)).or_default().entry(except).or_default();
            share.add(*protocol, ports.as_ref());
        }
    }
    let mut out: BTreeMap<Key, Vec<(Part, Pattern)>> = BTreeMap::new();
    for ((key, pattern), shares) in found {
        let part =
            |(except, share): (BTreeSet<String>, Share)| (Part { ports: share.ports(), except }, pattern.clone());
        let parts = shares.into_iter().map(part);
        // Of a part that has port 0 only, nothing is left.
        out.entry(key).or_default().extend(parts.filter(|(part, _)| part.ports != Ports::Listed(Vec::new())));
    }
    out.values_mut().for_each(|parts| parts.sort_by(|a, b| a.0.cmp(&b.0)));
    out
}

/// Ports of one protocol that are left of an entry.
struct Left {
    key: Key,
    pattern: Pattern,
    except: BTreeSet<String>,
    ports: Option<Vec<(u16, u16)>>,
}

fn left_in(ByOpener { zone, entries, openers }: &ByOpener, protocol: Protocol) -> Vec<Left> {
    let entries = policy::on(entries, protocol);
    let mut out = Vec::new();
    for opener in openers.numbers() {
        let entries = openers.of(opener, &entries);
        for grant in cover(&entries, |entry| entry.route == opener, false) {
            for entry in grant.entries.iter().flatten() {
                // Shown with the entry they lie below, not with every entry of the grant.
                let below = grant.except.iter().filter(|e| e.pattern.may_overlap(&entry.pattern));
                out.push(Left {
                    key: (*zone, entry.rule, entry.origin),
                    pattern: entry.pattern.clone(),
                    except: below.map(|e| e.pattern.to_string()).collect(),
                    ports: grant.ports.clone(),
                });
            }
        }
    }
    out
}

/// The parts of an entry; of one network only, when it is a tag's.
fn parts_of(left: &[(Part, Pattern)], network: Option<&Pattern>) -> Option<Vec<Part>> {
    let own = left.iter().filter(|(_, pattern)| network.is_none_or(|network| network == pattern));
    let parts: Vec<Part> = own.map(|(part, _)| part.clone()).collect();
    (!parts.is_empty()).then_some(parts)
}

/// The parts of what is left of an entry, each with the zones in which the same is left.
fn by_left(zones: &[ZoneId], of: impl Fn(ZoneId) -> Option<Vec<Part>>) -> Vec<(Part, Vec<ZoneId>)> {
    let mut groups: Vec<(Vec<Part>, Vec<ZoneId>)> = Vec::new();
    for zone in zones {
        let Some(left) = of(*zone) else { continue };
        match groups.iter_mut().find(|(l, _)| *l == left) {
            Some((_, zones)) => zones.push(*zone),
            None => groups.push((left, vec![*zone])),
        }
    }
    let each = |(parts, zones): (Vec<Part>, Vec<ZoneId>)| parts.into_iter().map(move |part| (part, zones.clone()));
    groups.into_iter().flat_map(each).collect()
}

fn rows(common: &Common, plan: &Plan, zones: &[ByOpener]) -> Vec<Row> {
    let left = left(zones);
    let key = |zone: ZoneId, rule: usize, origin: Origin| (zone, u32::try_from(rule).unwrap_or(u32::MAX), origin);
    let mut rows: Vec<(usize, Row)> = Vec::new();
    for (at, item) in plan.items.iter().enumerate() {
        let origin = Origin::Item(u32::try_from(at).unwrap_or(u32::MAX));
        for (placed, zones) in super::rows::placements(item, common) {
            let zones: Vec<ZoneId> = zones.into_iter().filter(|z| !plan.twin_is_proxied(*z, item)).collect();
            let Some(from) = opener(plan, item.endpoint.via, placed.route, Some(item)) else { continue };
            for about in about(item) {
                // What no proxy carries takes no part in deciding: all of it is left. Nor does the name of a tag.
                let is_whole = item.endpoint.via == Via::Firewall || about.kind == "service-tag";
                let of = |zone: ZoneId| match is_whole {
                    true => Some(vec![Part { ports: item.endpoint.ports.clone(), except: BTreeSet::new() }]),
                    false => parts_of(left.get(&key(zone, placed.rule, origin))?, about.network.as_ref()),
                };
                for (part, zones) in by_left(&zones, of) {
                    let what = (about.destination.clone(), about.kind);
                    let mut row = row(plan, &zones, placed.rule, from.clone(), what, &part.ports);
                    row.except = part.except.into_iter().collect::<Vec<_>>().join(" ");
                    row.route = super::rows::route_name(plan, item, placed);
                    row.service = item.service.id.clone();
                    row.endpoint = item.key().split_once('/').map_or_else(String::new, |(_, id)| id.to_owned());
                    row.required = if item.endpoint.required { "required" } else { "optional" };
                    row.constraints = constraints(item);
                    row.source = source(item);
                    row.note = about.note.clone();
                    rows.push((placed.rule, row));
                }
            }
        }
    }
    for (at, rule) in plan.site.rules.iter().enumerate() {
        let zones: Vec<ZoneId> = rule.zones.iter().copied().filter(|z| common.zones.contains(z)).collect();
        let Some(from) = opener(plan, Via::Proxy, rule.route, None) else { continue };
        for (line, host) in rule.hosts.iter().enumerate() {
            // Names without a dot resolve inside the site: no firewall to the outside has to open anything.
            if host.dest.pattern == Pattern::Plain {
                continue;
            }
            let origin = Origin::Line(u32::try_from(line).unwrap_or(u32::MAX));
            for (part, zones) in by_left(&zones, |zone| parts_of(left.get(&key(zone, at, origin))?, None)) {
                let what = (host.dest.to_string(), kind(&host.dest));
                let mut row = row(plan, &zones, at, from.clone(), what, &part.ports);
                row.except = part.except.into_iter().collect::<Vec<_>>().join(" ");
                row.route = plan.site.route(rule.route).name.clone();
                row.endpoint = format!("rule {}", at + 1);
                rows.push((at, row));
            }
        }
    }
    rows.sort_by_key(|(rule, _)| *rule);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(
    plan: &Plan,
    zones: &[ZoneId],
    rule: usize,
    from: String,
    (destination, kind): (String, &'static str),
    ports: &Ports,
) -> Row {
    let who = plan.site.rules.get(rule).map(|r| r.who.clone()).unwrap_or_default();
    // What a proxy fetches comes from the proxy, wherever the client stands.
    let by_proxy = from.starts_with("proxy:");
    let sources = |z: &ZoneId| plan.site.zone(*z).sources.iter().map(ToString::to_string).collect::<Vec<_>>();
    Row {
        zone: zone_names(plan, zones),
        sources: if by_proxy { String::new() } else { zones.iter().flat_map(sources).collect::<Vec<_>>().join(" ") },
        from,
        destination,
        kind,
        protocol: protocol(ports),
        ports: ports.to_string(),
        except: String::new(),
        route: String::new(),
        service: String::new(),
        endpoint: String::new(),
        required: "",
        constraints: String::new(),
        ticket: who.ticket.unwrap_or_default(),
        owner: who.owner.unwrap_or_default(),
        reason: who.reason.unwrap_or_default(),
        until: who.until.unwrap_or_default(),
        source: String::new(),
        note: String::new(),
    }
}
