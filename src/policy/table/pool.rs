//! The distinct actions of drafts, each kept once.

use hashbrown::HashMap;

use super::Actions;
use crate::dest::Ports;
use crate::policy::Entry;
use crate::policy::action::Action;
use crate::site::RouteId;

/// An action of a [`Pool`]; by default the one that says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct ActionId(u32);

impl ActionId {
    /// Whether it says anything.
    pub(super) fn says(self) -> bool {
        self != Self::default()
    }

    /// Its place among the actions of its pool, from 0.
    pub(super) fn place(self) -> usize {
        self.0 as usize
    }
}

static NOTHING: Action = Action { ranges: Vec::new(), rest: None };

/// Distinct actions; the first says nothing.
#[derive(Debug)]
pub(super) struct Pool {
    actions: Actions,
    /// The entry that was asked for last: many behind each other say the same.
    last: Option<(Ports, RouteId, ActionId)>,
    /// What two say behind each other.
    both: HashMap<(ActionId, ActionId), ActionId>,
}

impl Default for Pool {
    fn default() -> Self {
        let mut pool = Self { actions: Actions::default(), last: None, both: HashMap::new() };
        pool.id(&NOTHING);
        pool
    }
}

impl Pool {
    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.actions.list.len()
    }

    /// An action by its number.
    pub(super) fn get(&self, id: ActionId) -> &Action {
        // Numbers are given out by this pool alone.
        self.actions.list.get(id.place()).unwrap_or(&NOTHING)
    }

    /// The number of the action of an entry; `widen` tells which ports it covers.
    pub(super) fn of(&mut self, entry: &Entry, widen: impl Fn(&Ports) -> Ports) -> ActionId {
        match &self.last {
            Some((ports, route, id)) if *ports == entry.ports && *route == entry.route => *id,
            _ => {
                let id = self.id(&Action::of(&widen(&entry.ports), entry.route));
                self.last = Some((entry.ports.clone(), entry.route, id));
                id
            }
        }
    }

    /// The number of an action.
    pub(super) fn id(&mut self, action: &Action) -> ActionId {
        ActionId(u32::try_from(self.actions.id(action)).unwrap_or(u32::MAX))
    }

    /// The first action, and where it says nothing, the second.
    pub(super) fn then(&mut self, first: ActionId, second: ActionId) -> ActionId {
        match (first.says(), second.says()) {
            (false, _) => second,
            (_, false) => first,
            _ if self.get(first).rest.is_some() => first,
            _ => {
                let known = self.both.get(&(first, second)).copied();
                known.unwrap_or_else(|| {
                    let both = self.get(first).clone().then(self.get(second));
                    let id = self.id(&both);
                    self.both.insert((first, second), id);
                    id
                })
            }
        }
    }

    /// Three behind each other.
    pub(super) fn then_both(&mut self, first: ActionId, second: ActionId, third: ActionId) -> ActionId {
        let first = self.then(first, second);
        self.then(first, third)
    }
}
