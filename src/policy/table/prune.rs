//! Leaving out what a walk would find anyway.

use super::UNKNOWN;
use super::draft::{Above, Draft, Rules};
use super::pool::{ActionId, Pool};
use crate::policy::action::Action;
use crate::site::RouteId;

/// Drops what the rest of the tables says too; gives how often. To drop one changes nothing that is said of any name: so each may
/// be looked at by itself.
pub(super) fn prune(draft: &mut Draft, pool: &mut Pool, default: RouteId) -> usize {
    let always = pool.id(&Action::always(default));
    let unknown = pool.id(&Action::always(UNKNOWN));
    let mut implied = 0;
    draft.visit(|draft, name, above| {
        let (mut finals, mut others) = (*name.row(Rules::Final), *name.row(Rules::Other));
        if others.itself.says() || finals.itself.says() {
            let before = draft.says_above(Rules::Final, name.name, above, pool);
            let behind = draft.says_above(Rules::Other, name.name, above, pool);
            let behind = pool.then(behind, always);
            let is_final = pool.then(finals.itself, before);
            let rest = pool.then(is_final, behind);
            if others.itself.says() && pool.then_both(is_final, others.itself, behind) == rest {
                others.itself = ActionId::default();
                implied += 1;
            }
            let rest = pool.then_both(before, others.itself, behind);
            if finals.itself.says() && pool.then(finals.itself, rest) == rest {
                finals.itself = ActionId::default();
                implied += 1;
            }
        }
        // What lies below a name: only in the last layer, and only as far up as no glob depends on the host.
        if others.below.says() {
            let rest = below(draft, above, (always, unknown), pool);
            if pool.then(others.below, rest) == rest {
                others.below = ActionId::default();
                implied += 1;
            }
        }
        (*name.row_mut(Rules::Final), *name.row_mut(Rules::Other)) = (finals, others);
    });
    implied
}

/// What is said of the names below one by what lies above it, down to the default, or to what is unknown.
fn below(draft: &Draft, above: Above, (always, unknown): (ActionId, ActionId), pool: &mut Pool) -> ActionId {
    let globs = &draft.beside(Rules::Other).globs;
    let mut rest = ActionId::default();
    for upper in above.of(draft) {
        if globs.contains_key(upper.name) {
            return pool.then(rest, unknown);
        }
        rest = pool.then(rest, upper.row(Rules::Other).below);
    }
    pool.then(rest, always)
}
