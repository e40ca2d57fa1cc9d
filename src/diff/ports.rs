//! What changes of a host, port by port.

use std::collections::BTreeSet;

use crate::dest::{PortRange, Protocol};
use crate::prove::oracle::Service;

/// An answer, by its number among all answers.
pub type AnswerId = u32;

/// A part of what can be asked about a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// All of it: what is asked looks at the host alone.
    Host,
    /// Schemes whose port is not known.
    Others,
    /// Ports of one protocol.
    Ports(PortRange),
}

impl Span {
    fn range(self) -> Option<PortRange> {
        match self {
            Self::Ports(range) => Some(range),
            Self::Host | Self::Others => None,
        }
    }

    fn meets(self, other: Self) -> bool {
        self == other || self.range().zip(other.range()).is_some_and(|(a, b)| common(a, b).is_some())
    }
}

fn common(a: PortRange, b: PortRange) -> Option<PortRange> {
    let (first, last) = (a.first.max(b.first), a.last.min(b.last));
    (a.protocol == b.protocol && first <= last).then_some(PortRange { protocol: a.protocol, first, last })
}

/// A part whose answer changes in one way. Two of them are the same when they say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Piece {
    /// The part.
    pub span: Span,
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
    pub const NOTHING: &'static Self = &Self(Vec::new());

    /// From the answers at all ports where one of them can change, ascending by protocol. Each holds to the port before
    /// the next. One answer without a port is about the host, whatever the port.
    #[must_use]
    pub fn of(answers: &[(Service, AnswerId, AnswerId)]) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let without_port = if answers.len() == 1 { Span::Host } else { Span::Others };
        for (at, (service, before, after)) in answers.iter().enumerate() {
            let protocol = if service.udp { Protocol::Udp } else { Protocol::Tcp };
            let Some(first) = service.port else {
                pieces.push(Piece { span: without_port, before: *before, after: *after });
                continue;
            };
            let next = answers.get(at + 1).filter(|(next, _, _)| next.udp == service.udp).and_then(|(s, _, _)| s.port);
            let last = next.map_or(u16::MAX, |next| next.saturating_sub(1));
            match pieces.last_mut() {
                Some(Piece { span: Span::Ports(range), before: b, after: a })
                    if (*b, *a) == (*before, *after) && range.protocol == protocol && range.last + 1 == first =>
                {
                    range.last = last;
                }
                _ => pieces.push(Piece {
                    span: Span::Ports(PortRange { protocol, first, last }),
                    before: *before,
                    after: *after,
                }),
            }
        }
        pieces.retain(|piece| piece.before != piece.after);
        pieces.sort_by_key(|piece| (piece.before, piece.after, piece.span));
        Self(pieces)
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// What it says otherwise than others do (without any, than nothing does): the ports of its own changes, and the ports at
    /// which it changes nothing and one of them does.
    #[must_use]
    pub fn beyond(&self, others: &[&Self]) -> Beyond {
        let none = [Self::NOTHING];
        let others = if others.is_empty() { &none } else { others };
        let mut beyond = Beyond::default();
        let all = || std::iter::once(self).chain(others.iter().copied());
        for span in [Span::Host, Span::Others] {
            let own = self.at(span);
            if others.iter().any(|other| other.at(span) != own) {
                beyond.take(span, own);
            }
        }
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let ranges = || all().flat_map(|change| &change.0).filter_map(|piece| piece.span.range());
            let mut starts = BTreeSet::from([0]);
            for range in ranges().filter(|range| range.protocol == protocol) {
                starts.insert(range.first);
                starts.extend(range.last.checked_add(1));
            }
            let starts: Vec<u16> = starts.into_iter().collect();
            for (at, first) in starts.iter().enumerate() {
                let last = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
                let here = Span::Ports(PortRange { protocol, first: *first, last: *first });
                let own = self.at(here);
                if others.iter().any(|other| other.at(here) != own) {
                    beyond.take(Span::Ports(PortRange { protocol, first: *first, last }), own);
                }
            }
        }
        beyond.changes.0.sort_by_key(|piece| (piece.before, piece.after, piece.span));
        beyond
    }

    /// How the answer at one port, or without one, changes, if it does.
    fn at(&self, span: Span) -> Option<(AnswerId, AnswerId)> {
        self.0.iter().find(|piece| piece.span.meets(span)).map(|piece| (piece.before, piece.after))
    }

    /// Whether it changes something in one of some parts.
    #[must_use]
    pub fn touches(&self, spans: &[Span]) -> bool {
        self.0.iter().any(|piece| spans.iter().any(|span| piece.span.meets(*span)))
    }

    /// Takes out what is told already.
    pub fn forget(&mut self, is_told: impl Fn(&Piece) -> bool) {
        self.0.retain(|piece| !is_told(piece));
    }

    /// A port at which it shows, the web's before others.
    #[must_use]
    pub fn service(&self) -> Service {
        let at = |port: u16| self.touches(&[Span::Ports(PortRange::tcp(port))]).then_some(Service::tcp(Some(port)));
        let first = || self.0.iter().find_map(|piece| piece.span.range());
        at(443).or_else(|| at(80)).unwrap_or_else(|| {
            first().map_or(Service::tcp(None), |range| Service {
                udp: range.protocol == Protocol::Udp,
                port: Some(range.first.max(1)),
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
    pub keeps: Vec<Span>,
}

impl Beyond {
    /// Whether it says nothing otherwise.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.changes.is_none() && self.keeps.is_empty()
    }

    /// Whether it takes something out of what a wider one says.
    #[must_use]
    pub fn limits(&self, wider: &Self) -> bool {
        wider.changes.touches(&self.keeps)
    }

    fn take(&mut self, span: Span, change: Option<(AnswerId, AnswerId)>) {
        let follows = |range: &PortRange| {
            let new = span.range().filter(|new| range.protocol == new.protocol);
            new.filter(|new| range.last.checked_add(1) == Some(new.first))
        };
        let Some((before, after)) = change else {
            if let Some(Span::Ports(range)) = self.keeps.last_mut()
                && let Some(new) = follows(range)
            {
                range.last = new.last;
            } else {
                self.keeps.push(span);
            }
            return;
        };
        if let Some(Piece { span: Span::Ports(range), before: b, after: a }) = self.changes.0.last_mut()
            && (*b, *a) == (before, after)
            && let Some(new) = follows(range)
        {
            range.last = new.last;
        } else {
            self.changes.0.push(Piece { span, before, after });
        }
    }
}

/// How parts are put into words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words {
    /// Whether UDP is asked about: then TCP is not all.
    pub udp: bool,
}

impl Words {
    /// Parts in words: `tcp/443`, `tcp/1-79`, `all` for every port and scheme; nothing where the host alone is asked about.
    #[must_use]
    pub fn of(self, spans: impl IntoIterator<Item = Span>) -> String {
        let spans: Vec<Span> = spans.into_iter().collect();
        let every = |range: PortRange| range.first <= 1 && range.last == u16::MAX;
        let ranges = || spans.iter().filter_map(|span| span.range());
        let has_every = |protocol| ranges().any(|range| range.protocol == protocol && every(range));
        let others = spans.contains(&Span::Others);
        if others && has_every(Protocol::Tcp) && (!self.udp || has_every(Protocol::Udp)) {
            return "all".to_owned();
        }
        let word = |range: PortRange| if every(range) { range.protocol.word().to_owned() } else { range.to_string() };
        let others = others.then(|| "other-schemes".to_owned());
        ranges().map(word).chain(others).collect::<Vec<_>>().join(" ")
    }
}
