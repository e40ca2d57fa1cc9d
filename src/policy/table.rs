//! The policy as lookup tables: what a PAC file holds.
//!
//! Every name has at most two actions, one for itself and one for what lies below; an asker walks from the whole name
//! up its suffixes and takes the first action that says something of the port. What the walk would find anyway is
//! left out.

mod addresses;
mod finals;
mod pool;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::Entry;
use super::action::Action;
use crate::dest::{Depth, LabelKey, NamePattern, Pattern, Ports, parents};
use crate::site::RouteId;
pub use addresses::{Addresses, Ranges, listed};
use pool::{ActionId, Pool};

/// Lookup tables.
#[derive(Debug, Default)]
pub struct Table<'p> {
    /// The distinct actions; the layers and ranges refer to them by position.
    pub actions: Vec<Action>,
    /// One, or two: where final rules cannot be worked into the others, they come first.
    pub layers: Vec<Layer<'p>>,
    /// What is said of addresses; final rules are worked in.
    pub ranges: Ranges,
    /// How many names were left out because the next less specific entry, or the default, says the same.
    pub implied: usize,
}

/// The tables of one layer.
#[derive(Debug, Default)]
pub struct Layer<'p> {
    /// What is said of names, sorted by labels from the right; `""` stands for all of them.
    pub names: Vec<NameRow<'p>>,
    /// Patterns with globs, by anchor, the most specific first.
    pub globs: Vec<GlobRow>,
    /// The action of names without a dot.
    pub plain: Option<usize>,
}

/// A name with its actions, of which it has at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRow<'p> {
    /// The name.
    pub name: &'p str,
    /// The action of the name itself.
    pub itself: Option<usize>,
    /// The action of all names below it.
    pub below: Option<usize>,
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

impl Layer<'_> {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.globs.is_empty() && self.plain.is_none()
    }
}

/// One layer while it is built. A list may have a million names: what is said of each are two numbers.
#[derive(Default)]
struct Draft<'p> {
    rows: HashMap<&'p str, Row>,
    globs: BTreeMap<&'p str, Vec<(&'p NamePattern, Action)>>,
    plain: Action,
}

/// What is said of a name, and of what lies below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Row {
    itself: ActionId,
    below: ActionId,
}

/// The route of what a chain of actions does not know: stands for globs whose match depends on the host.
const UNKNOWN: RouteId = RouteId(u16::MAX);

/// Compiles the entries of a policy with its default; `widen` says which ports an entry covers in this output.
pub fn compile(entries: &[Entry], default: RouteId, widen: impl Fn(&Ports) -> Ports) -> Table<'_> {
    let (mut first, mut then, mut pool) = (Draft::default(), Draft::default(), Pool::default());
    then.rows.reserve(entries.len());
    let mut nets: Vec<addresses::Net> = Vec::new();
    for entry in entries {
        let ports = widen(&entry.ports);
        if let Pattern::Net(net) = &entry.pattern {
            nets.push((*net, entry.is_final, Action::of(&ports, entry.route)));
            continue;
        }
        let draft = if entry.is_final { &mut first } else { &mut then };
        draft.add(entry, ports, &mut pool);
    }
    for entry in entries {
        let draft = if entry.is_final { &mut first } else { &mut then };
        draft.add_itself(entry, &widen, &mut pool);
    }
    first.sort();
    then.sort();
    finals::work_in(&mut first, &mut then, &mut pool);
    let implied = prune(&mut first, &mut then, &pool, default);
    let mut actions = Actions::default();
    // What the final layer does not say, the other one may: only the last layer may drop what the default says.
    let layers = [first.finish(&pool, &mut actions, None), then.finish(&pool, &mut actions, Some(default))];
    let layers = layers.into_iter().filter(|layer| !layer.is_empty()).collect();
    let ranges = Ranges::of(&nets, &mut actions, default);
    Table { actions: actions.list, layers, ranges, implied }
}

impl<'p> Draft<'p> {
    fn add(&mut self, entry: &'p Entry, ports: Ports, pool: &mut Pool) {
        let route = entry.route;
        match &entry.pattern {
            Pattern::Plain => self.plain.add(&ports, route),
            Pattern::Net(_) => {}
            Pattern::Name(name) if name.has_globs() => {
                self.globs.entry(name.anchor()).or_default().push((name, Action::of(&ports, route)));
            }
            Pattern::Name(name) => {
                let row = self.rows.entry(name.labels()).or_default();
                let says = pool.of(ports, route);
                let part = if name.depth() == Depth::Exact { &mut row.itself } else { &mut row.below };
                *part = pool.then(*part, says);
            }
        }
    }

    /// What a `.d` entry says of its own name: comes behind the exact entries of any rule.
    fn add_itself(&mut self, entry: &'p Entry, widen: impl Fn(&Ports) -> Ports, pool: &mut Pool) {
        if let Pattern::Name(name) = &entry.pattern
            && name.depth() == Depth::Within
            && !name.has_globs()
        {
            let row = self.rows.entry(name.labels()).or_default();
            let says = pool.of(widen(&entry.ports), entry.route);
            row.itself = pool.then(row.itself, says);
        }
    }

    /// Puts the globs in the order in which they win.
    fn sort(&mut self) {
        for globs in self.globs.values_mut() {
            globs.sort_by(|(a, _), (b, _)| b.compare(a));
        }
    }

    /// What the layer says of a host.
    fn say(&self, host: &str, pool: &Pool) -> Action {
        let own = self.rows.get(host).map(|row| pool.get(row.itself).clone()).unwrap_or_default();
        own.then(&self.say_above(host, pool))
    }

