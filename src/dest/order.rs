//! Names in the order of their labels from the right, so that what belongs together stands together.

use std::cmp::Ordering;

/// Compares the labels of two names from the right, each letter by letter.
///
/// The same as comparing what `rsplit('.')` gives; lists of a hundred thousand names are sorted by it, and what most of them have in
/// common is their end.
#[must_use]
pub fn by_labels(a: &str, b: &str) -> Ordering {
    let same = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (a.len() - same, b.len() - same);
    match (rest_a, rest_b) {
        (0, 0) => return Ordering::Equal,
        (0, _) if b.as_bytes().get(rest_b - 1) == Some(&b'.') => return Ordering::Less,
        (_, 0) if a.as_bytes().get(rest_a - 1) == Some(&b'.') => return Ordering::Greater,
        _ => {}
    }
    // They differ in one label: from the dot before the difference to the dot behind it, which both have in common.
    let label = |name: &'_ str, rest: usize| -> (usize, usize) {
        let bytes = name.as_bytes();
        let start = bytes.iter().take(rest).rposition(|b| *b == b'.').map_or(0, |dot| dot + 1);
        let length = bytes.iter().skip(rest).position(|b| *b == b'.').unwrap_or(same);
        (start, rest + length)
    };
    let ((start_a, end_a), (start_b, end_b)) = (label(a, rest_a), label(b, rest_b));
    a.as_bytes().get(start_a..end_a).cmp(&b.as_bytes().get(start_b..end_b))
}

/// Whether a name lies below another one; every name lies below `""`. Names that are sorted [`by_labels`] stand right behind the
/// one they lie below.
#[must_use]
pub fn is_below(name: &str, above: &str) -> bool {
    // Most differ in where a dot would stand.
    let dot = name.len().checked_sub(above.len() + 1);
    above.is_empty() || dot.is_some_and(|dot| name.as_bytes().get(dot) == Some(&b'.') && name.ends_with(above))
}

/// What a name lies below, the longest first; without `""`, above all of it.
pub fn parents(name: &str) -> impl Iterator<Item = &str> + Clone {
    let dots = name.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
    dots.filter_map(|(dot, _)| name.get(dot + 1..))
}

/// The first sixteen bytes of a text as a number: texts that differ in them are in the order of their numbers.
#[must_use]
pub fn first_bytes(text: impl Iterator<Item = u8>) -> u128 {
    let mut first = [0; size_of::<u128>()];
    first.iter_mut().zip(text).for_each(|(place, byte)| *place = byte);
    u128::from_be_bytes(first)
}

/// A name as it is sorted [`by_labels`]: for long lists, as most keys differ in their first bytes, which lie in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelKey<'n> {
    /// The first bytes of the labels from the right, each label with a zero behind it, which is less than what stands in one.
    first: u128,
    name: &'n str,
}

impl<'n> LabelKey<'n> {
    /// The key of a name.
    #[must_use]
    pub fn of(name: &'n str) -> Self {
        Self { first: first_bytes(name.rsplit('.').flat_map(|label| label.bytes().chain([0]))), name }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'n str {
        self.name
    }
}

impl Ord for LabelKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.first.cmp(&other.first).then_with(|| by_labels(self.name, other.name))
    }
}

impl PartialOrd for LabelKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LabelKey, by_labels};

    proptest! {
        #[test]
        fn it_is_the_order_of_labels_from_the_right(a in "[ab.-]{0,8}", b in "[ab.-]{0,8}") {
            prop_assert_eq!(by_labels(&a, &b), a.rsplit('.').cmp(b.rsplit('.')), "{:?} {:?}", a, b);
        }

        #[test]
        fn keys_have_the_same_order(a in "[ab-]{1,9}([.][ab-]{1,9}){0,3}", b in "[ab-]{1,9}([.][ab-]{1,9}){0,3}") {
            prop_assert_eq!(LabelKey::of(&a).cmp(&LabelKey::of(&b)), by_labels(&a, &b), "{:?} {:?}", a, b);
        }
    }
}
