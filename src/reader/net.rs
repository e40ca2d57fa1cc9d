//! Addresses, networks, ranges and ports as formats write them, strictly, and sets of them.

use std::net::{IpAddr, Ipv6Addr};

use super::text::quoted;

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Addresses of one family from a first to a last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) v6: bool,
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Span {
    /// Whether it is the whole family.
    pub(super) fn is_everything(&self) -> bool {
        self.first == 0 && self.last == if self.v6 { u128::MAX } else { u32::MAX.into() }
    }

    /// Whether it is IPv6 and holds IPv4 written as IPv6.
    pub(super) fn holds_mapped(&self) -> bool {
        let mapped = u128::from(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0));
        self.v6 && self.first <= mapped | u128::from(u32::MAX) && mapped <= self.last
    }

    pub(super) fn holds(&self, address: IpAddr) -> bool {
        let at = point(address);
        at.v6 == self.v6 && self.first <= at.first && at.first <= self.last
    }
}

/// An address as a span. An IPv4 address written as IPv6 is the IPv4 address.
pub(super) fn point(address: IpAddr) -> Span {
    match address.to_canonical() {
        IpAddr::V4(a) => Span { v6: false, first: u32::from(a).into(), last: u32::from(a).into() },
        IpAddr::V6(a) => Span { v6: true, first: a.into(), last: a.into() },
    }
}

fn address_of(v6: bool, at: u128) -> IpAddr {
    if v6 { IpAddr::V6(at.into()) } else { IpAddr::V4(u32::try_from(at).unwrap_or(u32::MAX).into()) }
}

fn address(text: &str) -> Result<IpAddr, String> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(a)) if a.to_ipv4_mapped().is_some() => Err(format!("{} is IPv4 written as IPv6", quoted(text))),
        Ok(address) => Ok(address),
        Err(_) => Err(format!("{} is not an address", quoted(text))),
    }
}

/// An address, or a network with its host bits clear.
pub(super) fn network(text: &str) -> Result<Span, String> {
    let Some((base, length)) = text.split_once('/') else {
        return Ok(point(address(text)?));
    };
    let base = address(base)?;
    let bits: u32 = if base.is_ipv4() { 32 } else { 128 };
    let canonical = !length.is_empty() && length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
    let length = match length.parse::<u32>() {
        Ok(n) if canonical && n <= bits && n.to_string() == length => n,
        _ => return Err(format!("{} has no prefix length of 0 to {bits}", quoted(text))),
    };
    let at = point(base);
    let hosts = if length == bits { 0 } else { u128::MAX >> (128 - (bits - length)) };
    if at.first & hosts != 0 {
        return Err(format!("{} has host bits set", quoted(text)));
    }
    Ok(Span { v6: at.v6, first: at.first, last: at.first | hosts })
}

/// An address, a network, or `first-last`.
pub(super) fn span(text: &str) -> Result<Span, String> {
    let Some((first, last)) = text.split_once('-') else {
        return network(text);
    };
    let (first, last) = (point(address(first)?), point(address(last)?));
    if first.v6 != last.v6 {
        return Err(format!("{} mixes IPv4 and IPv6", quoted(text)));
    }
    if first.first > last.first {
        return Err(format!("{} ends before it begins", quoted(text)));
    }
    Ok(Span { v6: first.v6, first: first.first, last: last.last })
}

/// A port, or `first-last`.
pub(super) fn ports(text: &str) -> Result<(u16, u16), String> {
    let one = |part: &str| match part.parse::<u16>() {
        Ok(port) if part.bytes().all(|b| b.is_ascii_digit()) && port.to_string() == part => Ok(port),
        _ => Err(format!("{} is not a port or a range of ports", quoted(text))),
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (one(first)?, one(last)?),
        None => (one(text)?, one(text)?),
    };
    if first > last {
        return Err(format!("{} ends before it begins", quoted(text)));
    }
    Ok((first, last))
}

/// Whether clients take a last label for a number, and its name for an address: `0xamp` is none.
pub(super) fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    label.bytes().all(|b| b.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether a port lies in one of some ranges.
pub(super) fn port_in(ranges: &[(u16, u16)], port: Option<u16>) -> bool {
    port.is_some_and(|p| ranges.iter().any(|(first, last)| (*first..=*last).contains(&p)))
}

/// Spans with a tag each, sorted and searched.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<(Span, u32)>);

impl Spans {
    pub(super) fn add(&mut self, span: Span, tag: u32) {
        self.0.push((span, tag));
    }

    /// Sorts, merges what overlaps, and names the pairs of tags that did: the narrower or later one first.
    pub(super) fn finish(&mut self) -> Vec<(u32, u32)> {
        self.0.sort_by(|a, b| (a.0.v6, a.0.first, b.0.last, a.1).cmp(&(b.0.v6, b.0.first, a.0.last, b.1)));
        let mut pairs = Vec::new();
        let mut kept: Vec<(Span, u32)> = Vec::with_capacity(self.0.len());
        for (span, tag) in self.0.drain(..) {
            match kept.last_mut() {
                Some((before, by)) if before.v6 == span.v6 && span.first <= before.last => {
                    before.last = before.last.max(span.last);
                    pairs.push((tag, *by));
                }
                _ => kept.push((span, tag)),
            }
        }
        self.0 = kept;
        pairs
    }

    /// The first and the last address of each.
    pub(super) fn ends(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.0.iter().flat_map(|(span, _)| [span.first, span.last].map(|at| address_of(span.v6, at)))
    }

    /// Whether an address lies in one of the spans.
    pub(super) fn hold(&self, address: IpAddr) -> bool {
        let at = point(address);
        let next = self.0.partition_point(|(s, _)| (s.v6, s.first) <= (at.v6, at.first));
        next.checked_sub(1).is_some_and(|i| self.0[i].0.holds(address))
    }
}
