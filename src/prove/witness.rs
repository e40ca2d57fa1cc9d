//! Witnesses: hosts at which a file that differs from the policy would show it.
//!
//! One for every class of the policy's own partition of hosts: the patterns as an automaton that reads labels from the
//! right, and a shortest host for every state it can reach. Besides, what products get wrong: look-alikes, case, the
//! trailing dot, names that JavaScript objects know, the edges of every network.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::hosts::{Hosts, List, last_letters};
use super::oracle::like;
use crate::target::read_back::Turn;

/// Hosts to ask for, and how many classes they stand for.
#[derive(Debug, Default)]
pub struct Witnesses {
    /// One for every class, the edges of networks, and what files mention: each is asked about at every class of ports.
    pub hosts: Hosts,
    /// Names that look like one, and other spellings of addresses. There are up to ten of them a name, each is asked about at a
    /// few ports: a pattern that takes too much, or a spelling that is not understood, shows at many.
    pub alikes: Hosts,
    /// States of the automaton, and ranges of addresses.
    pub classes: usize,
    /// Whether stars lead to more states than [`MOST_STATES`].
    pub too_many: bool,
}

/// [`Witnesses`] as they are found: in any order, some more than once, some that are no hosts.
#[derive(Debug, Default)]
struct Found {
    hosts: List,
    alikes: List,
    classes: usize,
    too_many: bool,
}

/// Most states that are walked into by filling stars. Stars in several labels of several patterns multiply: twenty
/// patterns of twenty labels can have more classes of hosts than anybody can ask for.
pub const MOST_STATES: usize = 20_000;

/// A name pattern as the automaton sees it.
#[derive(Debug)]
struct Name<'t> {
    /// A-labels in lower case.
    labels: Cow<'t, str>,
    /// Whether it goes on below its labels.
    deeper: bool,
}

/// What JavaScript objects know without being told.
const BUILTINS: [&str; 6] =
    ["constructor", "__proto__", "hasOwnProperty", "toString.example", "valueOf.constructor", "isPrototypeOf"];

/// Names that begin or end like a number, and addresses in every spelling.
const LIKE_ADDRESSES: [&str; 14] = [
    "1e3",
    "x.0xfg",
    "1.2.3.4a",
    "1.2.3.4.x0",
    "7zip.x1",
    "0.0.0.1",
    "255.255.255.254",
    "::",
    "::1",
    "1::",
    "::1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7::",
    "2001:DB8:0:0:1:0:0:A",
    "64:ff9b::1.2.3.4",
];

/// Most patterns all of whose look-alikes are asked for. Of more there are as many look-alikes, evenly spread: of a list of a
/// hundred thousand each pattern has one of the ten, the next the next one.
const LOOK_ALIKES: usize = 10_000;

/// A label that no pattern names: long, and of letters that mean nothing.
const OTHER: &str = "zq-other";

/// The witnesses of destinations, given as people wrote them.
pub fn witnesses<'t>(texts: impl Iterator<Item = &'t str>) -> Witnesses {
    let mut found = Found::default();
    let mut nets: BTreeSet<(IpAddr, u32)> = BTreeSet::new();
    let texts: Vec<&str> = texts.collect();
    let mut names: Vec<Name> = Vec::with_capacity(texts.len());
    let (mut turn, most) = (Turn::default(), LOOK_ALIKES * ALIKES.len());
    let few = (most / texts.len().max(1)).clamp(1, ALIKES.len());
    let every = texts.len().div_ceil(most).max(1);
    // A host for each, and one below it.
    let letters: usize = texts.iter().map(|text| text.len()).sum();
    found.hosts.reserve(2 * texts.len(), 2 * letters + texts.len() * (OTHER.len() + 1));
    found.alikes.reserve(few * texts.len() / every, few * (letters + 8 * texts.len()) / every);
    let every_dotted = texts.len().div_ceil(LOOK_ALIKES).max(1);
    for (at, text) in texts.into_iter().enumerate() {
        let (host, behind) = text.split_once('/').map_or((text, None), |(h, b)| (h, Some(b)));
        let may_be_address = host.contains(':') || host.starts_with(|c: char| c.is_ascii_digit());
        if may_be_address && let Ok(ip) = host.parse::<IpAddr>() {
            let most = if ip.is_ipv4() { 32 } else { 128 };
            nets.insert((ip, behind.and_then(|b| b.parse().ok()).unwrap_or(most)));
        } else if text != "plain" {
            let below = host.strip_prefix("*.").or_else(|| host.strip_prefix('.'));
            let (deeper, bare) = (below.is_some(), below.unwrap_or(host));
            let lower = lower(bare.trim_end_matches('.'));
            if at % every == 0 {
                let alikes = (0..few).filter_map(|_| turn.of(&ALIKES));
                look_alikes(&lower, (alikes, at % every_dotted == 0), &mut found.alikes);
            }
            names.push(Name { labels: folded(lower), deeper });
        }
    }
    // What lies below one name is looked at together, and should lie together.
    names.sort_by_cached_key(|name| last_letters(&name.labels));
    walk(&names, &mut found);
    addresses(&nets, &mut found);
    let others = ["localhost", "intranet", "x.unlisted.example", "8.8.8.8", "2001:db8:ffff::1"];
    found.hosts.extend(BUILTINS.into_iter().chain(LIKE_ADDRESSES).chain(others));
    let hosts = Hosts::of(found.hosts, is_host);
    Witnesses {
        alikes: Hosts::of(found.alikes, is_host).without(&hosts),
        hosts,
        classes: found.classes,
        too_many: found.too_many,
    }
}

