//! An entry of a zone as people wrote it, and its ports, read by the oracle's own eyes.

use std::sync::Arc;

use crate::target::read_back::Mark;

/// One entry of a zone, as people wrote it.
#[derive(Debug, Clone)]
pub struct Fact<'c> {
    /// The destination, parameters filled in, nothing else done to it.
    pub text: &'c str,
    /// What holds for it, and for all other lines of its rule: a list has a hundred thousand.
    pub terms: Arc<Terms<'c>>,
    /// What it is among the claims: an endpoint or a line.
    pub id: FactId,
}

/// What holds for an entry.
#[derive(Debug, Clone)]
pub struct Terms<'c> {
    /// Its ports; none is every port, unknown ones too.
    pub(super) ports: Option<Vec<Range>>,
    /// The name of the route.
    pub route: &'c str,
    /// Who talks, when it is not the clients.
    pub from: Option<&'static str>,
    /// What must be left undone for it.
    pub marks: &'c [Mark],
    /// Whether its rule beats specificity.
    pub is_final: bool,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactId {
    /// An endpoint, by position.
    Endpoint(usize),
    /// A line of a rule, both by position.
    Line(usize, usize),
}

/// What a connection speaks, and its port; no port is that of an unknown scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// UDP instead of TCP.
    pub udp: bool,
    /// The port.
    pub port: Option<u16>,
}

impl<'c> Terms<'c> {
    /// What holds for all on some ports, `tcp/80 tcp/443-445` or `all`, that take a route.
    #[must_use]
    pub fn new(ports: &str, route: &'c str) -> Self {
        Self { ports: self::ports(ports), route, from: None, marks: &[], is_final: false }
    }

    /// Whether they have a port, whatever the host.
    #[must_use]
    pub fn covers(&self, service: Service) -> bool {
        match (&self.ports, service.port) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ports), Some(port)) => {
                ports.iter().any(|range| range.udp == service.udp && range.first <= port && port <= range.last)
            }
        }
    }

    /// The first and last ports and their neighbours, and whether they are UDP's.
    pub fn edges(&self) -> impl Iterator<Item = (bool, u16)> + '_ {
        self.ports.iter().flatten().flat_map(near)
    }
}

impl Service {
    /// TCP.
    #[must_use]
    pub const fn tcp(port: Option<u16>) -> Self {
        Self { udp: false, port }
    }

    /// UDP.
    #[must_use]
    pub const fn udp(port: u16) -> Self {
        Self { udp: true, port: Some(port) }
    }
}

/// First and last port, and whether they are UDP's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    udp: bool,
    first: u16,
    last: u16,
}

fn near(range: &Range) -> [(bool, u16); 4] {
    let (first, last) = (range.first, range.last);
    [first.saturating_sub(1).max(1), first, last, last.saturating_add(1)].map(|port| (range.udp, port))
}

/// The ports of a text; `None` for `all`.
fn ports(text: &str) -> Option<Vec<Range>> {
    if text == "all" {
        return None;
    }
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let Some((protocol, range)) = word.split_once('/') else { continue };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
            found.push(Range { udp: protocol == "udp", first, last });
        }
    }
    Some(found)
}
