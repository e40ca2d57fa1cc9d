//! The policy as lookup tables: what a PAC file holds.
//!
//! Every name has at most two actions, one for itself and one for what lies below; an asker walks from the whole name
//! up its suffixes and takes the first action that says something of the port. What the walk would find anyway is
//! left out.

mod finals;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hashbrown::HashMap;
use ipnet::IpNet;

use super::Entry;
use super::action::Action;
use crate::dest::{Depth, NamePattern, Pattern, Ports, by_labels};
use crate::site::RouteId;

/// Lookup tables.
#[derive(Debug, Default)]
pub struct Table {
    /// The distinct actions; the layers refer to them by position.
    pub actions: Vec<Action>,
    /// One, or two: where final rules cannot be worked into the others, they come first.
    pub layers: Vec<Layer>,
    /// First addresses of ranges, ascending, with the action that holds from there on; final rules are worked in.
    pub v4: Vec<(Ipv4Addr, Option<usize>)>,
    /// The same for IPv6.
    pub v6: Vec<(Ipv6Addr, Option<usize>)>,
    /// How many names were left out because the next less specific entry, or the default, says the same.
    pub implied: usize,
}

/// The tables of one layer.
#[derive(Debug, Default)]
pub struct Layer {
    /// Name -> action, sorted by labels from the right.
    pub names: Vec<(String, usize)>,
    /// Suffix -> action of all names below it, sorted by labels from the right.
    pub below: Vec<(String, usize)>,
    /// Patterns with globs, by anchor, the most specific first.
    pub globs: Vec<GlobRow>,
    /// The action of names without a dot.
    pub plain: Option<usize>,
}

/// A pattern with globs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobRow {
    /// The literal suffix it ends in.
    pub anchor: String,
    /// How deep it reaches above its labels.
    pub depth: Depth,
    /// The labels left of the anchor, from right to left.
    pub labels: Vec<String>,
    /// Its action.
    pub action: usize,
}

impl Layer {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.below.is_empty() && self.globs.is_empty() && self.plain.is_none()
    }
}

/// One layer while it is built.
#[derive(Default)]
struct Draft<'p> {
    names: HashMap<&'p str, Action>,
    below: HashMap<&'p str, Action>,
    /// `.d` entries, until they are put behind the exact ones of the same name.
    within: Vec<(&'p str, Action)>,
    globs: BTreeMap<&'p str, Vec<(&'p NamePattern, Action)>>,
    plain: Action,
}

/// A network, whether its rule is final, and what it says.
type Net = (IpNet, bool, Action);

/// The route of what a chain of actions does not know: stands for globs whose match depends on the host.
const UNKNOWN: RouteId = RouteId(u16::MAX);

/// Compiles entries without a default: what is listed, whatever the default says of it.
#[must_use]
pub fn listed(entries: &[Entry]) -> Table {
    compile(entries, UNKNOWN, Clone::clone)
}

/// Compiles the entries of a policy with its default; `widen` says which ports an entry covers in this output.
pub fn compile(entries: &[Entry], default: RouteId, widen: impl Fn(&Ports) -> Ports) -> Table {
    let mut first = Draft::default();
    let mut then = Draft::default();
    let mut nets: Vec<Net> = Vec::new();
    for entry in entries {
        let ports = widen(&entry.ports);
        if let Pattern::Net(net) = &entry.pattern {
            nets.push((*net, entry.is_final, Action::of(&ports, entry.route)));
            continue;
        }
        let draft = if entry.is_final { &mut first } else { &mut then };
        draft.add(entry, &ports);
    }
    first.sort();
    then.sort();
    finals::work_in(&mut first, &mut then);
    let mut drafts = [first, then];
    let implied = prune(&mut drafts, default);
    let mut actions = Actions::default();
    let layers: Vec<Layer> = drafts
        .into_iter()
        .enumerate()
        // What the final layer does not say, the other one may: only the last layer may drop what the default says.
        .map(|(at, draft)| draft.finish(&mut actions, (at == 1).then_some(default)))
        .filter(|layer| !layer.is_empty())
        .collect();
    let v4 = ranges(&nets, true, &mut actions, default);
    let v4 = v4.into_iter().map(|(n, id)| (Ipv4Addr::from_bits(u32::try_from(n).unwrap_or(u32::MAX)), id)).collect();
    let v6 = ranges(&nets, false, &mut actions, default);
    let v6 = v6.into_iter().map(|(n, id)| (Ipv6Addr::from_bits(n), id)).collect();
    Table { actions: actions.list, layers, v4, v6, implied }
}

