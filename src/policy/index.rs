//! Lookup by the labels of a host: the cost of a question is its number of labels, not the number of entries.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::net::IpAddr;

use hashbrown::{DefaultHashBuilder, HashTable};
use ipnet::IpNet;

use super::Entry;
use crate::dest::{Depth, Host, HostName, NamePattern, Pattern};

/// The entries of a policy by what they match; final ones apart, as they are asked first.
#[derive(Debug, Default)]
pub struct Index {
    layers: [Layer; 2],
}

#[derive(Debug, Default)]
struct Layer {
    /// Slots by the literal suffix of their patterns, which the entries hold; `""` for patterns that end in a label with a glob.
    names: HashTable<Slot>,
    hasher: DefaultHashBuilder,
    /// The entries of all slots, one slot behind the other.
    listed: Vec<u32>,
    plain: Vec<u32>,
    /// By prefix length, longest first.
    nets: Vec<(u8, HashMap<IpNet, Vec<u32>>)>,
}

/// The entries of one suffix, by their places in `listed`: from the first on patterns with a glob left of the suffix, the most
/// specific first; then the others in the order of the rules.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// One of the entries, which holds the suffix.
    entry: u32,
    first: u32,
    without_globs: u32,
    end: u32,
}

impl Index {
    /// Indexes entries by position.
    pub fn new(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        let [last, first] = &mut index.layers;
        last.fill(entries, false);
        first.fill(entries, true);
        index
    }

    /// Calls `visit` with each entry that matches, the winner first, until it says false.
    pub fn matching<'e>(&self, entries: &'e [Entry], host: &Host, visit: &mut dyn FnMut(&'e Entry) -> bool) {
        for layer in self.layers.iter().rev() {
            let go_on = match host {
                Host::Ip(ip) => layer.by_address(entries, *ip, visit),
                Host::Name(name) => layer.by_name(entries, name, visit),
            };
            if !go_on {
                return;
            }
        }
    }
}