    /// What it says of a host besides the row of its name.
    fn say_above(&self, host: &str, pool: &Pool) -> Action {
        let mut so_far = Action::default();
        let name = if self.globs.is_empty() { None } else { crate::dest::HostName::parse(host).ok() };
        for suffix in suffixes(host) {
            if let Some(name) = &name {
                for (pattern, action) in self.globs.get(suffix).into_iter().flatten() {
                    if pattern.matches(name) {
                        so_far = so_far.then(action);
                    }
                }
            }
            if let Some(row) = self.rows.get(suffix) {
                so_far = so_far.then(pool.get(row.below));
            }
        }
        if host.contains('.') { so_far } else { so_far.then(&self.plain) }
    }

    fn finish(self, pool: &Pool, actions: &mut Actions, default: Option<RouteId>) -> Layer<'p> {
        let mut rows: Vec<(&str, Row)> = self.rows.into_iter().filter(|(_, row)| *row != Row::default()).collect();
        rows.par_sort_by_cached_key(|(name, _)| LabelKey::of(name));
        // Actions are numbered as they come: those of names first, which decides the order of the rows in a file.
        let mut number = |part: fn(&Row) -> ActionId| -> Vec<Option<usize>> {
            let mut known = vec![None; pool.len()];
            let said = rows.iter().map(|(_, row)| part(row));
            said.map(|id| {
                let number = known.get_mut(id.place())?;
                *number = number.or_else(|| actions.said(pool.get(id)));
                *number
            })
            .collect()
        };
        let (itself, below) = (number(|row| row.itself), number(|row| row.below));
        let names = rows.iter().zip(itself).zip(below);
        let names = names.map(|(((name, _), itself), below)| NameRow { name, itself, below }).collect();
        let globs = self
            .globs
            .into_iter()
            .flat_map(|(anchor, rows)| rows.into_iter().map(move |(pattern, action)| (anchor, pattern, action)));
        let globs = globs
            .map(|(anchor, pattern, action)| GlobRow {
                anchor: anchor.to_owned(),
                depth: pattern.depth(),
                labels: pattern.above_anchor().into_iter().map(str::to_owned).collect(),
                action: actions.id(&action),
            })
            .collect();
        let says_more = |plain: &Action| {
            default.is_none_or(|route| plain.clone().then(&Action::always(route)) != Action::always(route))
        };
        let plain = Some(&self.plain).filter(|plain| says_more(plain)).and_then(|plain| actions.said(plain));
        Layer { names, globs, plain }
    }
}

/// The proper suffixes of a name, longest first, and `""`.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    parents(host).chain(std::iter::once(""))
}

/// Drops what the rest of the tables says too; gives how often. To drop one changes nothing that is said of any name: so those
/// of one part of a layer are looked at side by side.
fn prune(first: &mut Draft, then: &mut Draft, pool: &Pool, default: RouteId) -> usize {
    let always = Action::always(default);
    let names = said_again(
        then,
        pool,
        |row| row.itself,
        |name, itself| {
            let (before, above) = (first.say(name, pool), then.say_above(name, pool).then(&always));
            before.clone().then(itself).then(&above) == before.then(&above)
        },
    );
    let mut implied = clear(then, &names, |row| &mut row.itself);
    let names = said_again(
        first,
        pool,
        |row| row.itself,
        |name, itself| {
            let rest = first.say_above(name, pool).then(&then.say(name, pool)).then(&always);
            itself.clone().then(&rest) == rest
        },
    );
    implied += clear(first, &names, |row| &mut row.itself);
    // What lies below a name: only in the last layer, and only as far up as no glob depends on the host.
    let unknown = Action::always(UNKNOWN);
    let below = said_again(
        then,
        pool,
        |row| row.below,
        |name, below| {
            let (mut rest, mut end) = (Action::default(), &always);
            for suffix in suffixes(name) {
                if then.globs.contains_key(suffix) {
                    end = &unknown;
                    break;
                }
                if let Some(row) = then.rows.get(suffix) {
                    rest = rest.then(pool.get(row.below));
                }
            }
            let rest = rest.then(end);
            below.clone().then(&rest) == rest
        },
    );
    implied + clear(then, &below, |row| &mut row.below)
}

/// The names of a draft of whose rows a part says something for which a condition holds.
fn said_again<'p>(
    draft: &Draft<'p>,
    pool: &Pool,
    part: fn(&Row) -> ActionId,
    holds: impl Fn(&'p str, &Action) -> bool + Sync,
) -> Vec<&'p str> {
    let said = draft.rows.iter().map(|(name, row)| (*name, part(row))).filter(|(_, said)| said.says());
    let said: Vec<(&str, ActionId)> = said.collect();
    said.into_par_iter().filter(|(name, said)| holds(name, pool.get(*said))).map(|(name, _)| name).collect()
}

/// Empties a part of some rows that said something; gives how many they are.
fn clear<'p>(draft: &mut Draft<'p>, names: &[&'p str], part: fn(&mut Row) -> &mut ActionId) -> usize {
    for name in names {
        draft.rows.get_mut(name).map(|row| std::mem::take(part(row)));
    }
    names.len()
}

/// The distinct actions, numbered as they come.
#[derive(Debug, Default)]
struct Actions {
    list: Vec<Action>,
    ids: HashMap<Action, usize>,
}

impl Actions {
    fn id(&mut self, action: &Action) -> usize {
        if let Some(id) = self.ids.get(action) {
            return *id;
        }
        let id = self.list.len();
        self.list.push(action.clone());
        self.ids.insert(action.clone(), id);
        id
    }

    /// The number of an action that says something.
    fn said(&mut self, action: &Action) -> Option<usize> {
        (*action != Action::default()).then(|| self.id(action))
    }
}
