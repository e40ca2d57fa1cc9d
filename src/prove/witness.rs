//! Witnesses: hosts at which a file that differs from the policy would show it.
//!
//! One for every class of the policy's own partition of hosts: the patterns as an automaton that reads labels from the
//! right, and a shortest host for every state it can reach. Besides, what products get wrong: look-alikes, case, the
//! trailing dot, names that JavaScript objects know, the edges of every network.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rayon::prelude::*;

use super::hosts::Hosts;
use super::oracle::like;

/// Hosts to ask for, and how many classes they stand for.
#[derive(Debug, Default)]
pub struct Witnesses {
    /// One for every class, the edges of networks, and what files mention: each is asked about at every class of ports.
    pub hosts: Hosts,
    /// Names that look like one, and other spellings of addresses. There are ten of them a name, each is asked about at a
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
    hosts: Vec<String>,
    alikes: Vec<String>,
    classes: usize,
    too_many: bool,
}

/// Most states that are walked into by filling stars. Stars in several labels of several patterns multiply: twenty
/// patterns of twenty labels can have more classes of hosts than anybody can ask for.
pub const MOST_STATES: usize = 20_000;

/// A name pattern as the automaton sees it.
#[derive(Debug)]
struct Name<'t> {
    /// A-labels in lower case, from right to left.
    labels: Vec<&'t str>,
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

/// Most patterns whose look-alikes are asked for.
const LOOK_ALIKES: usize = 10_000;

/// A label that no pattern names: long, and of letters that mean nothing.
const OTHER: &str = "zq-other";

/// The witnesses of destinations, given as people wrote them.
pub fn witnesses<'t>(texts: impl Iterator<Item = &'t str>) -> Witnesses {
    let mut found = Found::default();
    let mut names: Vec<(String, bool)> = Vec::new();
    let mut nets: BTreeSet<(IpAddr, u32)> = BTreeSet::new();
    let texts: Vec<&str> = texts.collect();
    // Every pattern has its classes; of a list of a million, look-alikes of some thousands, evenly spread, do.
    let every = texts.len().div_ceil(LOOK_ALIKES).max(1);
    for (at, text) in texts.into_iter().enumerate() {
        let (host, behind) = text.split_once('/').map_or((text, None), |(h, b)| (h, Some(b)));
        if let Ok(ip) = host.parse::<IpAddr>() {
            let most = if ip.is_ipv4() { 32 } else { 128 };
            nets.insert((ip, behind.and_then(|b| b.parse().ok()).unwrap_or(most)));
        } else if text != "plain" {
            let below = host.strip_prefix("*.").or_else(|| host.strip_prefix('.'));
            let (deeper, bare) = (below.is_some(), below.unwrap_or(host));
            let lower = bare.trim_end_matches('.').to_lowercase();
            if at % every == 0 {
                look_alikes(&lower, &mut found.alikes);
            }
            names.push((folded(lower), deeper));
        }
    }
    let names: Vec<Name> =
        names.iter().map(|(text, deeper)| Name { labels: text.rsplit('.').collect(), deeper: *deeper }).collect();
    walk(&names, &mut found);
    addresses(&nets, &mut found);
    let others = ["localhost", "intranet", "x.unlisted.example", "8.8.8.8", "2001:db8:ffff::1"];
    found.hosts.extend(BUILTINS.into_iter().chain(LIKE_ADDRESSES).chain(others).map(str::to_owned));
    let asked = |hosts: Vec<String>| Hosts::of(hosts.into_par_iter().filter(|host| is_host(host)).collect());
    let hosts = asked(found.hosts);
    Witnesses { alikes: asked(found.alikes).without(&hosts), hosts, classes: found.classes, too_many: found.too_many }
}

impl Witnesses {
    /// Adds what files mention: hosts and names below them, the edges of networks.
    #[must_use]
    pub fn mention(self, words: Hosts) -> Self {
        let mut nets: BTreeSet<(IpAddr, u32)> = BTreeSet::new();
        let mut names: Vec<String> = Vec::new();
        for word in words.without(&self.hosts).iter() {
            let (host, behind) = word.split_once('/').unwrap_or((word, ""));
            match host.parse::<IpAddr>() {
                Ok(ip) => {
                    let most = if ip.is_ipv4() { 32 } else { 128 };
                    nets.insert((ip, behind.parse().ok().filter(|length| *length <= most).unwrap_or(most)));
                }
                Err(_) => {
                    let name = host.split(':').next().unwrap_or_default();
                    names.extend([name.to_owned(), format!("{OTHER}.{name}")]);
                }
            }
        }
        // They are no classes of the policy: how many of them there are is not counted.
        let mut found = Found::default();
        addresses(&nets, &mut found);
        names.retain(|name| is_host(name));
        let hosts = self.hosts.and(found.hosts.into_iter().chain(names));
        Self { alikes: self.alikes.and(found.alikes).without(&hosts), hosts, ..self }
    }

