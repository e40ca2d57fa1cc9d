//! Ports and protocols of a destination.

use std::fmt;

use serde_json::{Value, json};

use crate::diag::Code;
use crate::diag::{Bad, clip};
use crate::read::record::Scalar;

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// `tcp` or `udp`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// A range of ports of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// The protocol.
    pub protocol: Protocol,
    /// First port.
    pub first: u16,
    /// Last port, included.
    pub last: u16,
}

impl PortRange {
    /// One TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { protocol: Protocol::Tcp, first: port, last: port }
    }
    /// Whether an HTTP proxy serves it by its own scheme: TCP 80 or 443.
    #[must_use]
    pub fn is_web(self) -> bool {
        self == Self::tcp(80) || self == Self::tcp(443)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.protocol.word(), self.first)?;
        if self.last == self.first { Ok(()) } else { write!(f, "-{}", self.last) }
    }
}

impl Scalar for PortRange {
    fn parse(text: &str) -> Result<Self, Bad> {
        let (protocol, ports) = match (text, text.split_once('/')) {
            ("https", _) => return Ok(Self::tcp(443)),
            ("http", _) => return Ok(Self::tcp(80)),
            (_, Some(("tcp", ports))) => (Protocol::Tcp, ports),
            (_, Some(("udp", ports))) => (Protocol::Udp, ports),
            _ => return Err(not_a_port(text)),
        };
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (first, last) = (number(first)?, number(last)?);
        if last < first {
            return Err(Bad::whole(Code::BadPort, format!("the range {first}-{last} runs backwards"))
                .help(format!("write `{}/{last}-{first}`", protocol.word())));
        }
        Ok(Self { protocol, first, last })
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^(https|http|(tcp|udp)/[1-9][0-9]*(-[1-9][0-9]*)?)$"})
    }
}

/// A port number without leading zeros.
fn number(digits: &str) -> Result<u16, Bad> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain).ok_or_else(|| {
        if digits.is_empty() {
            return Bad::whole(Code::BadPort, "a port number is missing").help(FORMS);
        }
        let message = format!("`{}` is not a port number between 1 and 65535", clip(digits));
        let bad = Bad::whole(Code::BadPort, message);
        if digits.contains([',', ' ', '-']) { bad.help("each port or range is an item of its own") } else { bad }
    })
}

/// The error for a text that is none of the forms of a port, with the form it was meant to have.
fn not_a_port(text: &str) -> Bad {
    let bad = Bad::whole(Code::BadPort, format!("`{}` is not a port", clip(text)));
    let lower = text.to_ascii_lowercase();
    let (before, behind) = lower.split_once(['/', ':', ' ']).unwrap_or((&lower, ""));
    // `HTTPS` and `TCP/443`; `443`; `tcp:443`; `443/tcp`.
    let readings = [lower.clone(), format!("tcp/{lower}"), format!("{before}/{behind}"), format!("{behind}/{before}")];
    // Only what begins with one of the four words is read without coming back here.
    let known = |text: &str| matches!(text, "http" | "https") || text.starts_with("tcp/") || text.starts_with("udp/");
    match readings.iter().find(|reading| known(reading) && PortRange::parse(reading).is_ok()) {
        Some(reading) => bad.help(format!("did you mean `{reading}`?")),
        None => bad.help(FORMS),
    }
}

/// The forms of a port.
const FORMS: &str = "write `https`, `http`, `tcp/N`, `udp/N` or `tcp/N-M`";

/// The ports of a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ports {
    /// Every port and scheme, unknown ones too: what a rule over `hosts` covers.
    All,
    /// These; sorted, without overlaps.
    Listed(Vec<PortRange>),
}

impl Ports {
    /// Sorts and merges ranges.
    #[must_use]
    pub fn listed(ranges: impl IntoIterator<Item = PortRange>) -> Self {
        let mut sorted: Vec<PortRange> = ranges.into_iter().collect();
        sorted.sort();
        let mut merged: Vec<PortRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match merged.last_mut() {
                Some(before) if before.protocol == range.protocol && range.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(range.last);
                }
                _ => merged.push(range),
            }
        }
        Self::Listed(merged)
    }

    /// All ports that any of some have.
    #[must_use]
    pub fn union<'p>(all: impl IntoIterator<Item = &'p Self>) -> Self {
        let mut ranges: Vec<PortRange> = Vec::new();
        for ports in all {
            match ports {
                Self::All => return Self::All,
                Self::Listed(own) => ranges.extend(own),
            }
        }
        Self::listed(ranges)
    }

    /// Whether a TCP request to a port is covered; `None` is the unknown port of an unknown scheme.
    #[must_use]
    pub fn covers(&self, port: Option<u16>) -> bool {
        match (self, port) {
            (Self::All, _) => true,
            (Self::Listed(_), None) => false,
            (Self::Listed(ranges), Some(port)) => {
                ranges.iter().any(|r| r.protocol == Protocol::Tcp && (r.first..=r.last).contains(&port))
            }
        }
    }

    /// The TCP ranges, as first and last port; everything for [`Ports::All`].
    #[must_use]
    pub fn tcp(&self) -> Vec<(u16, u16)> {
        match self {
            Self::All => vec![(0, u16::MAX)],
            Self::Listed(ranges) => {
                ranges.iter().filter(|r| r.protocol == Protocol::Tcp).map(|r| (r.first, r.last)).collect()
            }
        }
    }

    /// The ports of one protocol, written as TCP's.
    #[must_use]
    pub fn on(&self, protocol: Protocol) -> Self {
        match self {
            Self::All => Self::All,
            Self::Listed(ranges) => {
                let own = ranges.iter().filter(|range| range.protocol == protocol);
                Self::Listed(own.map(|range| PortRange { protocol: Protocol::Tcp, ..*range }).collect())
            }
        }
    }

    /// The ranges; empty for [`Ports::All`].
    #[must_use]
    pub fn ranges(&self) -> &[PortRange] {
        match self {
            Self::All => &[],
            Self::Listed(ranges) => ranges,
        }
    }

    /// Whether there is a TCP port among them; port 0 is none.
    #[must_use]
    pub fn has_tcp(&self) -> bool {
        matches!(self, Self::All) || self.tcp().iter().any(|(_, last)| *last > 0)
    }
    /// Whether others have all of them.
    #[must_use]
    pub fn lies_in(&self, others: &Self) -> bool {
        let holds = |range: &PortRange| {
            // The ranges of a list are apart: one of them holds all of a range or none does.
            let holds = |other: &PortRange| {
                other.protocol == range.protocol && other.first <= range.first && range.last <= other.last
            };
            others.ranges().iter().any(holds)
        };
        matches!(others, Self::All) || (!matches!(self, Self::All) && self.ranges().iter().all(holds))
    }
    /// Whether two sets share a TCP port.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.tcp(), other.tcp());
        mine.iter().any(|(a, b)| theirs.iter().any(|(c, d)| a <= d && c <= b))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Listed(ranges) => {
                for (i, range) in ranges.iter().enumerate() {
                    write!(f, "{}{range}", if i == 0 { "" } else { " " })?;
                }
                Ok(())
            }
        }
    }
}