impl<'p> Draft<'p> {
    fn add(&mut self, entry: &'p Entry, ports: &Ports) {
        let route = entry.route;
        match &entry.pattern {
            Pattern::Plain => self.plain.add(ports, route),
            Pattern::Net(_) => {}
            Pattern::Name(name) if name.has_globs() => {
                self.globs.entry(name.anchor()).or_default().push((name, Action::of(ports, route)));
            }
            Pattern::Name(name) => {
                let key = name.labels();
                // Exact entries come before `.d` ones of any rule: `sort` adds the latter.
                match name.depth() {
                    Depth::Exact => self.names.entry(key).or_default().add(ports, route),
                    Depth::Below => self.below.entry(key).or_default().add(ports, route),
                    Depth::Within => {
                        self.below.entry(key).or_default().add(ports, route);
                        self.within.push((name.labels(), Action::of(ports, route)));
                    }
                }
            }
        }
    }

    /// Puts the `.d` entries behind the exact ones of the same name, and the globs in the order in which they win.
    fn sort(&mut self) {
        for (labels, action) in std::mem::take(&mut self.within) {
            let own = self.names.entry(labels).or_default();
            *own = std::mem::take(own).then(&action);
        }
        for globs in self.globs.values_mut() {
            globs.sort_by(|(a, _), (b, _)| b.compare(a));
        }
    }

    /// Adds what this layer says of a host, from the name itself on; `skip` leaves out the name's own action.
    fn say(&self, host: &str, skip: bool, mut so_far: Action) -> Action {
        if let Some(action) = self.names.get(host).filter(|_| !skip) {
            so_far = so_far.then(action);
        }
        let name = if self.globs.is_empty() { None } else { crate::dest::HostName::parse(host).ok() };
        for suffix in suffixes(host) {
            for (pattern, action) in self.globs.get(suffix).into_iter().flatten() {
                if name.as_ref().is_some_and(|name| pattern.matches(name)) {
                    so_far = so_far.then(action);
                }
            }
            if let Some(action) = self.below.get(suffix) {
                so_far = so_far.then(action);
            }
        }
        if host.contains('.') { so_far } else { so_far.then(&self.plain) }
    }

    fn finish(self, actions: &mut Actions, default: Option<RouteId>) -> Layer {
        let mut list = |table: HashMap<&str, Action>| -> Vec<(String, usize)> {
            let mut rows: Vec<(&str, Action)> = table.into_iter().collect();
            rows.sort_unstable_by(|(a, _), (b, _)| by_labels(a, b));
            rows.into_iter().map(|(name, action)| (name.to_owned(), actions.id(action))).collect()
        };
        let (names, below) = (list(self.names), list(self.below));
        let globs = self
            .globs
            .into_iter()
            .flat_map(|(anchor, rows)| rows.into_iter().map(move |(pattern, action)| (anchor, pattern, action)));
        let globs = globs
            .map(|(anchor, pattern, action)| GlobRow {
                anchor: anchor.to_owned(),
                depth: pattern.depth(),
                labels: pattern.above_anchor().into_iter().map(str::to_owned).collect(),
                action: actions.id(action),
            })
            .collect();
        let plain = Some(self.plain)
            .filter(|action| *action != Action::default())
            .filter(|action| default.is_none_or(|d| action.clone().then(&Action::always(d)) != Action::always(d)))
            .map(|action| actions.id(action));
        Layer { names, below, globs, plain }
    }
}

/// The proper suffixes of a name, longest first, and `""`.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.').map(|(dot, _)| host.get(dot + 1..).unwrap_or_default()).chain(std::iter::once(""))
}

