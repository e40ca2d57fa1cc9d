//! ACLs of one type each, made from sets of patterns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv6Addr;

use hashbrown::HashSet;
use ipnet::IpNet;
use minijinja::{Value, context};
use serde::Serialize;

use crate::dest::{Depth, Pattern, first_bytes, ip, parents};
use crate::policy::Entry;
use crate::resolve::Plan;

/// A list file of one ACL.
#[derive(Debug)]
pub struct List {
    /// The file's name.
    pub file: String,
    /// The ACL it belongs to.
    pub acl: String,
    /// Its values, under the words that say where they come from.
    pub sections: Vec<Section>,
    /// How many values.
    pub lines: usize,
}

impl List {
    /// For the template of a list.
    pub fn context(self) -> Value {
        let section = |Section { about, values }| context! { about, values => Value::from_object(values) };
        context! { acl => self.acl, sections => self.sections.into_iter().map(section).collect::<Vec<_>>() }
    }
}

/// Values of one origin.
#[derive(Debug)]
pub struct Section {
    /// Where they come from.
    pub about: String,
    /// The values.
    pub values: Vec<String>,
}

/// An `acl` line.
#[derive(Debug, Serialize)]
pub struct Acl {
    /// Its name.
    pub name: String,
    /// Its type and options: `dstdomain -n`.
    pub kind: String,
    /// Its list file.
    pub file: Option<String>,
    /// Its values, when there is no file.
    pub values: String,
}

/// The ACLs of one configuration; equal content is said once.
#[derive(Debug, Default)]
pub struct Acls {
    /// The `acl` lines, each before its use.
    pub acls: Vec<Acl>,
    /// The list files.
    pub lists: Vec<List>,
    by_content: HashMap<(String, String), String>,
    names: BTreeSet<String>,
}

/// A way to match a set of patterns: ACLs that must all match, `!` in front of those that must not.
pub type Terms = Vec<String>;

/// What kinds of hosts a piece of a pattern set matches: its exceptions are of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Names.
    Names,
    /// Addresses.
    Addresses,
}

impl Acls {
    /// An ACL with its values on the line.
    pub fn inline(&mut self, name: &str, kind: &str, values: &str) -> String {
        let key = (kind.to_owned(), values.to_owned());
        if let Some(name) = self.by_content.get(&key) {
            return name.clone();
        }
        let name = self.free_name(name);
        self.by_content.insert(key, name.clone());
        self.acls.push(Acl { name: name.clone(), kind: kind.to_owned(), file: None, values: values.to_owned() });
        name
    }

    /// An ACL under exactly this name.
    pub fn fixed(&mut self, name: &str, kind: &str, values: &str) {
        self.names.insert(name.to_owned());
        self.acls.push(Acl { name: name.to_owned(), kind: kind.to_owned(), file: None, values: values.to_owned() });
    }

    fn list(&mut self, name: &str, kind: &str, sections: Vec<Section>) -> String {
        let mut sorted: Vec<&str> = sections.iter().flat_map(|s| s.values.iter().map(String::as_str)).collect();
        sorted.sort_unstable();
        let key = (kind.to_owned(), sorted.join("\n"));
        if let Some(name) = self.by_content.get(&key) {
            return name.clone();
        }
        let lines = sorted.len();
        let name = self.free_name(name);
        let file = format!("{name}.txt");
        self.by_content.insert(key, name.clone());
        self.acls.push(Acl {
            name: name.clone(),
            kind: kind.to_owned(),
            file: Some(file.clone()),
            values: String::new(),
        });
        self.lists.push(List { file, acl: name.clone(), sections, lines });
        name
    }