impl Witnesses {
    /// Adds what files mention: hosts and names below them, the edges of networks.
    #[must_use]
    pub fn mention(self, words: Hosts) -> Self {
        let mut nets: BTreeSet<(IpAddr, u32)> = BTreeSet::new();
        // They are no classes of the policy: how many of them there are is not counted.
        let mut found = Found::default();
        for word in words.without(&self.hosts).iter() {
            let (host, behind) = word.split_once('/').unwrap_or((word, ""));
            match host.parse::<IpAddr>() {
                Ok(ip) => {
                    let most = if ip.is_ipv4() { 32 } else { 128 };
                    nets.insert((ip, behind.parse().ok().filter(|length| *length <= most).unwrap_or(most)));
                }
                Err(_) => {
                    let name = host.split(':').next().unwrap_or_default();
                    found.hosts.add(&[name]);
                    found.hosts.add(&[OTHER, ".", name]);
                }
            }
        }
        addresses(&nets, &mut found);
        let hosts = self.hosts.and(Hosts::of(found.hosts, is_host));
        Self { alikes: self.alikes.and(Hosts::of(found.alikes, is_host)).without(&hosts), hosts, ..self }
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hosts.len() + self.alikes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, with whether it is one of the alikes, which come last.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<(&str, bool)> {
        let alike = || self.alikes.get(at.checked_sub(self.hosts.len())?);
        self.hosts.get(at).map(|host| (host, false)).or_else(|| alike().map(|host| (host, true)))
    }
}

/// Whether a client could ask for it.
fn is_host(host: &str) -> bool {
    let bare = host.strip_suffix('.').unwrap_or(host);
    match host.as_bytes() {
        [b'[', ..] => return true,
        [b'0'..=b'9', ..] if bare.parse::<Ipv4Addr>().is_ok() => return true,
        bytes if bytes.contains(&b':') => return host.parse::<Ipv6Addr>().is_ok(),
        _ => {}
    }
    let fine = |label: &[u8]| {
        let of_host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (1..=63).contains(&label.len())
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
            && label.iter().all(of_host)
    };
    let last = bare.rsplit('.').next().unwrap_or_default();
    // Browsers take a name whose last label is a number, in any base, for an address.
    let begins_0x = last.get(..2).is_some_and(|two| two.eq_ignore_ascii_case("0x"));
    let hex = begins_0x && last.bytes().skip(2).all(|b| b.is_ascii_hexdigit());
    let number = hex || last.bytes().all(|b| b.is_ascii_digit());
    // IDN in its Unicode spelling is the browser's affair: what reaches a file is the A-label.
    bare.len() <= 253 && bare.as_bytes().split(|b| *b == b'.').all(fine) && !number
}

/// Names that look like one, and spellings of it.
const ALIKES: [fn(&str) -> String; 10] = [
    |name| format!("evil-{name}"),
    |name| format!("evil{name}"),
    |name| format!("{name}.evil"),
    |name| format!("{name}.evil.example"),
    |name| name.get(1..).unwrap_or_default().to_owned(),
    str::to_uppercase,
    |name| format!("{name}."),
    |name| format!("CHILD.{}.", name.to_uppercase()),
    |name| format!("a.b.c.d.e.f.{name}"),
    |name| name.split_once('.').map_or("", |(_, apex)| apex).to_owned(),
];

/// Some of the [`ALIKES`] of a name, and when they are its turn too, those of the dots beside its stars.
fn look_alikes(name: &str, (alikes, has_dots): (impl Iterator<Item = fn(&str) -> String>, bool), into: &mut List) {
    let has_star = name.contains('*');
    let name: Cow<str> = if has_star { name.replace('*', "x").into() } else { name.into() };
    let name = if name.is_ascii() { name } else { ascii(&name).into() };
    // What stands for a star may be a regular expression, to which a dot is any character.
    for (dot, _) in name.match_indices('.').filter(|_| has_star && has_dots) {
        let (before, behind) = name.split_at(dot);
        into.add(&[before, "-", behind.trim_start_matches('.')]);
    }
    into.extend(alikes.map(|alike| alike(&name)));
}

fn ascii(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { idna::domain_to_ascii(name).unwrap_or_default() }
}

/// A text in lower case.
fn lower(text: &str) -> Cow<'_, str> {
    match text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        true => text.into(),
        false => text.to_lowercase().into(),
    }
}

