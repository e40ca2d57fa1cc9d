//! The hosts that two sides can tell apart: the automata over labels of both, as one.
//!
//! All name patterns of both sides are laid into one trie, read from the right. Every state it can be in is a class: no
//! pattern tells its hosts apart, so one host speaks for all of them. A class names the class it is an exception of, so that
//! what changes can be said with as few patterns as there are.

use std::collections::{BTreeMap, BTreeSet};

use super::fill::{Filling, fillings};
use crate::dest::pattern::label_matches;
use crate::dest::{Depth, NamePattern};

/// A class of hosts.
#[derive(Debug, Clone)]
pub struct Class {
    /// Which hosts these are.
    pub reach: Reach,
    /// The labels right of its reach, some with stars; empty for what no pattern names.
    pub labels: String,
    /// One of them, the shortest; none when every host that it could hold is in a narrower class.
    pub host: Option<String>,
    /// What its hosts would be in without it, all of them at once; positions of earlier classes.
    pub under: Vec<usize>,
    /// Whether sides decide of its hosts by more than these patterns: nothing can be said of all of them.
    pub is_uneven: bool,
}

/// How far a class reaches from its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Every name that no pattern matches.
    Rest,
    /// Those of one label.
    Plain,
    /// Names of just these labels.
    Exact,
    /// Every name below.
    Below,
}

/// Most classes that come from stars inside labels: those of several patterns multiply.
const MOST_STARRED: usize = 50_000;

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<Box<str>, usize>,
    starred: BTreeMap<Box<str>, usize>,
    deeper: bool,
}

/// The classes of all hosts that patterns tell apart, each behind those it is an exception of. `None` when stars make too
/// many of them.
#[must_use]
pub fn classes<'p>(patterns: impl IntoIterator<Item = &'p NamePattern>) -> Option<Vec<Class>> {
    let mut nodes = vec![Node::default()];
    for pattern in patterns {
        let mut at = 0;
        for label in pattern.labels().rsplit('.') {
            at = child(&mut nodes, at, label);
        }
        if let Some(node) = nodes.get_mut(at) {
            node.deeper |= pattern.depth() != Depth::Exact;
        }
    }
    let mut walk = Walk { nodes: &nodes, classes: Vec::new(), spots: Vec::new(), starred: 0 };
    let rest = walk.add(Reach::Rest, String::new(), None, Vec::new());
    let plain = walk.add(Reach::Plain, String::new(), None, vec![rest]);
    walk.spots.push(Spot { exact: plain, below: rest, ..Spot::default() });
    walk.below(&Place { state: vec![0], host: String::new(), labels: String::new(), spot: 0 }).then_some(walk.classes)
}

fn child(nodes: &mut Vec<Node>, at: usize, label: &str) -> usize {
    let new = nodes.len();
    let Some(node) = nodes.get_mut(at) else { return at };
    let children = if label.contains('*') { &mut node.starred } else { &mut node.literals };
    if let Some(next) = children.get(label) {
        return *next;
    }
    children.insert(label.into(), new);
    nodes.push(Node::default());
    new
}

/// A state of the automaton.
struct Place {
    /// The nodes it is in at once: patterns with stars share hosts with others.
    state: Vec<usize>,
    host: String,
    labels: String,
    spot: usize,
}

/// What was made at a state.
#[derive(Debug, Default)]
struct Spot {
    /// The class of a label more that nothing names; at the root it differs from the class of everything below.
    exact: usize,
    /// The class of what is below and matches nothing narrower.
    below: usize,
    /// What its labels lead to.
    literals: BTreeMap<String, Reached>,
    /// What its labels with stars lead to: those that are matched.
    starred: Vec<(Vec<String>, Reached)>,
    /// Spots that its hosts would be at if it did not exist, as stars lead there.
    above: Vec<usize>,
}

/// What a label leads to: classes, and the spot when there is more below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reached {
    exact: usize,
    below: usize,
    spot: Option<usize>,
}

struct Walk<'n> {
    nodes: &'n [Node],
    classes: Vec<Class>,
    spots: Vec<Spot>,
    starred: usize,
}