    /// A name not taken yet; at most 63 characters, which is where Squid ends.
    fn free_name(&mut self, wanted: &str) -> String {
        let wanted: String = wanted.chars().take(56).collect();
        let mut name = wanted.clone();
        let mut n = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{wanted}_{n}");
            n += 1;
        }
        name
    }

    /// The ways to match a set of entries: any of them is enough.
    pub fn any_of(&mut self, entries: &[&Entry], label: &str, plan: &Plan) -> Vec<(About, Terms)> {
        let sorted = Sorted::of(entries);
        let mut ways = Vec::new();
        if !sorted.names.is_empty() {
            let values = minimal_cover(sorted.names);
            let values = sections(values.iter().map(Domain::value), plan);
            let name = self.list(&format!("pw_names_{label}"), "dstdomain -n", values);
            ways.push((About::Names, vec![name]));
        }
        if !sorted.below.is_empty() {
            let values = minimal_cover(sorted.below);
            // `.d` takes the apex d: it must not match, unless another line allows it.
            let apexes = sections(values.iter().map(|domain| (domain.name.to_owned(), domain.entry)), plan);
            let values = sections(values.iter().map(Domain::value), plan);
            let below = self.list(&format!("pw_below_{label}"), "dstdomain -n", values);
            let apex = self.list(&format!("pw_apex_{label}"), "dstdomain -n", apexes);
            ways.push((About::Names, vec![below, format!("!{apex}")]));
        }
        if !sorted.regexes.is_empty() {
            let name = self.list(
                &format!("pw_regex_{label}"),
                "dstdom_regex -n -i",
                sections(sorted.regexes.into_iter(), plan),
            );
            ways.push((About::Names, vec![name]));
        }
        let values = addresses(&sorted.nets);
        if !values.is_empty() {
            let name = self.list(&format!("pw_addresses_{label}"), "dst -n", sections(values.into_iter(), plan));
            ways.push((About::Addresses, vec![name]));
        }
        ways
    }

    /// The terms that keep a set of entries out.
    pub fn none_of(&mut self, entries: &[&Entry], label: &str, plan: &Plan) -> Vec<(About, String)> {
        let ways = self.any_of(entries, &format!("except_{label}"), plan);
        ways.into_iter()
            .map(|(about, terms)| match terms.as_slice() {
                [one] => (about, format!("!{one}")),
                // "below and not apex" as a whole has to be negated.
                _ => (
                    about,
                    format!("!{}", self.inline(&format!("pw_strictly_except_{label}"), "all-of", &terms.join(" "))),
                ),
            })
            .collect()
    }
}

/// Entries by the ACL type that says them, each value with the first entry that has it.
#[derive(Default)]
struct Sorted<'e> {
    names: Vec<Domain<'e>>,
    below: Vec<Domain<'e>>,
    regexes: Vec<(String, &'e Entry)>,
    nets: Vec<(IpNet, &'e Entry)>,
}

impl<'e> Sorted<'e> {
    fn of(entries: &[&'e Entry]) -> Self {
        let mut sorted = Self::default();
        let names = entries.iter().filter_map(|entry| entry.pattern.name()).filter(|name| !name.has_globs());
        let below = names.clone().filter(|name| name.depth() == Depth::Below).count();
        sorted.below.reserve(below);
        sorted.names.reserve(names.count() - below);
        for entry in entries {
            match &entry.pattern {
                Pattern::Net(net) => sorted.nets.push((*net, entry)),
                Pattern::Name(name) if !name.has_globs() => {
                    let list = if name.depth() == Depth::Below { &mut sorted.below } else { &mut sorted.names };
                    list.push(Domain::new(name.depth() != Depth::Exact, name.labels(), entry));
                }
                pattern => {
                    let Some(regex) = regex(pattern) else {
                        continue;
                    };
                    if !sorted.regexes.iter().any(|(r, _)| *r == regex) {
                        sorted.regexes.push((regex, entry));
                    }
                }
            }
        }
        for list in [&mut sorted.names, &mut sorted.below] {
            // Stable: of equal values the first entry stays.
            list.sort_by(|a, b| a.first.cmp(&b.first).then_with(|| a.name.cmp(b.name)));
            list.dedup_by(|value, before| (value.dot, value.name) == (before.dot, before.name));
        }
        sorted
    }
}

/// A value of a `dstdomain` list, with the first entry that has it.
struct Domain<'e> {
    /// Its first bytes: what most differ in when they are sorted as texts.
    first: u128,
    dot: bool,
    name: &'e str,
    entry: &'e Entry,
}

impl<'e> Domain<'e> {
    fn new(dot: bool, name: &'e str, entry: &'e Entry) -> Self {
        Self { first: first_bytes(dot.then_some(b'.').into_iter().chain(name.bytes())), dot, name, entry }
    }

    fn value(&self) -> (String, &'e Entry) {
        ([if self.dot { "." } else { "" }, self.name].concat(), self.entry)
    }
}

/// Drops every value that a `.d` of the same list covers: in Squid up to 6 an overlap is a warning or FATAL, depending
/// on the order, and `.d` beside `d` is always FATAL.
fn minimal_cover(mut values: Vec<Domain>) -> Vec<Domain> {
    let dotted: HashSet<&str> = values.iter().filter(|value| value.dot).map(|value| value.name).collect();
    // A name is covered by its own `.d` too, which does not cover itself.
    let is_covered = |value: &Domain| {
        (!value.dot && dotted.contains(value.name)) || parents(value.name).any(|suffix| dotted.contains(suffix))
    };
    values.retain(|value| !is_covered(value));
    values
}

/// The networks of a list, each with the first entry it holds.
fn addresses<'e>(nets: &[(IpNet, &'e Entry)]) -> Vec<(String, &'e Entry)> {
    let mut out = Vec::new();
    for net in ip::aggregate(nets.iter().map(|(net, _)| net)) {
        let Some((_, entry)) = nets.iter().find(|(n, _)| net.contains(n)) else { continue };
        out.extend(sayable(net).iter().map(|net| (ip::show(net), *entry)));
    }
    out
}

