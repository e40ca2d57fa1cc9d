//! The naive decider that artifacts are compared with: it reads what people wrote, by its own eyes, ranks everything
//! that matches a host and takes the best that covers the port.
//!
//! It shares no code with the stages it judges: not the normal form, not the patterns, not the tables. It keeps the
//! entries by the literal end of their names, and by the first bits of their networks, only so that a question does not look at a
//! million of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::by_end::ByEnd;
pub use super::fact::{Fact, FactId, Service, Terms};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Here,
    Below,
    HereAndBelow,
}

/// A destination, read by the oracle's own eyes.
#[derive(Debug)]
enum Shape<'c> {
    Plain,
    /// Its labels, folded.
    Name(Depth, Cow<'c, str>),
    V4(u32, u32),
    V6(u128, u32),
    /// What it cannot read: matches nothing, and is reported.
    Unreadable,
}

/// A host, read by the oracle's own eyes.
#[derive(Debug)]
pub enum Host<'h> {
    /// Its A-labels in lower case.
    Name(Cow<'h, str>),
    /// IPv4, however it was written.
    V4(u32),
    /// IPv6.
    V6(u128),
    /// What has no A-labels.
    Unreadable,
}

/// How well a pattern fits: label by label from the right (2 a literal one, 1 one with a star, 0 any depth; for
/// addresses the length of the prefix), then whether its depth is exact. `plain` is the empty list, less than any other.
type Fit = (Vec<u8>, bool);

#[derive(Debug)]
struct Row<'c> {
    fact: Fact<'c>,
    shape: Shape<'c>,
}

/// The entries of a zone.
#[derive(Debug, Default)]
pub struct Oracle<'c> {
    default: &'c str,
    rows: Vec<Row<'c>>,
    /// Names by the literal labels they end in; `""` for those that end in a star.
    by_end: ByEnd<'c>,
    /// Networks by family, length and first bits.
    by_net: BTreeMap<(bool, u32, u128), Vec<usize>>,
    /// The lengths that occur, by family.
    lengths: BTreeSet<(bool, u32)>,
    /// Everything else.
    others: Vec<usize>,
}

impl<'c> Oracle<'c> {
    /// Reads the facts of a zone, which stand in the order of the rules.
    #[must_use]
    pub fn new(default: &'c str, facts: impl IntoIterator<Item = Fact<'c>>) -> Self {
        let mut oracle = Self { default, ..Self::default() };
        oracle.extend(facts);
        oracle
    }

    /// Reads facts that stand behind those it was told.
    pub fn extend(&mut self, facts: impl IntoIterator<Item = Fact<'c>>) {
        let facts = facts.into_iter();
        let (more, _) = facts.size_hint();
        self.rows.reserve(more);
        self.by_end.reserve(more);
        facts.for_each(|fact| self.add(fact));
    }

    fn add(&mut self, fact: Fact<'c>) {
        let (at, shape) = (self.rows.len(), shape(fact.text));
        let mut add_net = |key: (bool, u32, u128)| {
            self.lengths.insert((key.0, key.1));
            self.by_net.entry(key).or_default().push(at);
        };
        match &shape {
            Shape::Name(_, name) => {
                let behind_star = |star: usize| name[star..].find('.').map_or(name.len(), |dot| star + dot + 1);
                let start = name.rfind('*').map_or(0, behind_star);
                let end = match name {
                    Cow::Borrowed(name) => name[start..].into(),
                    Cow::Owned(name) => name[start..].to_owned().into(),
                };
                self.by_end.add(u32::try_from(at).unwrap_or(u32::MAX), end);
            }
            Shape::V4(net, length) => add_net((false, *length, begin(*net, *length))),
            Shape::V6(net, length) => add_net((true, *length, begin_v6(*net, *length))),
            _ => self.others.push(at),
        }
        self.rows.push(Row { shape, fact });
    }

    /// Rows whose literal labels, at least one, a name ends in; the name is the first that is looked for.
    fn ending(&self, name: &str) -> impl Iterator<Item = usize> {
        let behind_dots = name.match_indices('.').filter_map(|(dot, _)| name.get(dot + 1..));
        std::iter::once(name).chain(behind_dots).flat_map(|end| self.by_end.of(end))
    }

    /// Rows of the networks that an address is in, by its first bits.
    fn around(&self, v6: bool, begin: impl Fn(u32) -> u128) -> impl Iterator<Item = usize> {
        let lengths = self.lengths.range((v6, 0)..=(v6, u32::MAX));
        lengths.filter_map(move |(_, length)| self.by_net.get(&(v6, *length, begin(*length)))).flatten().copied()
    }

