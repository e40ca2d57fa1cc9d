//! Final rules worked into the table of the others: a walk of one table is half of that of two.

use super::draft::{Above, Beside, Draft, Row, Rules};
use super::pool::{ActionId, Pool};

/// Works final entries into the others, when one walk can say what two said, from the first table to the second.
///
/// Every row of the second table first says what the first says of all names that it is met for before any other row with
/// something final: of a name all of it, of what lies below a suffix what the first table says there of names that it does not
/// list. What is said again by rows further up says nothing new. It is not so where a host decides what is final (`a*.example`),
/// and where `plain` is final and a row of the others is met for every name: for names without a dot that row would come first.
pub(super) fn work_in(draft: &mut Draft, pool: &mut Pool) {
    let says_names = draft.names.iter().any(|name| *name.row(Rules::Final) != Row::default());
    let Beside { globs, plain } = draft.beside(Rules::Final);
    if !globs.is_empty() || !(says_names || plain.says()) {
        return;
    }
    let every = draft.names.first().filter(|name| name.name.is_empty());
    let says_every = every.is_some_and(|every| every.row(Rules::Other).below.says())
        || draft.beside(Rules::Other).globs.contains_key("");
    if plain.says() && says_every {
        return;
    }
    draft.visit(|draft, name, above| {
        let (own, mut row) = (*name.row(Rules::Final), *name.row(Rules::Other));
        if own.itself.says() || row.itself.says() {
            let finals = draft.says_above(Rules::Final, name.name, above, pool);
            row.itself = pool.then_both(own.itself, finals, row.itself);
        }
        let says_below = own.below.says() || row.below.says();
        if says_below || draft.beside(Rules::Other).globs.contains_key(name.name) {
            let finals = below(draft, own, above, pool);
            if says_below {
                row.below = pool.then(finals, row.below);
            }
            let globs = draft.beside_mut(Rules::Other).globs.get_mut(name.name);
            globs.into_iter().flatten().for_each(|(_, says)| *says = pool.then(finals, *says));
        }
        *name.row_mut(Rules::Other) = row;
    });
    draft.names.iter_mut().for_each(|name| *name.row_mut(Rules::Final) = Row::default());
    let finals = std::mem::take(draft.beside_mut(Rules::Final));
    let others = draft.beside_mut(Rules::Other);
    others.plain = pool.then(finals.plain, others.plain);
}

/// What final rules without globs say of the names below one that they do not list.
fn below(draft: &Draft, own: Row, above: Above, pool: &mut Pool) -> ActionId {
    let upper = above.of(draft).map(|upper| upper.row(Rules::Final).below);
    std::iter::once(own.below).chain(upper).fold(ActionId::default(), |so_far, says| pool.then(so_far, says))
}
