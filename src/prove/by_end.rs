//! The oracle's entries by the literal labels that their names end in, so that a question does not look at a million of
//! them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU32;

use hashbrown::DefaultHashBuilder;

/// Entries by the end of their names.
#[derive(Debug, Default)]
pub(super) struct ByEnd<'c> {
    /// The first and the last entry of each end.
    ends: HashMap<Cow<'c, str>, (u32, u32), DefaultHashBuilder>,
    /// Behind each entry the next one of the same end: most ends have one alone, and a list each would be most of the memory.
    next: Vec<Option<NonZeroU32>>,
}

impl<'c> ByEnd<'c> {
    /// Makes room for entries.
    pub(super) fn reserve(&mut self, more: usize) {
        self.ends.reserve(more);
        self.next.reserve(more);
    }

    /// Adds an entry, which comes behind all that were added before.
    pub(super) fn add(&mut self, entry: u32, end: Cow<'c, str>) {
        self.next.resize(entry as usize + 1, None);
        let (_, last) = self.ends.entry(end).or_insert((entry, entry));
        if *last != entry {
            self.next[*last as usize] = NonZeroU32::new(entry);
            *last = entry;
        }
    }

    /// The entries of an end, in the order in which they were added.
    pub(super) fn of(&self, end: &str) -> impl Iterator<Item = usize> {
        let first = self.ends.get(end).map(|(first, _)| *first);
        let behind = |entry: &u32| self.next.get(*entry as usize).copied().flatten().map(NonZeroU32::get);
        std::iter::successors(first, behind).map(|entry| entry as usize)
    }
}
