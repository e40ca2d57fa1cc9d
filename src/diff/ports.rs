//! What changes of a host, port by port.

use std::collections::BTreeSet;
use std::fmt;

use crate::dest::{PortRange, Protocol};
use crate::prove::oracle::Service;

/// An answer, by its number among all answers.
pub type AnswerId = u32;

/// Ports of one protocol whose answer changes in one way. Two of them are the same when they say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Piece {
    /// The ports; none: schemes whose port is not known.
    pub ports: Option<PortRange>,
    /// The answer of the old side.
    pub before: AnswerId,
    /// That of the new.
    pub after: AnswerId,
}

/// How the answers about a host change: the ports at which they do, in order; neighbours with the same change are one.
/// Empty when nothing changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change(Vec<Piece>);

impl Change {
    /// Nothing.
    pub const NONE: Self = Self(Vec::new());

    /// From the answers at all ports where one of them can change, ascending by protocol. Each holds to the port before
    /// the next.
    #[must_use]
    pub fn of(answers: &[(Service, AnswerId, AnswerId)]) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for (at, (service, before, after)) in answers.iter().enumerate() {
            let protocol = if service.udp { Protocol::Udp } else { Protocol::Tcp };
            let Some(first) = service.port else {
                pieces.push(Piece { ports: None, before: *before, after: *after });
                continue;
            };
            let next = answers.get(at + 1).filter(|(next, _, _)| next.udp == service.udp).and_then(|(s, _, _)| s.port);
            let last = next.map_or(u16::MAX, |next| next.saturating_sub(1));
            match pieces.last_mut() {
                Some(Piece { ports: Some(range), before: b, after: a })
                    if (*b, *a) == (*before, *after) && range.protocol == protocol && range.last + 1 == first =>
                {
                    range.last = last;
                }
                _ => pieces.push(Piece {
                    ports: Some(PortRange { protocol, first, last }),
                    before: *before,
                    after: *after,
                }),
            }
        }
        pieces.retain(|piece| piece.before != piece.after);
        pieces.sort_by_key(|piece| (piece.before, piece.after, piece.ports));
        Self(pieces)
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// What it says otherwise than others do (without any, than nothing does): the ports of its own changes, and the ports at which it changes nothing and
    /// one of them does.
    #[must_use]
    pub fn beyond(&self, others: &[&Self]) -> Beyond {
        let none = [&Self::NONE];
        let others = if others.is_empty() { &none } else { others };
        let mut beyond = Beyond::default();
        let all = || std::iter::once(self).chain(others.iter().copied());
        let unknown = |change: &Self| change.0.iter().find(|piece| piece.ports.is_none()).map(|p| (p.before, p.after));
        if others.iter().any(|other| unknown(other) != unknown(self)) {
            beyond.take(None, unknown(self));
        }
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let ranges = || all().flat_map(|change| &change.0).filter_map(|piece| piece.ports);
            let mut starts = BTreeSet::from([0]);
            for range in ranges().filter(|range| range.protocol == protocol) {
                starts.insert(range.first);
                starts.extend(range.last.checked_add(1));
            }
            let starts: Vec<u16> = starts.into_iter().collect();
            for (at, first) in starts.iter().enumerate() {
                let last = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
                let own = self.at(protocol, *first);
                if others.iter().any(|other| other.at(protocol, *first) != own) {
                    beyond.take(Some(PortRange { protocol, first: *first, last }), own);
                }
            }
        }
        beyond.changes.0.sort_by_key(|piece| (piece.before, piece.after, piece.ports));
        beyond
    }

    /// How the answer at a port changes, if it does.
    fn at(&self, protocol: Protocol, port: u16) -> Option<(AnswerId, AnswerId)> {
        let holds = |range: PortRange| range.protocol == protocol && range.first <= port && port <= range.last;
        self.0.iter().find(|piece| piece.ports.is_some_and(holds)).map(|piece| (piece.before, piece.after))
    }

    /// Whether it changes something at one of some ports.
    #[must_use]
    pub fn touches(&self, ports: &[Option<PortRange>]) -> bool {
        let meets = |one: Option<PortRange>, other: Option<PortRange>| match (one, other) {
            (None, None) => true,
            (Some(a), Some(b)) => a.protocol == b.protocol && a.first <= b.last && b.first <= a.last,
            _ => false,
        };
        self.0.iter().any(|piece| ports.iter().any(|range| meets(piece.ports, *range)))
    }

    /// Keeps some of it.
    pub fn retain(&mut self, keep: impl Fn(&Piece) -> bool) {
        self.0.retain(keep);
    }

    /// A port at which it shows, the web's before others.
    #[must_use]
    pub fn service(&self) -> Service {
        let at = |port: u16| {
            let tcp = PortRange::tcp(port);
            let holds = |range: PortRange| range.protocol == tcp.protocol && range.first <= port && port <= range.last;
            self.0.iter().any(|piece| piece.ports.is_some_and(holds)).then_some(Service::tcp(Some(port)))
        };
        let first = || self.0.iter().find_map(|piece| piece.ports);
        at(443).or_else(|| at(80)).unwrap_or_else(|| {
            first().map_or(Service::tcp(None), |range| Service {
                udp: range.protocol == Protocol::Udp,
                port: Some(range.first),
            })
        })
    }

    /// The pieces, those with the same change behind each other.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The changes, each with all its ports.
    pub fn kinds(&self) -> impl Iterator<Item = &[Piece]> {
        self.0.chunk_by(|a, b| (a.before, a.after) == (b.before, b.after))
    }
}

/// What a change says otherwise than those around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Where it says something.
    pub changes: Change,
    /// Where it says that nothing changes.
    pub keeps: Vec<Option<PortRange>>,
}

impl Beyond {
    /// Whether it says nothing otherwise.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.changes.is_none() && self.keeps.is_empty()
    }

    fn take(&mut self, ports: Option<PortRange>, change: Option<(AnswerId, AnswerId)>) {
        let follows = |range: &PortRange| {
            ports.is_some_and(|new| range.protocol == new.protocol && range.last.checked_add(1) == Some(new.first))
        };
        let Some((before, after)) = change else {
            match (self.keeps.last_mut(), ports) {
                (Some(Some(range)), Some(new)) if follows(range) => range.last = new.last,
                _ => self.keeps.push(ports),
            }
            return;
        };
        match (self.changes.0.last_mut(), ports) {
            (Some(Piece { ports: Some(range), before: b, after: a }), Some(new))
                if (*b, *a) == (before, after) && follows(range) =>
            {
                range.last = new.last;
            }
            _ => self.changes.0.push(Piece { ports, before, after }),
        }
    }
}

/// Ports with one change, in words: `tcp/443`, `tcp/1-79`, `all` for every port and scheme.
#[derive(Debug)]
pub struct Shown(pub Vec<Option<PortRange>>);

impl Shown {
    /// The ports of some pieces.
    #[must_use]
    pub fn of(pieces: &[Piece]) -> Self {
        Self(pieces.iter().map(|piece| piece.ports).collect())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let every = |range: PortRange| range.first <= 1 && range.last == u16::MAX;
        let ranges = || self.0.iter().copied().flatten();
        let others = self.0.contains(&None);
        if self.0.is_empty() || (others && ranges().all(every)) {
            return f.write_str("all");
        }
        let mut words: Vec<String> = Vec::new();
        for range in ranges() {
            words.push(if every(range) { range.protocol.word().to_owned() } else { range.to_string() });
        }
        if others {
            words.push("other-schemes".to_owned());
        }
        f.write_str(&words.join(" "))
    }
}
