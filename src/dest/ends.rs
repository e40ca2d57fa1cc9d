//! Things found by the name that they end in: of two patterns with a host in common, the suffix of one ends in that of the other.

use std::cmp::Ordering;
use std::sync::OnceLock;

use hashbrown::HashMap;

use super::{by_labels, is_below, parents};

/// Things by the literal suffix that they end in, such as patterns by their anchor; `""` is above every other.
#[derive(Debug)]
pub struct Ends<'n, T> {
    by_suffix: HashMap<&'n str, Vec<T>>,
    /// The suffixes in the order of their labels from the right, from when things below one are asked for.
    sorted: OnceLock<Vec<&'n str>>,
}

impl<'n, T> FromIterator<(&'n str, T)> for Ends<'n, T> {
    fn from_iter<I: IntoIterator<Item = (&'n str, T)>>(things: I) -> Self {
        let mut by_suffix: HashMap<&str, Vec<T>> = HashMap::new();
        for (suffix, thing) in things {
            by_suffix.entry(suffix).or_default().push(thing);
        }
        Self { by_suffix, sorted: OnceLock::new() }
    }
}

impl<'n, T> Ends<'n, T> {
    /// What ends in exactly this.
    pub fn at(&self, suffix: &str) -> &[T] {
        self.by_suffix.get(suffix).map_or(&[], Vec::as_slice)
    }

    /// What ends in this or in what it lies below, the longest suffix first.
    pub fn up<'s>(&'s self, suffix: &'s str) -> impl Iterator<Item = &'s T> {
        let last = (!suffix.is_empty()).then_some("");
        std::iter::once(suffix).chain(parents(suffix)).chain(last).flat_map(|suffix| self.at(suffix))
    }

    /// What ends in something below this.
    pub fn below(&self, suffix: &str) -> impl Iterator<Item = &T> {
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: Vec<&str> = self.by_suffix.keys().copied().collect();
            sorted.sort_unstable_by(|a, b| by_labels(a, b));
            sorted
        });
        // `""` has a label too, an empty one: it would not stand before all others.
        let first = if suffix.is_empty() {
            0
        } else {
            sorted.partition_point(|name| by_labels(name, suffix) != Ordering::Greater)
        };
        let behind = sorted.get(first..).unwrap_or_default();
        let end = behind.partition_point(|name| is_below(name, suffix));
        let below = behind.get(..end).unwrap_or_default().iter().filter(move |name| !name.is_empty());
        below.flat_map(|name| self.at(name))
    }

    /// What may have a host in common with something that ends in this.
    pub fn near<'s>(&'s self, suffix: &'s str) -> impl Iterator<Item = &'s T> {
        self.up(suffix).chain(self.below(suffix))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Ends, is_below};

    /// The positions of the names for which something holds.
    fn places(names: &[String], holds: impl Fn(&str) -> bool) -> Vec<usize> {
        (0..names.len()).filter(|at| names.get(*at).is_some_and(|name| holds(name))).collect()
    }

    fn sorted<'f>(found: impl Iterator<Item = &'f usize>) -> Vec<usize> {
        let mut found: Vec<usize> = found.copied().collect();
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn what_is_near_is_found(
            names in prop::collection::vec("([ab-]{1,2}([.][ab-]{1,2}){0,3})?", 0..12),
            of in "([ab-]{1,2}([.][ab-]{1,2}){0,2})?",
        ) {
            let ends: Ends<usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
            prop_assert_eq!(sorted(ends.at(&of).iter()), places(&names, |name| name == of));
            prop_assert_eq!(sorted(ends.up(&of)), places(&names, |name| name == of || is_below(&of, name)));
            prop_assert_eq!(sorted(ends.below(&of)), places(&names, |name| name != of && is_below(name, &of)));
            let all: BTreeSet<usize> = ends.near("").copied().collect();
            prop_assert_eq!(all.len(), names.len());
        }
    }
}
