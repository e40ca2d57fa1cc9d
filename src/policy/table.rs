//! The policy as lookup tables: what a PAC file holds.
//!
//! Every name has at most two actions, one for itself and one for what lies below; an asker walks from the whole name
//! up its suffixes and takes the first action that says something of the port. What the walk would find anyway is
//! left out.

mod addresses;
mod finals;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::Entry;
use super::action::Action;
use crate::dest::{Depth, LabelKey, NamePattern, Pattern, Ports};
use crate::site::RouteId;
pub use addresses::{Addresses, Ranges, listed};

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

/// One layer while it is built.
#[derive(Default)]
struct Draft<'p> {
    rows: HashMap<&'p str, Row>,
    /// `.d` entries, until they are put behind the exact ones of the same name.
    within: Vec<(&'p str, Action)>,
    globs: BTreeMap<&'p str, Vec<(&'p NamePattern, Action)>>,
    plain: Action,
}

/// What is said of a name, and of what lies below it; an action that says nothing stands for none.
#[derive(Debug, Default)]
struct Row {
    itself: Action,
    below: Action,
}

/// The route of what a chain of actions does not know: stands for globs whose match depends on the host.
const UNKNOWN: RouteId = RouteId(u16::MAX);

/// Compiles the entries of a policy with its default; `widen` says which ports an entry covers in this output.
pub fn compile(entries: &[Entry], default: RouteId, widen: impl Fn(&Ports) -> Ports) -> Table<'_> {
    let mut first = Draft::default();
    let mut then = Draft::default();
    then.rows.reserve(entries.len());
    let mut nets: Vec<addresses::Net> = Vec::new();
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
    let implied = prune(&mut first, &mut then, default);
    let mut actions = Actions::default();
    // What the final layer does not say, the other one may: only the last layer may drop what the default says.
    let layers = [first.finish(&mut actions, None), then.finish(&mut actions, Some(default))];
    let layers = layers.into_iter().filter(|layer| !layer.is_empty()).collect();
    let ranges = Ranges::of(&nets, &mut actions, default);
    Table { actions: actions.list, layers, ranges, implied }
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
                let row = self.rows.entry(name.labels()).or_default();
                // Exact entries come before `.d` ones of any rule: `sort` adds the latter.
                match name.depth() {
                    Depth::Exact => row.itself.add(ports, route),
                    Depth::Below => row.below.add(ports, route),
                    Depth::Within => {
                        row.below.add(ports, route);
                        self.within.push((name.labels(), Action::of(ports, route)));
                    }
                }
            }
        }
    }

    /// Puts the `.d` entries behind the exact ones of the same name, and the globs in the order in which they win.
    fn sort(&mut self) {
        for (labels, action) in std::mem::take(&mut self.within) {
            let own = &mut self.rows.entry(labels).or_default().itself;
            *own = std::mem::take(own).then(&action);
        }
        for globs in self.globs.values_mut() {
            globs.sort_by(|(a, _), (b, _)| b.compare(a));
        }
    }

    /// What the layer says of a host.
    fn say(&self, host: &str) -> Action {
        let own = self.rows.get(host).map(|row| row.itself.clone()).unwrap_or_default();
        own.then(&self.say_above(host))
    }

    /// What it says of a host besides the row of its name.
    fn say_above(&self, host: &str) -> Action {
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
                so_far = so_far.then(&row.below);
            }
        }
        if host.contains('.') { so_far } else { so_far.then(&self.plain) }
    }

    fn finish(self, actions: &mut Actions, default: Option<RouteId>) -> Layer<'p> {
        let says = |row: &Row| row.itself != Action::default() || row.below != Action::default();
        let mut rows: Vec<(&str, Row)> = self.rows.into_iter().filter(|(_, row)| says(row)).collect();
        rows.sort_by_cached_key(|(name, _)| LabelKey::of(name));
        let mut names: Vec<NameRow> =
            rows.iter().map(|(name, _)| NameRow { name, itself: None, below: None }).collect();
        // Actions are numbered as they come: those of names first, which decides the order of the rows in a file.
        for (row, (_, says)) in names.iter_mut().zip(&rows) {
            row.itself = actions.said(&says.itself);
        }
        for (row, (_, says)) in names.iter_mut().zip(&rows) {
            row.below = actions.said(&says.below);
        }
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
    host.match_indices('.').map(|(dot, _)| host.get(dot + 1..).unwrap_or_default()).chain(std::iter::once(""))
}

/// Drops what the rest of the tables says too; gives how often. To drop one changes nothing that is said of any name: so those
/// of one part of a layer are looked at side by side.
fn prune(first: &mut Draft, then: &mut Draft, default: RouteId) -> usize {
    let always = Action::always(default);
    let names = said_again(then, |name, row| {
        let (before, above) = (first.say(name), then.say_above(name).then(&always));
        before.clone().then(&row.itself).then(&above) == before.then(&above)
    });
    let mut implied = clear(then, &names, |row| &mut row.itself);
    let names = said_again(first, |name, row| {
        let rest = first.say_above(name).then(&then.say(name)).then(&always);
        row.itself.clone().then(&rest) == rest
    });
    implied += clear(first, &names, |row| &mut row.itself);
    // What lies below a name: only in the last layer, and only as far up as no glob depends on the host.
    let unknown = Action::always(UNKNOWN);
    let below = said_again(then, |name, row| {
        let (mut rest, mut end) = (Action::default(), &always);
        for suffix in suffixes(name) {
            if then.globs.contains_key(suffix) {
                end = &unknown;
                break;
            }
            if let Some(row) = then.rows.get(suffix) {
                rest = rest.then(&row.below);
            }
        }
        let rest = rest.then(end);
        row.below.clone().then(&rest) == rest
    });
    implied + clear(then, &below, |row| &mut row.below)
}

/// The names of a draft of whose rows something holds.
fn said_again<'p>(draft: &Draft<'p>, holds: impl Fn(&'p str, &Row) -> bool + Sync) -> Vec<&'p str> {
    let rows: Vec<(&&str, &Row)> = draft.rows.iter().collect();
    rows.into_par_iter().filter(|(name, row)| holds(name, row)).map(|(name, _)| *name).collect()
}

/// Empties a part of some rows; gives how many said something.
fn clear<'p>(draft: &mut Draft<'p>, names: &[&'p str], part: fn(&mut Row) -> &mut Action) -> usize {
    let mut said = 0;
    for name in names {
        let action = draft.rows.get_mut(name).map(|row| std::mem::take(part(row)));
        said += usize::from(action.is_some_and(|action| action != Action::default()));
    }
    said
}

/// The distinct actions, numbered as they come.
#[derive(Default)]
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