/// A name whose labels without a star are A-labels.
fn folded(name: Cow<str>) -> Cow<str> {
    let label = |label: &str| if label.contains('*') { label.to_owned() } else { ascii(label) };
    if name.is_ascii() { name } else { name.split('.').map(label).collect::<Vec<_>>().join(".").into() }
}

impl Name<'_> {
    /// All of it is still to be read.
    fn unread(&self) -> usize {
        self.labels.len() + 1
    }

    /// The label that is read next, and what is then still to be read; none behind the last.
    fn next(&self, unread: usize) -> Option<(&str, usize)> {
        let rest = self.labels.get(..unread.checked_sub(1)?)?;
        Some(rest.rfind('.').map_or((rest, 0), |dot| (&rest[dot + 1..], dot + 1)))
    }
}

/// Patterns, each with what is still to be read of it.
type State = Vec<(usize, usize)>;

/// Walks the automaton: a state is the set of patterns that match or still can, with what is still to be read of each.
fn walk(names: &[Name], found: &mut Found) {
    // Where each pattern stands: all at their right end.
    let all: State = names.iter().map(Name::unread).enumerate().collect();
    let mut open: Vec<(String, State, bool)> = vec![(String::new(), all, false)];
    // The states behind a filled star, which many hosts reach. Literal labels alone lead to each state once.
    let mut met: BTreeSet<State> = BTreeSet::new();
    let next_of = |(at, unread): &(usize, usize)| names.get(*at).and_then(|name| name.next(*unread));
    while let Some((host, items, is_filled)) = open.pop() {
        // What can be read next: every literal label, a filling of every star, and a label that is neither.
        let mut literal: Vec<(&str, (usize, usize))> = Vec::with_capacity(items.len());
        let mut starred: Vec<(&str, (usize, usize))> = Vec::new();
        for ((label, unread), (at, _)) in items.iter().filter_map(|item| Some((next_of(item)?, item))) {
            let read = if label.contains('*') { &mut starred } else { &mut literal };
            read.push((label, (*at, unread)));
        }
        literal.sort_unstable();
        let mut fillings: BTreeSet<String> = BTreeSet::new();
        for (label, _) in &starred {
            fillings.extend(["", "x", "x-long-1"].iter().map(|f| label.replace('*', f)).filter(|l| !l.is_empty()));
        }
        fillings.insert(OTHER.to_owned());
        let fitting = |label: &str| {
            let fits = |(pattern, _): &&(&str, _)| like(pattern.as_bytes(), label.as_bytes());
            starred.iter().filter(fits).map(|(_, item)| *item).collect::<State>()
        };
        let is_literal = |filling: &String| literal.binary_search_by(|(label, _)| (*label).cmp(filling)).is_ok();
        // What takes everything below goes on matching.
        let deep = |(at, _): &&(usize, usize)| names.get(*at).is_some_and(|n| n.deeper);
        let still: State = items.iter().filter(|item| next_of(item).is_none()).filter(deep).copied().collect();
        let filled =
            fillings.iter().filter(|label| !is_literal(label)).map(|label| (label.as_str(), fitting(label), true));
        let alike = literal.chunk_by(|(a, _), (b, _)| a == b).filter_map(|alike| {
            let (label, _) = alike.first()?;
            let items = alike.iter().map(|(_, item)| *item).chain(fitting(label));
            Some((*label, items.collect(), is_filled))
        });
        for (label, mut next, is_filled) in filled.chain(alike) {
            let pieces = if host.is_empty() { [label, "", ""] } else { [label, ".", &host] };
            found.classes += 1;
            found.hosts.add(&pieces);
            let more = next.iter().any(|item| next_of(item).is_some());
            let deeper = next.iter().any(|item| deep(&item));
            if more {
                next.extend(&still);
                next.sort_unstable();
                if !is_filled || met.insert(next.clone()) {
                    open.push((pieces.concat(), next, is_filled));
                }
                if met.len() > MOST_STATES {
                    found.too_many = true;
                    return;
                }
            } else if deeper {
                // Only "and everything below" is left: one label more is the last state.
                let [label, dot, host] = pieces;
                found.classes += 1;
                found.hosts.add(&[OTHER, ".", label, dot, host]);
            }
        }
    }
}