    /// Everything it was told.
    pub fn facts(&self) -> impl Iterator<Item = &Fact<'c>> {
        self.rows.iter().map(|row| &row.fact)
    }

    /// The facts it cannot read.
    pub fn unreadable(&self) -> impl Iterator<Item = &Fact<'c>> {
        self.rows.iter().filter(|row| matches!(row.shape, Shape::Unreadable)).map(|row| &row.fact)
    }

    /// The facts whose literal labels a host ends in, or equals: below which it lies; the nearest first.
    pub fn above(&self, host: &str) -> Vec<&Fact<'c>> {
        let Host::Name(name) = Host::of(host) else { return Vec::new() };
        self.ending(&name).filter_map(|at| self.rows.get(at)).map(|row| &row.fact).collect()
    }

    /// All facts that match a host, the winner first.
    #[must_use]
    pub fn matching(&self, host: &Host) -> Matching<'_, 'c> {
        let mut found: Vec<(bool, Fit, usize)> = Vec::new();
        let mut look_at = |at: usize| {
            if let Some(row) = self.rows.get(at)
                && let Some(fit) = fit(&row.shape, host)
            {
                found.push((row.fact.terms.is_final, fit, at));
            }
        };
        self.others.iter().copied().for_each(&mut look_at);
        match host {
            Host::Name(name) => self.by_end.of("").chain(self.ending(name)).for_each(look_at),
            Host::V4(ip) => self.around(false, |length| begin(*ip, length)).for_each(look_at),
            Host::V6(ip) => self.around(true, |length| begin_v6(*ip, length)).for_each(look_at),
            Host::Unreadable => {}
        }
        // Final rules first, then the best fit, then the earlier rule.
        found.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)).then(a.2.cmp(&b.2)));
        let mut rows: Vec<(usize, &Row)> = Vec::with_capacity(found.len());
        let mut before: Option<(bool, &Fit)> = None;
        for (is_final, fit, at) in &found {
            let rank = rows.last().map_or(0, |(rank, _)| *rank);
            let rank = if before.is_none_or(|before| before == (*is_final, fit)) { rank } else { rank + 1 };
            rows.extend(self.rows.get(*at).map(|row| (rank, row)));
            before = Some((*is_final, fit));
        }
        Matching { default: self.default, rows }
    }
}

/// What matches a host.
#[derive(Debug)]
pub struct Matching<'o, 'c> {
    default: &'c str,
    /// The best first; those of one rank are equals, of which the earlier rule decides.
    rows: Vec<(usize, &'o Row<'c>)>,
}

impl<'o, 'c> Matching<'o, 'c> {
    /// The entry that decides.
    #[must_use]
    pub fn winner(&self, service: Service) -> Option<&'o Fact<'c>> {
        self.covering(service).next()
    }

    /// Everything that matches and covers a port, the winner first.
    pub fn covering(&self, service: Service) -> impl Iterator<Item = &'o Fact<'c>> + '_ {
        self.ranked(service).map(|(_, fact)| fact)
    }

    /// The entry that decides, and those behind it that are as specific: they speak of the same hosts.
    pub fn equals(&self, service: Service) -> impl Iterator<Item = &'o Fact<'c>> + '_ {
        let first = self.ranked(service).next().map(|(rank, _)| rank);
        self.ranked(service).take_while(move |(rank, _)| Some(*rank) == first).map(|(_, fact)| fact)
    }

    fn ranked(&self, service: Service) -> impl Iterator<Item = (usize, &'o Fact<'c>)> + '_ {
        let covering = self.rows.iter().filter(move |(_, row)| row.fact.terms.covers(service));
        covering.map(|(rank, row)| (*rank, &row.fact))
    }

    /// The route of a TCP port.
    #[must_use]
    pub fn route(&self, port: Option<u16>) -> &'c str {
        self.winner(Service::tcp(port)).map_or(self.default, |fact| fact.terms.route)
    }

    /// Everything that matches, whatever its ports.
    pub fn facts(&self) -> impl Iterator<Item = &'o Fact<'c>> + '_ {
        self.rows.iter().map(|(_, row)| &row.fact)
    }

    /// The first and last ports of everything that matches, and their neighbours: where the answer can change.
    pub fn edges(&self) -> impl Iterator<Item = (bool, u16)> + '_ {
        self.rows.iter().flat_map(|(_, row)| row.fact.terms.edges())
    }
}

/// The first bits of an address.
fn begin(ip: u32, length: u32) -> u128 {
    u128::from(ip.checked_shr(32_u32.saturating_sub(length)).unwrap_or(0))
}

fn begin_v6(ip: u128, length: u32) -> u128 {
    ip.checked_shr(128_u32.saturating_sub(length)).unwrap_or(0)
}