impl Layer {
    /// Takes in the entries that are final, or those that are not.
    fn fill(&mut self, entries: &[Entry], final_ones: bool) {
        let own = || entries.iter().enumerate().filter(|(_, entry)| entry.is_final == final_ones);
        // Suffixes by their numbers: an entry of each, and how many it has; and the number of the suffix of each name.
        let most = own().count();
        let mut known: HashTable<u32> = HashTable::with_capacity(most);
        let mut of_suffix: Vec<(u32, u32)> = Vec::with_capacity(most);
        let mut numbers: Vec<u32> = Vec::with_capacity(most);
        let anchor = |at: u32| name(entries, at).map_or("", NamePattern::anchor);
        for (at, entry) in own() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            match &entry.pattern {
                Pattern::Plain => self.plain.push(at),
                Pattern::Net(net) => self.add_net(*net, at),
                Pattern::Name(name) => {
                    let hasher = &self.hasher;
                    let key = |number: &u32| of_suffix.get(*number as usize).map_or("", |(first, _)| anchor(*first));
                    let is = |number: &u32| key(number) == name.anchor();
                    let rehash = |number: &u32| hasher.hash_one(key(number));
                    let new = u32::try_from(of_suffix.len()).unwrap_or(u32::MAX);
                    let place = known.entry(hasher.hash_one(name.anchor()), is, rehash);
                    let number = *place.or_insert(new).get();
                    if number == new {
                        of_suffix.push((at, 0));
                    }
                    if let Some((_, count)) = of_suffix.get_mut(number as usize) {
                        *count += 1;
                    }
                    numbers.push(number);
                }
            }
        }
        drop(known);
        let mut slots: Vec<Slot> = Vec::with_capacity(of_suffix.len());
        let mut end = 0;
        for (entry, count) in of_suffix {
            slots.push(Slot { entry, first: end, without_globs: end, end });
            end += count;
        }
        self.listed = vec![0; numbers.len()];
        // Those with globs first: a slot is filled from its `end`, where it begins.
        let names = || own().filter(|(_, entry)| matches!(entry.pattern, Pattern::Name(_)));
        for globs in [true, false] {
            for ((at, entry), number) in names().zip(&numbers) {
                let Some(slot) = slots.get_mut(*number as usize) else { continue };
                if entry.pattern.name().is_some_and(NamePattern::has_globs) != globs {
                    continue;
                }
                if let Some(place) = self.listed.get_mut(slot.end as usize) {
                    *place = u32::try_from(at).unwrap_or(u32::MAX);
                }
                slot.end += 1;
                slot.without_globs += u32::from(globs);
            }
        }
        let entry = |at: &u32| entries.get(*at as usize);
        for slot in slots.iter().filter(|slot| slot.first < slot.without_globs) {
            let globs = self.listed.get_mut(slot.first as usize..slot.without_globs as usize).unwrap_or_default();
            globs.sort_by(|a, b| match (entry(a), entry(b)) {
                (Some(x), Some(y)) => y.compare(*b as usize, x, *a as usize),
                _ => std::cmp::Ordering::Equal,
            });
        }
        let hash = |slot: &Slot| self.hasher.hash_one(anchor(slot.entry));
        self.names.reserve(slots.len(), hash);
        for slot in slots {
            self.names.insert_unique(hash(&slot), slot, hash);
        }
        self.nets.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    }

    /// The entries of a suffix: those with globs, and the others.
    fn of_suffix(&self, entries: &[Entry], suffix: &str) -> (&[u32], &[u32]) {
        let listed = |from: u32, to: u32| self.listed.get(from as usize..to as usize).unwrap_or_default();
        let is = |slot: &Slot| name(entries, slot.entry).is_some_and(|name| name.anchor() == suffix);
        let found = self.names.find(self.hasher.hash_one(suffix), is);
        found.map_or((&[], &[]), |slot| (listed(slot.first, slot.without_globs), listed(slot.without_globs, slot.end)))
    }

    fn add_net(&mut self, net: IpNet, at: u32) {
        let length = net.prefix_len();
        let of_length = match self.nets.iter_mut().find(|(l, _)| *l == length) {
            Some((_, nets)) => nets,
            None => {
                self.nets.push((length, HashMap::new()));
                let Some((_, nets)) = self.nets.last_mut() else {
                    return;
                };
                nets
            }
        };
        of_length.entry(net).or_default().push(at);
    }

    fn by_address<'e>(&self, entries: &'e [Entry], ip: IpAddr, visit: &mut dyn FnMut(&'e Entry) -> bool) -> bool {
        for (length, nets) in &self.nets {
            let Ok(net) = IpNet::new(ip, *length) else {
                continue;
            };
            if let Some(found) = nets.get(&net.trunc())
                && !visit_listed(entries, found, visit)
            {
                return false;
            }
        }
        true
    }

    fn by_name<'e>(&self, entries: &'e [Entry], name: &HostName, visit: &mut dyn FnMut(&'e Entry) -> bool) -> bool {
        let host = name.as_str();
        // Most policies have no final names: they are not asked for.
        if self.names.is_empty() {
            return host.contains('.') || visit_listed(entries, &self.plain, visit);
        }
        // The names themselves, then `.d`, of which the host is the domain.
        let (_, own) = self.of_suffix(entries, host);
        for depth in [Depth::Exact, Depth::Within] {
            if !visit_all(entries, own, |pattern| pattern.depth() == depth, visit) {
                return false;
            }
        }
        let mut rest = host;
        loop {
            let (more, suffix) = match rest.find('.') {
                Some(dot) => (true, rest.get(dot + 1..).unwrap_or_default()),
                None => (false, ""),
            };
            let (globs, others) = self.of_suffix(entries, suffix);
            let is_below = |pattern: &NamePattern| pattern.depth() != Depth::Exact;
            if !visit_all(entries, globs, |pattern| pattern.matches(name), visit)
                || !visit_all(entries, others, is_below, visit)
            {
                return false;
            }
            if !more {
                break;
            }
            rest = suffix;
        }
        host.contains('.') || visit_listed(entries, &self.plain, visit)
    }
}

/// The pattern of an entry, when it is a name.
fn name(entries: &[Entry], at: u32) -> Option<&NamePattern> {
    entries.get(at as usize)?.pattern.name()
}

/// Visits entries whose names are wanted, until `visit` says false.
fn visit_all<'e>(
    entries: &'e [Entry],
    at: &[u32],
    wanted: impl Fn(&NamePattern) -> bool,
    visit: &mut dyn FnMut(&'e Entry) -> bool,
) -> bool {
    let found = at.iter().filter_map(|at| entries.get(*at as usize));
    found.filter(|entry| entry.pattern.name().is_some_and(&wanted)).all(visit)
}

fn visit_listed<'e>(entries: &'e [Entry], at: &[u32], visit: &mut dyn FnMut(&'e Entry) -> bool) -> bool {
    at.iter().filter_map(|at| entries.get(*at as usize)).all(visit)
}
