//! nftables: sets of the addresses, by who opens, protocol and port; chains that a ruleset jumps to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};
use serde::Serialize;

use super::PROTOCOLS;
use super::openers::{ByOpener, Openers, opener};
use crate::catalog::Via;
use crate::dest::{Pattern, Ports, Protocol, ip};
use crate::policy::action::Action;
use crate::policy::table;
use crate::policy::{self, Entry};
use crate::resolve::Plan;
use crate::site::{RouteId, ZoneId};
use crate::target::Common;

/// What the template is given.
#[derive(Debug, Serialize)]
pub struct Context {
    site: String,
    digest: String,
    version: &'static str,
    sets: Vec<Set>,
    chains: Vec<Chain>,
}

#[derive(Debug, Serialize)]
struct Set {
    name: String,
    kind: &'static str,
    elements: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Chain {
    name: String,
    about: String,
    rules: Vec<String>,
}

/// Who opens a connection: clients of a zone, a speaker in it, or the proxies of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Clients(ZoneId, String),
    Proxy(String),
}

impl Who {
    /// By the word of the table: `clients`, a speaker, `proxy:` and a route.
    fn of(zone: ZoneId, word: &str) -> Self {
        match word.strip_prefix("proxy:") {
            Some(route) => Self::Proxy(route.to_owned()),
            None => Self::Clients(zone, word.to_owned()),
        }
    }
}

/// A protocol and its ports; `None`: every protocol and port.
type Service = Option<(Protocol, Vec<(u16, u16)>)>;

/// The sets and chains of a plan.
pub fn context(common: &Common, plan: &Plan, zones: &[ByOpener]) -> Context {
    let mut nets: BTreeMap<(Who, Service), BTreeSet<IpNet>> = BTreeMap::new();
    zones.iter().for_each(|zone| by_policy(zone, &mut nets));
    for item in plan.items.iter().filter(|i| i.endpoint.via == Via::Firewall) {
        for placed in item.placed.iter().filter(|p| common.zones.contains(&p.zone) && !p.wrong_vantage) {
            let Some(from) = opener(plan, Via::Firewall, placed.route, Some(item)) else {
                continue;
            };
            if plan.twin_is_proxied(placed.zone, item) {
                continue;
            }
            for service in services(&item.endpoint.ports) {
                nets.entry((Who::Clients(placed.zone, from.clone()), service)).or_default().extend(item.networks());
            }
        }
    }
    write(plan, nets)
}

/// The addresses that the policy sends direct or to a proxy: as ranges, so that what a more specific entry sends
/// elsewhere is left out exactly.
fn by_policy(by_opener: &ByOpener, nets: &mut BTreeMap<(Who, Service), BTreeSet<IpNet>>) {
    // By who opens, not by route: both of two openers may go direct. One numbering for both protocols.
    let ByOpener { zone, entries, openers } = by_opener;
    let entries: Vec<Entry> = entries.iter().filter(|e| matches!(e.pattern, Pattern::Net(_))).cloned().collect();
    let on = PROTOCOLS.map(|protocol| policy::on(&entries, protocol));
    for opener in openers.numbers() {
        of_opener(*zone, (opener, openers), &on, nets);
    }
}

/// What one of them opens, of the entries of each protocol.
fn of_opener(
    zone: ZoneId,
    (opener, openers): (RouteId, &Openers),
    on: &[Vec<Entry>; 2],
    nets: &mut BTreeMap<(Who, Service), BTreeSet<IpNet>>,
) {
    let [tcp, udp] = on.each_ref().map(|entries| table::listed(&openers.of(opener, entries)));
    let mut says = |first: IpAddr, last: IpAddr, ids: [Option<usize>; 2]| {
        let [on_tcp, on_udp] = [(&tcp, ids[0]), (&udp, ids[1])].map(|(table, id)| table.actions.get(id?));
        let mut add = |route: RouteId, service: Service| {
            let Some(who) = openers.name(route).filter(|_| route == opener) else { return };
            let who = Who::of(zone, who);
            nets.entry((who, service)).or_default().extend(subnets(first, last));
        };
        // One route for both, whatever the port: for other protocols, too.
        if let (Some(Action { ranges, rest: Some(route) }), true) = (on_tcp, on_tcp == on_udp)
            && ranges.is_empty()
        {
            return add(*route, None);
        }
        for (protocol, action) in PROTOCOLS.into_iter().zip([on_tcp, on_udp]) {
            let mut by_route: BTreeMap<RouteId, Vec<(u16, u16)>> = BTreeMap::new();
            if let Some(action) = action {
                for (from, to, route) in &action.ranges {
                    by_route.entry(*route).or_default().push((*from, *to));
                }
                if let Some(route) = action.rest {
                    by_route.entry(route).or_default().extend(gaps(&action.ranges));
                }
            }
            for (route, mut ports) in by_route {
                ports.sort_unstable();
                add(route, Some((protocol, ports)));
            }
        }
    };
    for_each_range(&tcp.ranges.v4, &udp.ranges.v4, IpAddr::from([255, 255, 255, 255]), &mut says);
    for_each_range(&tcp.ranges.v6, &udp.ranges.v6, IpAddr::from([0xffff_u16; 8]), &mut says);
}

fn gaps(ranges: &[(u16, u16, RouteId)]) -> Vec<(u16, u16)> {
    let mut out = Vec::new();
    let mut from: u32 = 0;
    for (first, last, _) in ranges {
        if u32::from(*first) > from {
            out.push((u16::try_from(from).unwrap_or(u16::MAX), first - 1));
        }
        from = u32::from(*last) + 1;
    }
    if let Ok(from) = u16::try_from(from) {
        out.push((from, u16::MAX));
    }
    out
}

