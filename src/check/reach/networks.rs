//! The networks that a route opens, and how many addresses they hold.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Serialize;

use super::{Source, source};
use crate::catalog::tags::addresses;
use crate::dest::Pattern;
use crate::dest::ip::{aggregate, show};
use crate::policy::{Origin, Policy};
use crate::resolve::Plan;
use crate::site::RouteId;
use crate::source::Files;

/// A network, or the networks of a service tag.
#[derive(Debug, Serialize)]
pub struct Network {
    /// The network, or the name of the tag.
    pub destination: String,
    /// Who wrote it.
    pub from: Vec<Source>,
    /// Whether all of it is for use inside: RFC 1918, unique local, link-local, loopback.
    pub private: bool,
    /// How many IPv4 addresses it holds, each counted once.
    pub ipv4_addresses: u64,
    /// How many networks of IPv6 it comes to, joined where they touch.
    pub ipv6_networks: usize,
}

/// All networks of a route.
pub struct OfRoute {
    /// One by one: public ones first, by how many addresses they hold.
    pub rows: Vec<Network>,
    /// How many IPv4 addresses the public ones hold together.
    pub ipv4_addresses: u64,
    /// How many networks of IPv6 the public ones come to.
    pub ipv6_networks: usize,
}

/// What a route opens in the zone of a policy, by proxies or on the firewall.
pub fn of_route(plan: &Plan, policy: &Policy, route: RouteId, files: &Files) -> OfRoute {
    let mut found: BTreeMap<String, (Vec<IpNet>, Vec<Source>)> = BTreeMap::new();
    let mut add = |destination: String, networks: &[IpNet], source: Source| {
        let (_, from) = found.entry(destination).or_insert_with(|| (networks.to_vec(), Vec::new()));
        if !from.contains(&source) {
            from.push(source);
        }
    };
    for item in plan.items.iter().filter(|item| !item.networks().is_empty()) {
        let placed = item.in_zone(policy.zone).filter(|p| p.route == route && !p.wrong_vantage);
        let Some(placed) = placed else { continue };
        let source = Source {
            endpoint: item.key(),
            ports: item.endpoint.ports.to_string(),
            required: Some(item.endpoint.required),
            place: files.line(item.endpoint.span),
            rule: plan.site.rules.get(placed.rule).map_or(String::new(), |rule| files.line(rule.span)),
        };
        add(item.destination(), item.networks(), source);
    }
    for entry in policy.entries.iter().filter(|e| e.route == route && matches!(e.origin, Origin::Line(_))) {
        if let Pattern::Net(net) = &entry.pattern {
            add(show(net), std::slice::from_ref(net), source(plan, entry, files));
        }
    }
    let public = found.values().flat_map(|(networks, _)| networks).filter(|net| !is_private(net));
    let (ipv4_addresses, ipv6_networks) = size(&aggregate(public));
    let mut rows: Vec<Network> = found
        .into_iter()
        .map(|(destination, (networks, from))| {
            let (ipv4_addresses, ipv6_networks) = size(&aggregate(networks.iter()));
            let private = networks.iter().all(is_private);
            Network { destination, from, private, ipv4_addresses, ipv6_networks }
        })
        .collect();
    rows.sort_by_key(|n| (n.private, std::cmp::Reverse((n.ipv4_addresses, n.ipv6_networks))));
    OfRoute { rows, ipv4_addresses, ipv6_networks }
}

/// IPv4 addresses and IPv6 networks of a list without overlaps.
fn size(networks: &[IpNet]) -> (u64, usize) {
    let (v4, _) = addresses(networks);
    // There are 2^32 at most.
    (u64::try_from(v4).unwrap_or(u64::MAX), networks.iter().filter(|net| net.addr().is_ipv6()).count())
}

/// Whether every address of a network is for use inside.
fn is_private(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => {
            let inside = |ip: std::net::Ipv4Addr| ip.is_private() || ip.is_link_local() || ip.is_loopback();
            // A network that begins in one of these ranges ends in it or outside of all.
            inside(net.network()) && inside(net.broadcast())
        }
        IpNet::V6(net) => {
            let first = net.network().segments().first().copied().unwrap_or_default();
            let local = first & 0xfe00 == 0xfc00 && net.prefix_len() >= 7;
            let link = first & 0xffc0 == 0xfe80 && net.prefix_len() >= 10;
            local || link || (net.network().is_loopback() && net.prefix_len() == 128)
        }
    }
}