/// A name in A-labels and lower case, without its trailing dot; a label with a star goes as it is.
fn folded(name: &str) -> Option<Cow<'_, str>> {
    // Most names are so already.
    let bare = name.strip_suffix('.').unwrap_or(name);
    let is_xn = |four: &[u8]| matches!(four, [b'x', b'n', b'-', b'-']);
    if bare.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) && !bare.as_bytes().windows(4).any(is_xn) {
        return Some(bare.into());
    }
    // The full stops that UTS-46 takes for a dot.
    let name = if name.is_ascii() { name.into() } else { name.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".") };
    let labels = name.strip_suffix('.').unwrap_or(&name).split('.');
    let mut folded = String::with_capacity(name.len());
    for (at, label) in labels.enumerate() {
        if at > 0 {
            folded.push('.');
        }
        let begins_xn = label.get(..4).is_some_and(|four| four.eq_ignore_ascii_case("xn--"));
        if label.is_ascii() && !begins_xn || label.contains('*') {
            folded.extend(label.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            folded.push_str(&idna::domain_to_ascii(label).ok()?);
        }
    }
    Some(folded.into())
}

fn shape(text: &str) -> Shape<'_> {
    if text == "plain" {
        return Shape::Plain;
    }
    let (host, behind) = text.split_once('/').map_or((text, None), |(host, behind)| (host, Some(behind)));
    let length = behind.and_then(|digits| digits.parse::<u32>().ok());
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return Shape::V4(u32::from_be_bytes(ip.octets()), length.unwrap_or(32));
    }
    if let Ok(ip) = host.parse::<Ipv6Addr>() {
        return Shape::V6(u128::from_be_bytes(ip.octets()), length.unwrap_or(128));
    }
    // What is left behind a slash is a path: the host decides.
    let (depth, rest) = match (host.strip_prefix("*."), host.strip_prefix('.')) {
        (Some(rest), _) => (Depth::Below, rest),
        (_, Some(rest)) => (Depth::HereAndBelow, rest),
        _ => (Depth::Here, host),
    };
    folded(rest).map_or(Shape::Unreadable, |name| Shape::Name(depth, name))
}

impl<'h> Host<'h> {
    /// A host as a client writes it.
    #[must_use]
    pub fn of(host: &'h str) -> Self {
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if bare.contains(':')
            && let Ok(ip) = bare.parse::<Ipv6Addr>()
        {
            let bits = u128::from_be_bytes(ip.octets());
            // IPv4 written as IPv6 is IPv4: the design says so, and Squid cannot tell them apart.
            return match u32::try_from(bits & 0xffff_ffff) {
                Ok(low) if bits >> 32 == 0xffff => Self::V4(low),
                _ => Self::V6(bits),
            };
        }
        if bare.starts_with(|c: char| c.is_ascii_digit())
            && let Ok(ip) = bare.strip_suffix('.').unwrap_or(bare).parse::<Ipv4Addr>()
        {
            return Self::V4(u32::from_be_bytes(ip.octets()));
        }
        folded(host).map_or(Self::Unreadable, Self::Name)
    }
}

fn fit(shape: &Shape, host: &Host) -> Option<Fit> {
    let prefix = |length: u32| (vec![u8::try_from(length).unwrap_or(u8::MAX)], false);
    match (shape, host) {
        (Shape::Plain, Host::Name(name)) => (!name.contains('.')).then(|| (Vec::new(), false)),
        (Shape::Name(depth, wanted), Host::Name(name)) => name_fit(*depth, wanted, name),
        (Shape::V4(net, length), Host::V4(ip)) => {
            (0..*length).all(|bit| (net >> (31 - bit)) & 1 == (ip >> (31 - bit)) & 1).then(|| prefix(*length))
        }
        (Shape::V6(net, length), Host::V6(ip)) => {
            (0..*length).all(|bit| (net >> (127 - bit)) & 1 == (ip >> (127 - bit)) & 1).then(|| prefix(*length))
        }
        _ => None,
    }
}

fn name_fit(depth: Depth, wanted: &str, name: &str) -> Option<Fit> {
    let count = |name: &str| name.bytes().filter(|b| *b == b'.').count() + 1;
    let (wanted_count, count) = (count(wanted), count(name));
    let deep_enough = match depth {
        Depth::Here => count == wanted_count,
        Depth::Below => count > wanted_count,
        Depth::HereAndBelow => count >= wanted_count,
    };
    if !deep_enough {
        return None;
    }
    let mut marks = Vec::with_capacity(count);
    let mut wanted = wanted.rsplit('.');
    for label in name.rsplit('.') {
        match wanted.next() {
            None => marks.push(0),
            Some(pattern) if pattern.contains('*') && like(pattern.as_bytes(), label.as_bytes()) => marks.push(1),
            Some(pattern) if pattern == label => marks.push(2),
            Some(_) => return None,
        }
    }
    Some((marks, depth == Depth::Here))
}

/// Whether a label fits: of the pattern read so far, which beginnings of the label can it be?
pub(super) fn like(pattern: &[u8], label: &[u8]) -> bool {
    let mut can = vec![false; label.len() + 1];
    can[0] = true;
    for byte in pattern {
        let mut next = vec![false; label.len() + 1];
        for at in 0..=label.len() {
            next[at] = match byte {
                b'*' => can[at] || at > 0 && next[at - 1],
                byte => at > 0 && can[at - 1] && label[at - 1] == *byte,
            };
        }
        can = next;
    }
    can[label.len()]
}
