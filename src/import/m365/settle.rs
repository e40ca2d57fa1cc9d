//! Sets name the same destination again, with other words about it: what holds for each destination, protocol and port.
//!
//! The highest category holds, it is required if any of the sets requires it, and all their numbers are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Category, Order, Set, order};
use crate::dest::{Dest, Pattern, PortRange, Ports, Protocol};

/// What ports are for: rows do not mix them, as who can carry a row depends on all its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// TCP 80 and 443.
    Web,
    /// TCP 25: what mail servers say to each other.
    Relay,
    /// TCP ports of mail programs.
    Mail,
    /// UDP 443: QUIC, beside TCP 443.
    Quic,
    /// Others.
    Other,
}

/// TCP ports of mail programs: POP3, IMAP4, submission, with and without TLS.
const MAIL: &[u16] = &[110, 143, 465, 587, 993, 995];
const RELAY: u16 = 25;
const WEB: &[u16] = &[80, 443];
const QUIC: u16 = 443;

/// A row of the catalog: a destination and ports of one protocol about which the same sets speak.
#[derive(Debug)]
pub struct Row<'s> {
    /// The destination.
    pub dest: &'s Dest,
    /// Its ports.
    pub ports: Vec<PortRange>,
    /// What they are for.
    pub role: Role,
    /// The sets that name it, by number.
    pub sets: Vec<&'s Set>,
}

impl Row<'_> {
    /// The category that holds.
    #[must_use]
    pub fn category(&self) -> Category {
        self.sets.iter().map(|set| set.category).max().unwrap_or(Category::Default)
    }

    /// Whether any of the sets requires it.
    #[must_use]
    pub fn required(&self) -> bool {
        self.sets.iter().any(|set| set.required)
    }

    /// The first set that names it: under this one it stands.
    #[must_use]
    pub fn home(&self) -> u32 {
        self.sets.first().map_or(0, |set| set.id)
    }

    fn protocol(&self) -> Protocol {
        self.ports.first().map_or(Protocol::Tcp, |range| range.protocol)
    }
}

/// The rows of sets that come by number. Those of one set stand together: its names, TCP before UDP, then its networks.
#[must_use]
pub fn rows(sets: &[Set]) -> Vec<Row<'_>> {
    let mut named: BTreeMap<Order, (&Dest, Vec<&Set>)> = BTreeMap::new();
    for set in sets {
        for dest in &set.dests {
            named.entry(order(dest)).or_insert_with(|| (dest, Vec::new())).1.push(set);
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    for (dest, sets) in named.values() {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            rows.extend(of_dest(dest, sets, protocol));
        }
    }
    // Stable: what is equal here stays in the order of destinations and ports.
    let is_net = |row: &Row| matches!(row.dest.pattern, Pattern::Net(_));
    rows.sort_by_key(|row| (row.home(), is_net(row), row.protocol()));
    rows
}

/// The rows of one destination and protocol: its ports, cut wherever another set begins or ends, or another role.
fn of_dest<'s>(dest: &'s Dest, sets: &[&'s Set], protocol: Protocol) -> Vec<Row<'s>> {
    let ranges = |set: &'s Set| set.ports.iter().filter(move |range| range.protocol == protocol);
    let mut cuts: BTreeSet<u32> = BTreeSet::new();
    for range in sets.iter().flat_map(|set| ranges(set)) {
        cuts.extend([u32::from(range.first), u32::from(range.last) + 1]);
    }
    for port in [MAIL, WEB, &[RELAY]].into_iter().flatten() {
        cuts.extend([u32::from(*port), u32::from(*port) + 1]);
    }
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let mut rows: Vec<Row> = Vec::new();
    for (first, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let (Ok(first), Ok(last)) = (u16::try_from(*first), u16::try_from(end - 1)) else { continue };
        let covers = |set: &&'s Set| ranges(set).any(|range| range.first <= first && last <= range.last);
        let sets: Vec<&Set> = sets.iter().copied().filter(covers).collect();
        if sets.is_empty() {
            continue;
        }
        let role = role(protocol, first);
        let range = PortRange { protocol, first, last };
        let same = |row: &&mut Row| row.role == role && row.sets.iter().map(|s| s.id).eq(sets.iter().map(|s| s.id));
        match rows.iter_mut().find(same) {
            Some(row) => row.ports.push(range),
            None => rows.push(Row { dest, ports: vec![range], role, sets }),
        }
    }
    for row in &mut rows {
        row.ports = Ports::listed(row.ports.iter().copied()).ranges().to_vec();
    }
    rows
}

fn role(protocol: Protocol, port: u16) -> Role {
    match (protocol, port) {
        (Protocol::Tcp, port) if WEB.contains(&port) => Role::Web,
        (Protocol::Tcp, RELAY) => Role::Relay,
        (Protocol::Tcp, port) if MAIL.contains(&port) => Role::Mail,
        (Protocol::Udp, QUIC) => Role::Quic,
        _ => Role::Other,
    }
}
