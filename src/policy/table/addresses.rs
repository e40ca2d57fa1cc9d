//! What is said of addresses, as ranges without overlaps.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{Actions, UNKNOWN};
use crate::dest::Pattern;
use crate::policy::Entry;
use crate::policy::action::Action;
use crate::site::RouteId;

/// Ranges of addresses; actions by their position.
#[derive(Debug, Default)]
pub struct Ranges {
    /// First addresses, ascending, with the action that holds from there on.
    pub v4: Vec<(Ipv4Addr, Option<usize>)>,
    /// The same for IPv6.
    pub v6: Vec<(Ipv6Addr, Option<usize>)>,
}

/// The addresses of some entries, whatever the default says of them.
#[derive(Debug, Default)]
pub struct Addresses {
    /// The distinct actions.
    pub actions: Vec<Action>,
    /// The ranges; final rules are worked in.
    pub ranges: Ranges,
}

/// The addresses that entries list.
#[must_use]
pub fn listed(entries: &[Entry]) -> Addresses {
    let net = |entry: &Entry| match &entry.pattern {
        Pattern::Net(net) => Some((*net, entry.is_final, Action::of(&entry.ports, entry.route))),
        _ => None,
    };
    let nets: Vec<Net> = entries.iter().filter_map(net).collect();
    let mut actions = Actions::default();
    let ranges = Ranges::of(&nets, &mut actions, UNKNOWN);
    Addresses { actions: actions.list, ranges }
}

/// A network, whether its rule is final, and what it says.
pub(super) type Net = (IpNet, bool, Action);

impl Ranges {
    /// The ranges of networks; what the default says too is left out.
    pub(super) fn of(nets: &[Net], actions: &mut Actions, default: RouteId) -> Self {
        let v4 = ranges(nets, true, actions, default);
        let v4 = v4.into_iter().map(|(n, id)| (Ipv4Addr::from_bits(u32::try_from(n).unwrap_or(u32::MAX)), id));
        let v4 = v4.collect();
        let v6 = ranges(nets, false, actions, default);
        Self { v4, v6: v6.into_iter().map(|(n, id)| (Ipv6Addr::from_bits(n), id)).collect() }
    }
}

/// The networks of one family as ascending ranges: first address, action.
fn ranges(nets: &[Net], v4: bool, actions: &mut Actions, default: RouteId) -> Vec<(u128, Option<usize>)> {
    let number = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    let end = |net: &IpNet| number(net.broadcast()).checked_add(1);
    let mut of_family: Vec<&Net> = nets.iter().filter(|(net, ..)| net.addr().is_ipv4() == v4).collect();
    // Stable: what is equal stays in the order of the rules.
    of_family.sort_by_key(|(net, ..)| number(net.network()));
    let mut points: Vec<u128> =
        of_family.iter().flat_map(|(net, ..)| [Some(number(net.network())), end(net)]).flatten().collect();
    points.sort_unstable();
    points.dedup();
    let always = Action::always(default);
    let mut next = of_family.into_iter().peekable();
    let mut open: Vec<&Net> = Vec::new();
    let mut out: Vec<(u128, Option<usize>)> = Vec::new();
    for point in points {
        open.retain(|(net, ..)| end(net).is_none_or(|e| e > point));
        while let Some(net) = next.next_if(|(net, ..)| number(net.network()) == point) {
            open.push(net);
        }
        // Who wins: final ones first, then the longest prefix, then the earlier rule.
        let mut by_rank = open.clone();
        by_rank.sort_by_key(|(net, is_final, _)| (!is_final, std::cmp::Reverse(net.prefix_len())));
        let says = by_rank.iter().fold(Action::default(), |so_far, (_, _, action)| so_far.then(action));
        let nothing = says == Action::default() || says.clone().then(&always) == always;
        let id = (!nothing).then(|| actions.id(&says));
        // A family reaches up to its last address: a range that starts beyond it is none.
        let beyond = v4 && point > u128::from(u32::MAX);
        if !beyond && out.last().map_or(id.is_some(), |(_, before)| *before != id) {
            out.push((point, id));
        }
    }
    out
}
