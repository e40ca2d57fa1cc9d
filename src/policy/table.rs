//! The policy as lookup tables: what a PAC file holds.
//!
//! Every name has at most two actions, one for itself and one for what lies below; an asker walks from the whole name
//! up its suffixes and takes the first action that says something of the port. What the walk would find anyway is
//! left out.

mod addresses;
mod draft;
mod finals;
mod pool;
mod prune;

use hashbrown::HashMap;

use super::Entry;
use super::action::Action;
use crate::dest::{Depth, Pattern, Ports};
use crate::site::RouteId;
pub use addresses::{Addresses, Ranges, listed};
use draft::Draft;
use pool::Pool;

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

/// The route of what a chain of actions does not know: stands for globs whose match depends on the host.
const UNKNOWN: RouteId = RouteId(u16::MAX);

/// Compiles the entries of a policy with its default; `widen` says which ports an entry covers in this output.
pub fn compile(entries: &[Entry], default: RouteId, widen: impl Fn(&Ports) -> Ports) -> Table<'_> {
    let mut pool = Pool::default();
    let mut draft = Draft::of(entries, &widen, &mut pool);
    finals::work_in(&mut draft, &mut pool);
    let implied = prune::prune(&mut draft, &mut pool, default);
    let mut actions = Actions::default();
    let layers = draft.finish(&pool, &mut actions, default);
    let layers = layers.into_iter().filter(|layer| !layer.is_empty()).collect();
    let net = |entry: &Entry| match &entry.pattern {
        Pattern::Net(net) => Some((*net, entry.is_final, Action::of(&widen(&entry.ports), entry.route))),
        _ => None,
    };
    let nets: Vec<addresses::Net> = entries.iter().filter_map(net).collect();
    let ranges = Ranges::of(&nets, &mut actions, default);
    Table { actions: actions.list, layers, ranges, implied }
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