/// Client networks as values of one `src` ACL.
pub fn sources(nets: &[IpNet]) -> String {
    ip::aggregate(nets.iter()).into_iter().flat_map(sayable).map(|net| ip::show(&net)).collect::<Vec<_>>().join(" ")
}

/// An aggregated network as Squid has to be told it: disjoint, as Squid up to 6 loses the wider of two nested ones; not
/// `0.0.0.0/0`, which is an error to Squid (it wants `all`, which would be both families); and without `::ffff:0:0/96`,
/// where Squid keeps IPv4, so that no network of IPv6 takes all of IPv4 along.
fn sayable(net: IpNet) -> Vec<IpNet> {
    let split = match net {
        IpNet::V4(_) => net.prefix_len() == 0,
        IpNet::V6(net) => net.contains(&MAPPED) && net.prefix_len() < MAPPED_LENGTH,
    };
    if split {
        return net.subnets(net.prefix_len() + 1).map(|halves| halves.flat_map(sayable).collect()).unwrap_or_default();
    }
    let mapped = matches!(net, IpNet::V6(net) if net.addr() == MAPPED && net.prefix_len() == MAPPED_LENGTH);
    // `0.0.0.0` and `::` are names to Squid.
    let unspecified = net.addr().is_unspecified() && net.prefix_len() == net.max_prefix_len();
    if mapped || unspecified { Vec::new() } else { vec![net] }
}

/// `::ffff:0:0/96`, IPv4 as IPv6.
const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
const MAPPED_LENGTH: u8 = 96;

/// A pattern with globs, or plain names, as an anchored POSIX extended regular expression.
pub fn regex(pattern: &Pattern) -> Option<String> {
    let name = match pattern {
        // Squid keeps the brackets of an IPv6 literal, which has no dot either.
        Pattern::Plain => return Some("^[^].:[]+$".to_owned()),
        Pattern::Net(_) => return None,
        Pattern::Name(name) => name,
    };
    let mut out = String::from("^");
    match name.depth() {
        Depth::Exact => {}
        Depth::Below => out.push_str("([^].:[]+\\.)+"),
        Depth::Within => out.push_str("([^].:[]+\\.)*"),
    }
    let labels: Vec<String> = name
        .labels()
        .split('.')
        // Squid keeps the brackets and colons of an IPv6 literal, which no name pattern may match.
        .map(|label| if label == "*" { "[^].:[]+".to_owned() } else { label.replace('*', "[^].:[]*") })
        .collect();
    out.push_str(&labels.join("\\."));
    out.push('$');
    Some(out)
}

/// The patterns with stars that regular expressions in a text say: [`regex`] read again.
pub fn starred(text: &str) -> Vec<String> {
    if !text.contains("[^].:[]") {
        return Vec::new();
    }
    let stars = |line: &str| line.replace("[^].:[]+", "*").replace("[^].:[]*", "*").replace("\\.", ".");
    let bare = |line: String| {
        let line = line.trim().trim_start_matches('^').trim_end_matches('$');
        let below = ["(*.)+", "(*.)*"].iter().find_map(|sign| line.strip_prefix(sign));
        below.unwrap_or(line).to_owned()
    };
    text.lines().filter(|line| line.contains("[^].:[]")).map(stars).map(bare).collect()
}

/// Values under the words that say where they come from, in the order of the rules.
fn sections<'e>(values: impl ExactSizeIterator<Item = (String, &'e Entry)>, plan: &Plan) -> Vec<Section> {
    let mut by_origin: Vec<((u32, &str), Vec<String>)> = Vec::new();
    let mut places: BTreeMap<(u32, &str), usize> = BTreeMap::new();
    let (most, mut last) = (values.len(), 0);
    for (value, entry) in values {
        let origin = (entry.rule, plan.item(entry).map_or("hosts", |item| item.service.id.as_str()));
        // Most stand behind one of the same origin.
        if by_origin.get(last).is_none_or(|(own, _)| *own != origin) {
            last = *places.entry(origin).or_insert_with(|| {
                by_origin.push((origin, Vec::with_capacity(if by_origin.is_empty() { most } else { 0 })));
                by_origin.len() - 1
            });
        }
        if let Some((_, values)) = by_origin.get_mut(last) {
            values.push(value);
        }
    }
    by_origin.sort_by_key(|(origin, _)| *origin);
    by_origin
        .into_iter()
        .map(|((rule, service), values)| {
            let who = plan.site.rules.get(rule as usize).map(|r| r.who.clone()).unwrap_or_default();
            let mut about = format!("{service}, rule {}", rule + 1);
            let words = [("ticket", who.ticket), ("owner", who.owner), ("reason", who.reason), ("until", who.until)];
            for (word, text) in words {
                if let Some(text) = text {
                    let text: String = text.chars().take(300).collect();
                    about.push_str(&format!("; {word}: {text}"));
                }
            }
            Section { about, values }
        })
        .collect()
}
