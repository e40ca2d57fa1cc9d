//! What entries say of names, while the tables are made: every name once, in the order of labels from the right. What lies
//! above a name is known on the way to it, and nothing has to be looked up.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::pool::{ActionId, Pool};
use super::{Actions, GlobRow, Layer, NameRow};
use crate::dest::{Depth, HostName, LabelKey, NamePattern, Pattern, Ports, is_below};
use crate::policy::Entry;
use crate::policy::action::Action;
use crate::site::RouteId;

/// The layers while they are made.
#[derive(Debug, Default)]
pub(super) struct Draft<'p> {
    /// Every name of which a layer says something, and every suffix that patterns with globs end in.
    pub names: Vec<Name<'p>>,
    finals: Beside<'p>,
    others: Beside<'p>,
}

/// Whose layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Final rules: their layer is asked first.
    Final,
    /// All others.
    Other,
}

impl Rules {
    /// Both, in the order in which they are asked.
    pub const BOTH: [Self; 2] = [Self::Final, Self::Other];

    /// Those that the one of an entry is among.
    const fn of(entry: &Entry) -> Self {
        if entry.is_final { Self::Final } else { Self::Other }
    }
}

/// A name, and what each layer says of it. A list may have a million.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'p> {
    /// The name.
    pub name: &'p str,
    finals: Row,
    others: Row,
}

/// What is said of a name, and of what lies below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// What is said of the name.
    pub itself: ActionId,
    /// What is said of all names below it.
    pub below: ActionId,
}

/// What a layer says beside the rows of names.
#[derive(Debug, Default)]
pub(super) struct Beside<'p> {
    /// Patterns with globs by the suffix that they end in, the most specific first.
    pub globs: BTreeMap<&'p str, Vec<(&'p NamePattern, ActionId)>>,
    /// What is said of names without a dot.
    pub plain: ActionId,
}

impl Name<'_> {
    /// What a layer says.
    pub fn row(&self, rules: Rules) -> &Row {
        match rules {
            Rules::Final => &self.finals,
            Rules::Other => &self.others,
        }
    }

    /// The same, to be changed.
    pub fn row_mut(&mut self, rules: Rules) -> &mut Row {
        match rules {
            Rules::Final => &mut self.finals,
            Rules::Other => &mut self.others,
        }
    }
}

