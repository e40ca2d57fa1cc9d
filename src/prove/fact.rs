//! An entry of a zone as people wrote it, and its ports, read by the oracle's own eyes.

use crate::target::read_back::Mark;

/// One entry of a zone, as people wrote it.
#[derive(Debug, Clone)]
pub struct Fact<'c> {
    /// The destination, parameters filled in, nothing else done to it.
    pub text: &'c str,
    /// `tcp/80 tcp/443-445`, or `all`.
    pub ports: &'c str,
    /// The name of the route.
    pub route: &'c str,
    /// Who talks, when it is not the clients.
    pub from: Option<&'static str>,
    /// What must be left undone for it.
    pub marks: &'c [Mark],
    /// Whether its rule beats specificity.
    pub is_final: bool,
    /// What it is among the claims: an endpoint or a line.
    pub id: FactId,
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

impl Fact<'_> {
    /// Whether it has a port, whatever the host.
    #[must_use]
    pub fn covers(&self, service: Service) -> bool {
        covers(ports(self.ports).as_deref(), service)
    }

    /// Its first and last ports and their neighbours, and whether they are UDP's.
    #[must_use]
    pub fn edges(&self) -> Vec<(bool, u16)> {
        ports(self.ports).iter().flatten().flat_map(near).collect()
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

pub(super) fn near(range: &Range) -> [(bool, u16); 4] {
    let (first, last) = (range.first, range.last);
    [first.saturating_sub(1).max(1), first, last, last.saturating_add(1)].map(|port| (range.udp, port))
}

pub(super) fn covers(ports: Option<&[Range]>, service: Service) -> bool {
    match (ports, service.port) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(ports), Some(port)) => {
            ports.iter().any(|range| range.udp == service.udp && range.first <= port && port <= range.last)
        }
    }
}

/// The ports of a text; `None` for `all`.
pub(super) fn ports(text: &str) -> Option<Vec<Range>> {
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