impl Walk<'_> {
    fn add(&mut self, reach: Reach, labels: String, host: Option<String>, under: Vec<usize>) -> usize {
        self.classes.push(Class { reach, labels, host, under, is_uneven: false });
        self.classes.len() - 1
    }

    /// Everything below a state; false when stars make too much of it.
    fn below(&mut self, place: &Place) -> bool {
        let nodes = || place.state.iter().filter_map(|at| self.nodes.get(*at));
        let mut literals: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (label, next) in nodes().flat_map(|node| &node.literals) {
            literals.entry(label).or_default().push(*next);
        }
        let starred: Vec<(&str, usize)> =
            nodes().flat_map(|node| &node.starred).map(|(label, next)| (&**label, *next)).collect();
        let stars: Vec<&str> = starred.iter().map(|(label, _)| *label).collect::<BTreeSet<_>>().into_iter().collect();
        let Some(found) = fillings(&stars, &literals) else { return false };
        self.name_others(place, &found, |label| literals.contains_key(label));
        // Those of fewer stars first: the others are exceptions of them.
        for filling in found.iter().filter(|filling| !filling.stars.is_empty()) {
            self.starred += 1;
            if self.starred > MOST_STARRED {
                return false;
            }
            let own: Vec<String> =
                filling.stars.iter().filter_map(|at| stars.get(*at)).map(ToString::to_string).collect();
            let next = starred.iter().filter(|(label, _)| own.iter().any(|own| own == label)).map(|(_, next)| *next);
            let words = shown(&stars, &filling.stars, &found);
            let Some(made) = self.label(place, (&filling.label, &words), next.collect()) else { return false };
            if let Some(spot) = self.spots.get_mut(place.spot) {
                spot.starred.push((own, made));
            }
        }
        for (label, mut next) in literals {
            next.extend(starred.iter().filter(|(star, _)| label_matches(star, label)).map(|(_, next)| *next));
            let Some(made) = self.label(place, (label, label), next) else { return false };
            if let Some(spot) = self.spots.get_mut(place.spot) {
                spot.literals.insert(label.to_owned(), made);
            }
        }
        true
    }

    /// One label further.
    fn label(&mut self, place: &Place, (label, shown): (&str, &str), state: Vec<usize>) -> Option<Reached> {
        let mut above: Vec<Reached> = Vec::new();
        self.reached(place.spot, label, &mut above);
        let join = |label: &str, rest: &str| if rest.is_empty() { label.to_owned() } else { format!("{label}.{rest}") };
        let (host, labels) = (join(label, &place.host), join(shown, &place.labels));
        let each = |class: fn(&Reached) -> usize| {
            let mut classes: Vec<usize> = Vec::with_capacity(1);
            above.iter().map(class).for_each(|class| {
                if !classes.contains(&class) {
                    classes.push(class)
                }
            });
            classes
        };
        let exact = self.add(Reach::Exact, labels.clone(), Some(host.clone()), each(|above| above.exact));
        let is_more = |node: &Node| node.deeper || !node.literals.is_empty() || !node.starred.is_empty();
        let below = each(|above| above.below);
        if !state.iter().filter_map(|at| self.nodes.get(*at)).any(is_more) {
            // A host below is in the class it would be in without this label.
            return Some(Reached { exact, below: below.first().copied().unwrap_or_default(), spot: None });
        }
        let below = self.add(Reach::Below, labels.clone(), None, below);
        let above = above.iter().filter_map(|above| above.spot).collect();
        self.spots.push(Spot { exact: below, below, above, ..Spot::default() });
        let spot = self.spots.len() - 1;
        self.below(&Place { state, host, labels, spot }).then_some(Reached { exact, below, spot: Some(spot) })
    }

    /// Where a label leads from a spot, by what is known there so far: the narrowest, and what holds where that says nothing.
    fn reached(&self, spot: usize, label: &str, into: &mut Vec<Reached>) {
        let Some(spot) = self.spots.get(spot) else { return };
        let mut add = |reached: Reached| {
            if !into.contains(&reached) {
                into.push(reached)
            }
        };
        let within = |one: &[String], other: &[String]| one.iter().all(|star| other.contains(star));
        let fits: Vec<&(Vec<String>, Reached)> =
            spot.starred.iter().filter(|(stars, _)| stars.iter().all(|star| label_matches(star, label))).collect();
        let is_outdone = |one: &[String]| fits.iter().any(|(other, _)| other.len() > one.len() && within(one, other));
        if let Some(reached) = spot.literals.get(label) {
            add(*reached);
            return;
        }
        fits.iter().filter(|(stars, _)| !is_outdone(stars)).for_each(|(_, reached)| add(*reached));
        if fits.is_empty() {
            add(Reached { exact: spot.exact, below: spot.below, spot: None });
        }
        for above in &spot.above {
            self.reached(*above, label, into);
        }
    }

    /// A host for what is below a state and matches no label that is named there.
    fn name_others(&mut self, place: &Place, found: &[Filling], is_literal: impl Fn(&str) -> bool) {
        let Some(free) = found.iter().find(|filling| filling.stars.is_empty()) else { return };
        let label = |wishes: &[&str]| {
            // With stars only the label that was found is sure to match none.
            if !free.label.is_empty() {
                return free.label.clone();
            }
            let wish = wishes.iter().find(|label| !is_literal(label)).map(|label| (*label).to_owned());
            let wish = wish.or_else(|| (0..).map(|n: u32| format!("x{n}")).find(|label| !is_literal(label)));
            wish.unwrap_or_default()
        };
        let host = if place.host.is_empty() {
            let plain = label(&["intranet", "example"]);
            let class = self.spots.get(place.spot).map(|spot| spot.exact);
            if let Some(class) = class.and_then(|class| self.classes.get_mut(class)) {
                class.host = Some(plain);
            }
            format!("www.{}", label(&["example", "test"]))
        } else {
            format!("{}.{}", label(&["www", "x", "any"]), place.host)
        };
        let class = self.spots.get(place.spot).map(|spot| spot.below);
        if let Some(class) = class.and_then(|class| self.classes.get_mut(class)).filter(|_| host.len() <= 253) {
            class.host = Some(host);
        }
    }
}

/// The stars of a label in words: those that the others imply are left out.
fn shown(stars: &[&str], own: &[usize], found: &[Filling]) -> String {
    let implied = |at: usize, kept: &[usize]| {
        kept.iter().any(|other| *other != at && found.iter().all(|f| !f.stars.contains(other) || f.stars.contains(&at)))
    };
    let mut kept = own.to_vec();
    while let Some(gone) = kept.iter().position(|at| implied(*at, &kept)) {
        kept.remove(gone);
    }
    let words: Vec<&str> = kept.iter().filter_map(|at| stars.get(*at).copied()).collect();
    words.join("&")
}

impl Class {
    /// The class as people write it: `a.d`, `*.d`; `[*].d` is one label below `d`, `a*&*b.d` what matches both.
    #[must_use]
    pub fn words(&self) -> String {
        match self.reach {
            Reach::Rest => "every other name".to_owned(),
            Reach::Plain => "plain".to_owned(),
            Reach::Below => format!("*.{}", self.labels),
            Reach::Exact => match self.labels.strip_prefix("*.") {
                Some(rest) => format!("[*].{rest}"),
                None => self.labels.clone(),
            },
        }
    }
}
