//! Lookup by the labels of a host: the cost of a question is its number of labels, not the number of entries.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::Entry;
use crate::dest::{Depth, Host, HostName, Pattern};

/// The entries of a policy by what they match; final ones apart, as they are asked first.
#[derive(Debug, Default)]
pub struct Index {
    layers: [Layer; 2],
}

#[derive(Debug, Default)]
struct Layer {
    /// By the literal suffix a pattern ends in; `""` for patterns that begin with a glob in their last label.
    names: HashMap<Box<str>, Slot>,
    plain: Vec<u32>,
    /// By prefix length, longest first.
    nets: Vec<(u8, HashMap<IpNet, Vec<u32>>)>,
}

/// The entries of one suffix; positions ascend, and so stand in the order of the rules.
#[derive(Debug, Default)]
struct Slot {
    exact: Vec<u32>,
    within: Vec<u32>,
    /// `*.d` and `.d`: what lies below.
    below: Vec<u32>,
    /// Patterns with a glob left of the suffix, the most specific first.
    globs: Vec<u32>,
}

impl Index {
    /// Indexes entries by position.
    pub fn new(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            let at32 = u32::try_from(at).unwrap_or(u32::MAX);
            let [last, first] = &mut index.layers;
            let layer = if entry.is_final { first } else { last };
            match &entry.pattern {
                Pattern::Plain => layer.plain.push(at32),
                Pattern::Net(net) => layer.add_net(*net, at32),
                Pattern::Name(name) => {
                    let slot = layer.names.entry(name.anchor().into()).or_default();
                    match (name.has_globs(), name.depth()) {
                        (true, _) => slot.globs.push(at32),
                        (false, Depth::Exact) => slot.exact.push(at32),
                        (false, Depth::Below) => slot.below.push(at32),
                        (false, Depth::Within) => {
                            slot.within.push(at32);
                            slot.below.push(at32);
                        }
                    }
                }
            }
        }
        for layer in &mut index.layers {
            layer.nets.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
            for slot in layer.names.values_mut() {
                let entry = |at: &u32| entries.get(*at as usize);
                slot.globs.sort_by(|a, b| match (entry(a), entry(b)) {
                    (Some(x), Some(y)) => y.compare(*b as usize, x, *a as usize),
                    _ => std::cmp::Ordering::Equal,
                });
            }
        }
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
                && !visit_all(entries, found, visit)
            {
                return false;
            }
        }
        true
    }

    fn by_name<'e>(&self, entries: &'e [Entry], name: &HostName, visit: &mut dyn FnMut(&'e Entry) -> bool) -> bool {
        let host = name.as_str();
        if let Some(slot) = self.names.get(host)
            && !(visit_all(entries, &slot.exact, visit) && visit_all(entries, &slot.within, visit))
        {
            return false;
        }
        let mut rest = host;
        loop {
            let (more, suffix) = match rest.find('.') {
                Some(dot) => (true, rest.get(dot + 1..).unwrap_or_default()),
                None => (false, ""),
            };
            if let Some(slot) = self.names.get(suffix) {
                let matches = |at: &&u32| {
                    entries.get(**at as usize).is_some_and(|e| e.pattern.name().is_some_and(|p| p.matches(name)))
                };
                for at in slot.globs.iter().filter(matches) {
                    if !visit_all(entries, std::slice::from_ref(at), visit) {
                        return false;
                    }
                }
                if !visit_all(entries, &slot.below, visit) {
                    return false;
                }
            }
            if !more {
                break;
            }
            rest = suffix;
        }
        host.contains('.') || visit_all(entries, &self.plain, visit)
    }
}

fn visit_all<'e>(entries: &'e [Entry], at: &[u32], visit: &mut dyn FnMut(&'e Entry) -> bool) -> bool {
    at.iter().filter_map(|at| entries.get(*at as usize)).all(visit)
}