/// Where what two tables say of addresses begins and ends: the first and last address, and their actions.
fn for_each_range<A: Copy + Ord + Into<IpAddr>>(
    tcp: &[(A, Option<usize>)],
    udp: &[(A, Option<usize>)],
    end: IpAddr,
    mut visit: impl FnMut(IpAddr, IpAddr, [Option<usize>; 2]),
) {
    let starts: BTreeSet<A> = tcp.iter().chain(udp).map(|(start, _)| *start).collect();
    let starts: Vec<A> = starts.into_iter().collect();
    for (at, start) in starts.iter().enumerate() {
        let of = |table: &[(A, Option<usize>)]| {
            let next = table.partition_point(|(other, _)| other <= start);
            table.get(next.checked_sub(1)?)?.1
        };
        let last = starts.get(at + 1).map_or(end, |next| before((*next).into()));
        visit((*start).into(), last, [of(tcp), of(udp)]);
    }
}

fn before(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => std::net::Ipv4Addr::from_bits(ip.to_bits().saturating_sub(1)).into(),
        IpAddr::V6(ip) => std::net::Ipv6Addr::from_bits(ip.to_bits().saturating_sub(1)).into(),
    }
}

fn subnets(first: IpAddr, last: IpAddr) -> Vec<IpNet> {
    match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) => Ipv4Subnets::new(a, b, 0).map(IpNet::V4).collect(),
        (IpAddr::V6(a), IpAddr::V6(b)) => Ipv6Subnets::new(a, b, 0).map(IpNet::V6).collect(),
        _ => Vec::new(),
    }
}

/// The ports of an endpoint by protocol.
fn services(ports: &Ports) -> Vec<Service> {
    if matches!(ports, Ports::All) {
        return vec![None];
    }
    let of = |protocol: Protocol| -> Vec<(u16, u16)> {
        ports.ranges().iter().filter(|r| r.protocol == protocol).map(|r| (r.first, r.last)).collect()
    };
    PROTOCOLS.into_iter().map(|p| (p, of(p))).filter(|(_, r)| !r.is_empty()).map(Some).collect()
}

fn write(plan: &Plan, nets: BTreeMap<(Who, Service), BTreeSet<IpNet>>) -> Context {
    let mut sets = Vec::new();
    let mut chains: Vec<Chain> = Vec::new();
    for ((who, service), nets) in nets {
        let (chain, about, sources) = describe(plan, &who);
        let label = match &service {
            None => "any".to_owned(),
            Some((protocol, ports)) => format!("{}_{}", protocol.word(), ports_text(ports).replace(", ", "_")),
        };
        let all = ip::aggregate(nets.iter());
        for (family, kind, v4) in [("ip", "ipv4_addr", true), ("ip6", "ipv6_addr", false)] {
            let elements: Vec<String> = all.iter().filter(|n| n.addr().is_ipv4() == v4).map(ip::show).collect();
            if elements.is_empty() {
                continue;
            }
            let clients: Vec<String> = sources.iter().filter(|n| n.addr().is_ipv4() == v4).map(ip::show).collect();
            // Clients of the other family only: nothing of this one may pass.
            if clients.is_empty() && !sources.is_empty() {
                continue;
            }
            let mut name = format!("{chain}_{label}_{}", if v4 { "v4" } else { "v6" });
            if name.len() > 100 {
                name = format!("{chain}_set{}_{}", sets.len(), if v4 { "v4" } else { "v6" });
            }
            let source = if clients.is_empty() {
                String::new()
            } else {
                format!("{family} saddr {{ {} }} ", clients.join(", "))
            };
            let ports = match &service {
                None => String::new(),
                Some((protocol, ports)) => {
                    format!("{} dport {{ {} }} ", protocol.word(), ports_text(ports))
                }
            };
            let rule = format!("{source}{family} daddr @{name} {ports}accept");
            match chains.iter_mut().find(|c| c.name == chain) {
                Some(chain) => chain.rules.push(rule),
                None => chains.push(Chain { name: chain.clone(), about: about.clone(), rules: vec![rule] }),
            }
            sets.push(Set { name, kind, elements });
        }
    }
    Context {
        site: plan.site.name.clone(),
        digest: plan.catalog.digest.get(..12).unwrap_or_default().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        sets,
        chains,
    }
}

/// The chain, what it is for, and the client networks of somebody.
fn describe(plan: &Plan, who: &Who) -> (String, String, Vec<IpNet>) {
    match who {
        Who::Proxy(route) => {
            (format!("proxy_{route}"), format!("what the proxies of the route {route} fetch"), Vec::new())
        }
        Who::Clients(zone, speaker) => {
            let zone = plan.site.zone(*zone);
            let name = zone.name.as_ref().map_or_else(|| speaker.clone(), |z| format!("{z}_{speaker}"));
            let about =
                format!("{speaker}{}", zone.name.as_ref().map_or(String::new(), |z| format!(" of the zone {z}")));
            (format!("from_{name}"), about, zone.sources.clone())
        }
    }
}

fn ports_text(ports: &[(u16, u16)]) -> String {
    let range = |(a, b): &(u16, u16)| {
        if a == b { a.to_string() } else { format!("{a}-{b}") }
    };
    ports.iter().map(range).collect::<Vec<_>>().join(", ")
}