/// The names of a table by their labels from the right: those above a name come before it.
fn sorted<'p>(table: &HashMap<&'p str, Action>) -> Vec<&'p str> {
    let mut names: Vec<&str> = table.keys().copied().collect();
    names.sort_unstable_by(|a, b| by_labels(a, b));
    names
}

/// Drops names of which the rest of the tables says the same; gives their number.
fn prune(drafts: &mut [Draft; 2], default: RouteId) -> usize {
    let mut implied = 0;
    let always = Action::always(default);
    for layer in [1, 0] {
        for key in drafts.get(layer).map(|draft| sorted(&draft.names)).unwrap_or_default() {
            let [first, then] = &*drafts;
            let says = |skip: bool| {
                let so_far = first.say(key, skip && layer == 0, Action::default());
                then.say(key, skip && layer == 1, so_far).then(&always)
            };
            if says(true) == says(false) {
                implied += 1;
                if let Some(draft) = drafts.get_mut(layer) {
                    draft.names.remove(key);
                }
            }
        }
    }
    // What lies below a name: only in the last layer, and only as far up as no glob depends on the host.
    let [_, then] = drafts;
    for key in sorted(&then.below) {
        let mut rest = Action::default();
        let mut end = Action::always(UNKNOWN);
        let mut cut = false;
        for suffix in suffixes(key) {
            if then.globs.contains_key(suffix) {
                cut = true;
                break;
            }
            if let Some(action) = then.below.get(suffix) {
                rest = rest.then(action);
            }
        }
        if !cut {
            end = always.clone();
        }
        let without = rest.clone().then(&end);
        let with = then.below.get(key).cloned().unwrap_or_default().then(&rest).then(&end);
        if with == without {
            implied += 1;
            then.below.remove(key);
        }
    }
    implied
}

/// The networks of one family as ascending ranges: first address, action.
fn ranges(nets: &[Net], v4: bool, actions: &mut Actions, default: RouteId) -> Vec<(u128, Option<usize>)> {
    let number = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    let end = |net: &IpNet| number(net.broadcast()).checked_add(1);
    let mut of_family: Vec<&Net> = nets.iter().filter(|(net, ..)| net.addr().is_ipv4() == v4).collect();
    // Stable: what is equal stays in the order of the rules.
    of_family.sort_by_key(|(net, ..)| number(net.network()));
    let mut points: Vec<u128> =
        of_family.iter().flat_map(|(net, ..)| [Some(number(net.network())), end(net)]).flatten().collect();
    points.sort_unstable();
    points.dedup();
    let always = Action::always(default);
    let mut next = of_family.into_iter().peekable();
    let mut open: Vec<&Net> = Vec::new();
    let mut out: Vec<(u128, Option<usize>)> = Vec::new();
    for point in points {
        open.retain(|(net, ..)| end(net).is_none_or(|e| e > point));
        while let Some(net) = next.next_if(|(net, ..)| number(net.network()) == point) {
            open.push(net);
        }
        // Who wins: final ones first, then the longest prefix, then the earlier rule.
        let mut by_rank = open.clone();
        by_rank.sort_by_key(|(net, is_final, _)| (!is_final, std::cmp::Reverse(net.prefix_len())));
        let says = by_rank.iter().fold(Action::default(), |so_far, (_, _, action)| so_far.then(action));
        let nothing = says == Action::default() || says.clone().then(&always) == always;
        let id = (!nothing).then(|| actions.id(says));
        // A family reaches up to its last address: a range that starts beyond it is none.
        let beyond = v4 && point > u128::from(u32::MAX);
        if !beyond && out.last().map_or(id.is_some(), |(_, before)| *before != id) {
            out.push((point, id));
        }
    }
    out
}

/// The distinct actions, numbered as they come.
#[derive(Default)]
struct Actions {
    list: Vec<Action>,
    ids: HashMap<Action, usize>,
}

impl Actions {
    fn id(&mut self, action: Action) -> usize {
        *self.ids.entry(action).or_insert_with_key(|action| {
            self.list.push(action.clone());
            self.list.len() - 1
        })
    }
}