/// The first and last address of every network, and their neighbours.
fn addresses(nets: &BTreeSet<(IpAddr, u32)>, found: &mut Found) {
    for (ip, length) in nets {
        found.classes += 1;
        match ip {
            IpAddr::V4(ip) => {
                let first = u32::from(*ip);
                let last = first | u32::MAX.checked_shr(*length).unwrap_or(0);
                for n in [first.checked_sub(1), Some(first), Some(last), last.checked_add(1)].into_iter().flatten() {
                    let ip = Ipv4Addr::from(n);
                    let [a, b, c, d] = ip.octets();
                    // With the dot of a whole name, as IPv6, in both spellings, something else that ends in it, and a name that
                    // scripts take for a number.
                    found.hosts.extend([ip.to_string()]);
                    found.alikes.extend([
                        format!("{ip}."),
                        format!("::ffff:{ip}"),
                        format!("0:0:0:0:0:FFFF:{a:02x}{b:02x}:{c:02x}{d:02x}"),
                        format!("::{ip}"),
                        format!("{a}.{b}.{c}.1e2"),
                    ]);
                }
            }
            IpAddr::V6(ip) => {
                let first = u128::from(*ip);
                let last = first | u128::MAX.checked_shr(*length).unwrap_or(0);
                for n in [first.checked_sub(1), Some(first), Some(last), last.checked_add(1)].into_iter().flatten() {
                    found.hosts.extend([Ipv6Addr::from(n).to_string()]);
                }
                let groups = ip.segments().map(|group| format!("{group:04X}"));
                let [.., a, b, c, d] = last.to_be_bytes();
                let [front @ .., _, _] = Ipv6Addr::from(last).segments().map(|group| format!("{group:x}"));
                found.alikes.extend([
                    format!("[{ip}]"),
                    groups.join(":"),
                    format!("{}:{a}.{b}.{c}.{d}", front.join(":")),
                ]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names of a list that some look-alike holds, and how many kinds of look-alikes there are.
    fn met(count: usize) -> (usize, usize) {
        let names: Vec<String> = (0..count).map(|n| format!("n{n}x.example")).collect();
        let found = witnesses(names.iter().map(String::as_str));
        let (mut numbers, mut kinds) = (BTreeSet::new(), BTreeSet::new());
        for alike in found.alikes.iter().chain(found.hosts.iter()) {
            let lower = alike.to_ascii_lowercase();
            let Some(from) = lower.find(|c: char| c.is_ascii_digit()) else { continue };
            let number: String = lower[from..].chars().take_while(char::is_ascii_digit).collect();
            let kind = alike.replacen(&number, "0", 1);
            if !["n0x.example", "0.0.0.1"].contains(&&*kind) {
                numbers.insert(number);
                kinds.insert(kind);
            }
        }
        (numbers.len(), kinds.len())
    }

    #[test]
    fn of_a_long_list_each_name_is_met_by_some_of_its_alikes_and_by_all_kinds() {
        let (few, kinds) = met(100);
        let (many, same) = met(25_000);
        assert!(few >= 100 && many >= 25_000, "{few} of 100, {many} of 25,000");
        assert_eq!(kinds, same);
    }
}
