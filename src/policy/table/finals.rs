//! Final rules worked into the table of the others: a walk of one table is half of that of two.

use super::pool::Pool;
use super::{Draft, Row, suffixes};
use crate::policy::action::Action;

/// Works final entries into the others, when one walk can say what two said, from the first table to the second.
///
/// Every row of the second table first says what the first says of all names that it is met for before any other row with
/// something final: of a name all of it, of what lies below a suffix what the first table says there of names that it does not
/// list. What is said again by rows further up says nothing new. It is not so where a host decides what is final (`a*.example`),
/// and where `plain` is final and a row of the others is met for every name: for names without a dot that row would come first.
pub(super) fn work_in<'p>(first: &mut Draft<'p>, then: &mut Draft<'p>, pool: &mut Pool) {
    if first.is_empty() {
        return;
    }
    let says_every = then.rows.get("").is_some_and(|row| row.below.says()) || then.globs.contains_key("");
    let before_plain = first.plain != Action::default() && says_every;
    if !first.globs.is_empty() || before_plain {
        return;
    }
    let finals = std::mem::take(first);
    for name in finals.rows.keys() {
        then.rows.entry(name).or_default();
    }
    let nothing = Row::default();
    for (name, row) in &mut then.rows {
        let own = finals.rows.get(name).unwrap_or(&nothing);
        if own.itself.says() || row.itself.says() {
            let finals = finals.say(name, pool);
            row.itself = pool.id(&finals.then(pool.get(row.itself)));
        }
        if own.below.says() || row.below.says() {
            let finals = finals.say_below(name, pool);
            row.below = pool.id(&finals.then(pool.get(row.below)));
        }
    }
    for (anchor, patterns) in &mut then.globs {
        let below = finals.say_below(anchor, pool);
        patterns.iter_mut().for_each(|(_, action)| *action = below.clone().then(action));
    }
    then.plain = finals.plain.then(&then.plain);
}

impl Draft<'_> {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.globs.is_empty() && self.plain == Action::default()
    }

    /// What a table without patterns says of the names below a suffix that it does not list.
    fn say_below(&self, suffix: &str, pool: &Pool) -> Action {
        let rows = std::iter::once(suffix).chain(suffixes(suffix)).filter_map(|suffix| self.rows.get(suffix));
        rows.fold(Action::default(), |so_far, row| so_far.then(pool.get(row.below)))
    }
}