    /// All of them, each with whether it is one of the alikes.
    pub fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        let alikes = self.alikes.iter().map(|host| (host, true));
        self.hosts.iter().map(|host| (host, false)).chain(alikes)
    }
}

/// Whether a client could ask for it.
fn is_host(host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok()
        || host.starts_with('[')
        || host.strip_suffix('.').is_some_and(|h| h.parse::<Ipv4Addr>().is_ok())
    {
        return true;
    }
    let bare = host.strip_suffix('.').unwrap_or(host);
    let fine = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let last = bare.rsplit('.').next().unwrap_or_default();
    // Browsers take a name whose last label is a number, in any base, for an address.
    let hex =
        last.to_ascii_lowercase().strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = hex || last.bytes().all(|b| b.is_ascii_digit());
    // IDN in its Unicode spelling is the browser's affair: what reaches a file is the A-label.
    bare.is_ascii() && bare.len() <= 253 && bare.split('.').all(fine) && !number
}

/// Names that look like one, and spellings of it.
fn look_alikes(name: &str, into: &mut Vec<String>) {
    let has_star = name.contains('*');
    let name = ascii(&name.replace('*', "x"));
    // What stands for a star may be a regular expression, to which a dot is any character.
    for (dot, _) in name.match_indices('.').filter(|_| has_star) {
        let (before, behind) = name.split_at(dot);
        into.push(format!("{before}-{}", behind.trim_start_matches('.')));
    }
    let apex = name.split_once('.').map_or("", |(_, apex)| apex);
    into.extend([
        format!("evil-{name}"),
        format!("evil{name}"),
        format!("{name}.evil"),
        format!("{name}.evil.example"),
        name.get(1..).unwrap_or_default().to_owned(),
        name.to_uppercase(),
        format!("{name}."),
        format!("CHILD.{}.", name.to_uppercase()),
        format!("a.b.c.d.e.f.{name}"),
        apex.to_owned(),
    ]);
}

fn ascii(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { idna::domain_to_ascii(name).unwrap_or_default() }
}

/// A name whose labels without a star are A-labels.
fn folded(name: String) -> String {
    let label = |label: &str| if label.contains('*') { label.to_owned() } else { ascii(label) };
    if name.is_ascii() { name } else { name.split('.').map(label).collect::<Vec<_>>().join(".") }
}

/// Patterns, each with how many of its labels were read.
type State = Vec<(usize, usize)>;

/// Walks the automaton: a state is the set of patterns that match or still can, with how many labels each has seen.
fn walk(names: &[Name], found: &mut Found) {
    // Where each pattern stands: all at their right end.
    let all: State = (0..names.len()).map(|at| (at, 0)).collect();
    let mut open: Vec<(String, State, bool)> = vec![(String::new(), all, false)];
    // The states behind a filled star, which many hosts reach. Literal labels alone lead to each state once.
    let mut met: BTreeSet<State> = BTreeSet::new();
    let label_of = |(at, seen): &(usize, usize)| names.get(*at).and_then(|n| n.labels.get(*seen)).copied();
    while let Some((host, items, is_filled)) = open.pop() {
        // What can be read next: every literal label, a filling of every star, and a label that is neither.
        let mut literal: Vec<(&str, (usize, usize))> = Vec::with_capacity(items.len());
        let mut starred: Vec<(&str, (usize, usize))> = Vec::new();
        for (label, (at, seen)) in items.iter().filter_map(|item| Some((label_of(item)?, item))) {
            let read = if label.contains('*') { &mut starred } else { &mut literal };
            read.push((label, (*at, seen + 1)));
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
        let still: State = items.iter().filter(|item| label_of(item).is_none()).filter(deep).copied().collect();
        let filled =
            fillings.iter().filter(|label| !is_literal(label)).map(|label| (label.as_str(), fitting(label), true));
        let alike = literal.chunk_by(|(a, _), (b, _)| a == b).filter_map(|alike| {
            let (label, _) = alike.first()?;
            let items = alike.iter().map(|(_, item)| *item).chain(fitting(label));
            Some((*label, items.collect(), is_filled))
        });
        for (label, mut next, is_filled) in filled.chain(alike) {
            let host = if host.is_empty() { label.to_owned() } else { format!("{label}.{host}") };
            found.classes += 1;
            found.hosts.push(host.clone());
            let more = next.iter().any(|item| label_of(item).is_some());
            let deeper = next.iter().any(|item| deep(&item));
            if more {
                next.extend(&still);
                next.sort_unstable();
                if !is_filled || met.insert(next.clone()) {
                    open.push((host, next, is_filled));
                }
                if met.len() > MOST_STATES {
                    found.too_many = true;
                    return;
                }
            } else if deeper {
                // Only "and everything below" is left: one label more is the last state.
                found.classes += 1;
                found.hosts.push(format!("{OTHER}.{host}"));
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
                    found.hosts.push(ip.to_string());
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
                    found.hosts.push(Ipv6Addr::from(n).to_string());
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