impl<'p> Draft<'p> {
    /// What entries say; `widen` tells which ports each covers.
    pub fn of(entries: &'p [Entry], widen: &impl Fn(&Ports) -> Ports, pool: &mut Pool) -> Self {
        let mut draft = Self::default();
        let mut listed: Vec<(LabelKey, usize)> = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            match &entry.pattern {
                Pattern::Plain => {
                    let says = pool.of(entry, widen);
                    let beside = draft.beside_mut(Rules::of(entry));
                    beside.plain = pool.then(beside.plain, says);
                }
                Pattern::Net(_) => {}
                Pattern::Name(name) => listed.push((LabelKey::of(name.anchor()), at)),
            }
        }
        // Of one name the entries stay in the order of the rules.
        listed.par_sort_unstable();
        draft.names.reserve(listed.len());
        for listed in listed.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((key, _)) = listed.first() else { continue };
            let entries = listed.iter().filter_map(|(_, at)| entries.get(*at));
            draft.add(key.name(), entries, widen, pool);
        }
        for rules in Rules::BOTH {
            draft.beside_mut(rules).globs.values_mut().for_each(|globs| globs.sort_by(|(a, _), (b, _)| b.compare(a)));
        }
        draft
    }

    /// Adds a name with all of its entries, and those with globs that end in it.
    fn add(
        &mut self,
        name: &'p str,
        entries: impl Iterator<Item = &'p Entry> + Clone,
        widen: &impl Fn(&Ports) -> Ports,
        pool: &mut Pool,
    ) {
        let mut added = Name { name, finals: Row::default(), others: Row::default() };
        let patterns = entries.filter_map(|entry| Some((entry, entry.pattern.name()?)));
        for (entry, pattern) in patterns.clone() {
            let says = pool.of(entry, widen);
            let rules = Rules::of(entry);
            if pattern.has_globs() {
                self.beside_mut(rules).globs.entry(name).or_default().push((pattern, says));
                continue;
            }
            let row = added.row_mut(rules);
            let part = if pattern.depth() == Depth::Exact { &mut row.itself } else { &mut row.below };
            *part = pool.then(*part, says);
        }
        // What `.d` says of its own name comes behind the exact entries of any rule.
        for (entry, _) in patterns.filter(|(_, pattern)| pattern.depth() == Depth::Within && !pattern.has_globs()) {
            let says = pool.of(entry, widen);
            let row = added.row_mut(Rules::of(entry));
            row.itself = pool.then(row.itself, says);
        }
        self.names.push(added);
    }

    /// What a layer says beside the rows of names.
    pub fn beside(&self, rules: Rules) -> &Beside<'p> {
        match rules {
            Rules::Final => &self.finals,
            Rules::Other => &self.others,
        }
    }

    /// The same, to be changed.
    pub fn beside_mut(&mut self, rules: Rules) -> &mut Beside<'p> {
        match rules {
            Rules::Final => &mut self.finals,
            Rules::Other => &mut self.others,
        }
    }

    /// Visits every name in order, to be changed, with those it lies below.
    pub fn visit(&mut self, mut visit: impl FnMut(&mut Self, &mut Name<'p>, Above)) {
        let mut above: Vec<usize> = Vec::new();
        for at in 0..self.names.len() {
            let Some(mut name) = self.names.get(at).copied() else { break };
            let is_below = |other: usize| self.names.get(other).is_some_and(|other| is_below(name.name, other.name));
            while above.pop_if(|top| !is_below(*top)).is_some() {}
            visit(self, &mut name, Above(&above));
            if let Some(place) = self.names.get_mut(at) {
                *place = name;
            }
            above.push(at);
        }
    }

    /// What a layer says of a name besides its own row, given what lies above it.
    pub fn says_above(&self, rules: Rules, name: &str, above: Above, pool: &mut Pool) -> ActionId {
        let beside = self.beside(rules);
        let host = if beside.globs.is_empty() { None } else { HostName::parse(name).ok() };
        let mut so_far = ActionId::default();
        for upper in above.of(self) {
            let globs = host.iter().flat_map(|host| {
                let globs = beside.globs.get(upper.name).into_iter().flatten();
                globs.filter(|(pattern, _)| pattern.matches(host))
            });
            so_far = globs.fold(so_far, |so_far, (_, says)| pool.then(so_far, *says));
            so_far = pool.then(so_far, upper.row(rules).below);
        }
        if name.contains('.') { so_far } else { pool.then(so_far, beside.plain) }
    }

    /// The layers, without what says nothing.
    pub fn finish(self, pool: &Pool, actions: &mut Actions, default: RouteId) -> [Layer<'p>; 2] {
        // What the final layer does not say, the other one may: only the last layer may drop what the default says.
        [(Rules::Final, None), (Rules::Other, Some(default))]
            .map(|(rules, default)| self.layer(rules, pool, actions, default))
    }

    fn layer(&self, rules: Rules, pool: &Pool, actions: &mut Actions, default: Option<RouteId>) -> Layer<'p> {
        let named = || self.names.iter().filter(|name| *name.row(rules) != Row::default());
        // Actions are numbered as they come: those of names first, which decides the order of the rows in a file.
        let mut numbers = vec![None; pool.len()];
        for part in [|row: &Row| row.itself, |row: &Row| row.below] {
            for id in named().map(|name| part(name.row(rules))) {
                if let Some(number) = numbers.get_mut(id.place()) {
                    *number = number.or_else(|| actions.said(pool.get(id)));
                }
            }
        }
        let number = |id: ActionId| numbers.get(id.place()).copied().flatten();
        let mut names = Vec::with_capacity(named().count());
        names.extend(named().map(|name| {
            let row = name.row(rules);
            NameRow { name: name.name, itself: number(row.itself), below: number(row.below) }
        }));
        let beside = self.beside(rules);
        let globs = beside.globs.iter().flat_map(|(anchor, rows)| rows.iter().map(move |row| (*anchor, row)));
        let globs = globs
            .map(|(anchor, (pattern, says))| GlobRow {
                anchor: anchor.to_owned(),
                depth: pattern.depth(),
                labels: pattern.above_anchor().into_iter().map(str::to_owned).collect(),
                action: actions.id(pool.get(*says)),
            })
            .collect();
        let plain = pool.get(beside.plain);
        let says_more = default.is_none_or(|route| plain.clone().then(&Action::always(route)) != Action::always(route));
        Layer { names, globs, plain: if says_more { actions.said(plain) } else { None } }
    }
}

/// The names that a name lies below, by their places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Above<'v>(&'v [usize]);

impl Above<'_> {
    /// The names, the nearest first.
    pub fn of<'d, 'p>(&self, draft: &'d Draft<'p>) -> impl Iterator<Item = &'d Name<'p>> {
        self.0.iter().rev().filter_map(|at| draft.names.get(*at))
    }
}
