//! What changes in classes of hosts, said with the fewest patterns: each pattern says only what those around it do not say
//! already, port by port, as in a policy, where the most specific pattern that speaks of a port decides.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::lines::Where;
use super::networks::{Family, fewest};
use super::partition::{Known, Partition};
use super::ports::{Beyond, Change, Words};
use super::space::{Class, Reach};

/// A pattern, and what it says beyond those around it.
#[derive(Debug)]
pub struct Found {
    /// The pattern.
    pub what: Where,
    /// A host of it, and of none that is narrower.
    pub host: String,
    /// What it says.
    pub beyond: Beyond,
    /// Narrower patterns that change nothing, with their ports.
    pub except: Vec<String>,
}

impl Found {
    fn new(what: Where, host: &str, beyond: Beyond) -> Self {
        Self { what, host: host.to_owned(), beyond, except: Vec::new() }
    }
}

/// What changes at the hosts that were asked about.
#[derive(Debug, Clone, Copy)]
pub struct Changes<'c> {
    /// Those at which something does.
    pub of_host: &'c HashMap<String, Change>,
    /// How ports are put into words.
    pub words: Words,
}

impl<'c> Changes<'c> {
    fn of(&self, host: Option<&str>) -> &'c Change {
        host.and_then(|host| self.of_host.get(host)).unwrap_or(Change::NOTHING)
    }
}

/// The patterns for names.
pub fn names(partition: &Partition, changes: &Changes) -> Vec<Found> {
    let classes = &partition.classes;
    let hosts = hosts(classes);
    let host_of = |at: usize| hosts.get(at).copied().flatten();
    let mut lines: Vec<Found> = Vec::new();
    // The line of each class that has one.
    let mut own: Vec<Option<usize>> = Vec::with_capacity(classes.len());
    let mut exact: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, class) in classes.iter().enumerate() {
        let around: Vec<&Change> = class.under.iter().map(|above| changes.of(host_of(*above))).collect();
        let beyond = changes.of(host_of(at)).beyond(&around);
        if beyond.is_none() {
            own.push(None);
            continue;
        }
        // A name and everything below it: one pattern.
        if class.reach == Reach::Below
            && let Some(line) = exact.get(class.labels.as_str()).copied()
            && let Some(found) = lines.get_mut(line)
            && found.beyond == beyond
        {
            found.what = Where::Names(format!(".{}", class.labels));
            own.push(Some(line));
            continue;
        }
        let what = if class.reach == Reach::Rest { Where::Rest } else { Where::Names(class.words()) };
        lines.push(Found::new(what, host_of(at).unwrap_or_default(), beyond));
        if class.reach == Reach::Exact {
            exact.insert(&class.labels, lines.len() - 1);
        }
        own.push(Some(lines.len() - 1));
    }
    // Where a pattern only says that nothing changes, it is an exception of the one around it that says something.
    let mut except: BTreeMap<usize, usize> = BTreeMap::new();
    let around = |mut above: Option<usize>, narrow: &Beyond, lines: &[Found]| {
        while let Some(at) = above {
            let line = own.get(at).copied().flatten();
            if let Some(line) = line.filter(|line| lines.get(*line).is_some_and(|wide| narrow.limits(&wide.beyond))) {
                return Some(line);
            }
            above = classes.get(at).and_then(|class| class.under.first().copied());
        }
        None
    };
    for (at, class) in classes.iter().enumerate() {
        let Some(line) = own.get(at).copied().flatten() else { continue };
        if let Some(found) = lines.get(line).filter(|found| found.beyond.changes.is_none())
            && let Some(around) = around(class.under.first().copied(), &found.beyond, &lines)
        {
            except.entry(line).or_insert(around);
        }
    }
    let known = Known::of(classes, !partition.besides().is_empty());
    for (host, meaning) in partition.besides() {
        let class = known.usual(classes, host);
        let beyond = changes.of(Some(host)).beyond(&[changes.of(class.and_then(host_of))]);
        if beyond.is_none() {
            continue;
        }
        if let Some(around) = around(class, &beyond, &lines).filter(|_| beyond.changes.is_none()) {
            except.insert(lines.len(), around);
        }
        lines.push(Found::new(Where::Besides(meaning.clone()), host, beyond));
    }
    fold(&mut lines, &except, changes.words);
    lines
}

