//! What the tables of a PAC say of names: one number a name. It stands for what is said of the name itself, of what lies
//! below it, and whether more is listed there.

use std::collections::BTreeMap;

use crate::dest::{by_labels, is_below};
use crate::policy::table::{Layer, NameRow};

/// What a number in the tables stands for; actions by their position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Says {
    /// The action of the name itself.
    pub itself: Option<usize>,
    /// The action of every name below it.
    pub below: Option<usize>,
    /// What else is listed below it.
    pub further: Further,
}

/// What else is listed below a name. Where there is something, the name is not the last word on a host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Further {
    /// Nothing.
    #[default]
    Nothing = 0,
    /// Names.
    Names = 1,
    /// Patterns with a star inside a label, and maybe names too.
    Patterns = 2,
}

impl Says {
    /// One action, where there is no telling a name from what lies below.
    pub fn once(action: usize) -> Self {
        Self { itself: Some(action), ..Self::default() }
    }
}

/// What a layer says of names, sorted by labels from the right; `""` stands for all of them.
pub fn of_layer<'l>(layer: &'l Layer) -> Vec<(&'l str, Says)> {
    let says = |row: &NameRow| Says { itself: row.itself, below: row.below, further: Further::Nothing };
    let mut all: Vec<(&str, Says)> = layer.names.iter().map(|row| (row.name, says(row))).collect();
    if !layer.globs.is_empty() {
        let patterns = Says { further: Further::Patterns, ..Says::default() };
        all.extend(layer.globs.iter().map(|row| (row.anchor.as_str(), patterns)));
        // Two sorted runs: this merges them.
        all.sort_by(|(a, _), (b, _)| by_labels(a, b));
        all.dedup_by(|(name, says), (before, kept)| {
            let same = name == before;
            if same {
                kept.further = kept.further.max(says.further);
            }
            same
        });
    }
    // What lies below a name stands right behind it.
    let is_followed: Vec<bool> = all.windows(2).map(|pair| matches!(pair, [a, b] if is_below(b.0, a.0))).collect();
    for ((_, says), followed) in all.iter_mut().zip(is_followed) {
        if followed {
            says.further = says.further.max(Further::Names);
        }
    }
    all
}

/// The numbers of what is said, from 1 on: 0 is "nothing".
#[derive(Debug, Default)]
pub struct Numbers {
    list: Vec<Says>,
    numbers: BTreeMap<Says, usize>,
    /// What was asked for last: many names behind each other say the same.
    last: Option<(Says, usize)>,
}

impl Numbers {
    /// The number of what is said; a new one where it was not said before.
    pub fn of(&mut self, says: Says) -> usize {
        if let Some((_, number)) = self.last.filter(|(last, _)| *last == says) {
            return number;
        }
        let number = *self.numbers.entry(says).or_insert_with(|| {
            self.list.push(says);
            self.list.len()
        });
        self.last = Some((says, number));
        number
    }

    /// What each number stands for.
    pub fn list(&self) -> &[Says] {
        &self.list
    }
}