/// A host of each class. One without hosts of its own says what the first of its exceptions says, and saves that its line; one
/// of which nothing can be said as a whole, what is said around it.
fn hosts(classes: &[Class]) -> Vec<Option<&str>> {
    let mut first: BTreeMap<usize, &str> = BTreeMap::new();
    for class in classes {
        for (above, host) in class.under.iter().filter_map(|above| Some((above, class.host.as_deref()?))) {
            first.entry(*above).or_insert(host);
        }
    }
    let mut hosts: Vec<Option<&str>> = Vec::with_capacity(classes.len());
    for (at, class) in classes.iter().enumerate() {
        let around = || class.under.first().and_then(|above| hosts.get(*above).copied().flatten());
        let own = || class.host.as_deref().or_else(|| first.get(&at).copied());
        let host = if class.is_uneven { around() } else { own() };
        hosts.push(host);
    }
    hosts
}

/// Makes exceptions of lines: each becomes one of the line it is given with.
fn fold(lines: &mut Vec<Found>, except: &BTreeMap<usize, usize>, ports: Words) {
    for (line, around) in except {
        let (Some(found), Some(whole)) = (lines.get(*line), lines.get(*around)) else { continue };
        let all = ports.of(whole.beyond.changes.pieces().iter().map(|piece| piece.span));
        let own = ports.of(found.beyond.keeps.iter().copied());
        // With its ports when they are not all that the line around it speaks of.
        let what = found.what.words();
        let words = if own == all { what } else { format!("{what} [{own}]") };
        if let Some(around) = lines.get_mut(*around) {
            around.except.push(words);
        }
    }
    let mut at = 0;
    lines.retain(|_| {
        at += 1;
        !except.contains_key(&(at - 1))
    });
}

/// The networks for addresses: ranges, by their first addresses, ascending, each reaching to the next.
pub fn networks(family: Family, starts: &[IpAddr], changes: &Changes) -> Vec<Found> {
    let of_range: Vec<&Change> = starts.iter().map(|ip| changes.of(Some(&ip.to_string()))).collect();
    let mut known: Vec<&Change> = of_range.iter().filter(|change| !change.is_none()).copied().collect();
    known.sort();
    known.dedup();
    let number = |change: &Change| known.binary_search(&change).map_or(0, |at| at + 1);
    let numbered: Vec<(IpAddr, usize)> =
        starts.iter().zip(of_range).map(|(ip, change)| (*ip, number(change))).collect();
    let of = |value: usize| value.checked_sub(1).and_then(|at| known.get(at).copied()).unwrap_or(Change::NOTHING);
    let placed = fewest(family, &numbered, 0);
    let mut lines: Vec<Found> = Vec::new();
    let mut except: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, network) in placed.iter().enumerate() {
        let around = network.under.and_then(|above| placed.get(above)).map_or(Change::NOTHING, |above| of(above.value));
        let beyond = of(network.value).beyond(&[around]);
        // An address that this network speaks of, and none of the narrower ones.
        let narrower: Vec<_> =
            placed.iter().skip(at + 1).take_while(|other| network.net.contains(&other.net)).collect();
        let own = |ip: &IpAddr| network.net.contains(ip) && !narrower.iter().any(|other| other.net.contains(ip));
        let first = network.net.network();
        let from = starts.partition_point(|ip| *ip < first);
        let within = || starts.iter().skip(from).find(|ip| own(ip)).copied();
        let host = if own(&first) { first } else { within().unwrap_or(first) };
        let what = if network.net.prefix_len() == 0 { Where::Every(network.net) } else { Where::Net(network.net) };
        if beyond.changes.is_none() {
            let says = |at: usize| lines.get(at).is_some_and(|line: &Found| beyond.limits(&line.beyond));
            let mut above = network.under;
            while let Some(wider) = above.filter(|wider| !says(*wider)) {
                above = placed.get(wider).and_then(|wider| wider.under);
            }
            if let Some(above) = above {
                except.insert(at, above);
            }
        }
        lines.push(Found::new(what, &host.to_string(), beyond));
    }
    fold(&mut lines, &except, changes.words);
    lines
}

/// What no pattern and no network names, when it changes in one way, is one line.
pub fn merge_rest(lines: &mut Vec<Found>) {
    let is_rest = |line: &Found| matches!(line.what, Where::Rest | Where::Every(_));
    let all: Vec<usize> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(is_rest)).collect();
    let [first, others @ ..] = all.as_slice() else { return };
    let Some(beyond) = lines.get(*first).map(|line| line.beyond.clone()).filter(|_| others.len() == 2) else { return };
    if !others.iter().all(|at| lines.get(*at).is_some_and(|line| line.beyond == beyond)) {
        return;
    }
    let more: Vec<String> =
        others.iter().filter_map(|at| lines.get(*at)).flat_map(|line| line.except.clone()).collect();
    if let Some(line) = lines.get_mut(*first) {
        line.what = Where::Everything;
        line.except.extend(more);
    }
    for at in others.iter().rev() {
        lines.remove(*at);
    }
}
