//! Many hosts, in an order in which each stands beside those below it: what files say of both lies close together, and a
//! host is answered faster when one like it has just been asked about.

use std::cmp::Ordering;

use rayon::prelude::*;

/// Hosts in any order, some more than once: one behind the other in one text, as a text each would be most of the time of
/// making them.
#[derive(Debug, Default)]
pub struct List {
    text: String,
    places: Vec<Place>,
}

impl List {
    /// Adds a host, given in pieces.
    pub fn add(&mut self, pieces: &[&str]) {
        let start = self.text.len();
        self.text.extend(pieces.iter().copied());
        self.places.push(Place { start, len: self.text.len() - start });
    }

    /// These and, behind them, others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        let behind = self.text.len();
        self.text.push_str(&others.text);
        self.places.extend(others.places.into_iter().map(|place| place.moved(behind)));
        self
    }
}

impl<S: AsRef<str>> Extend<S> for List {
    fn extend<T: IntoIterator<Item = S>>(&mut self, hosts: T) {
        hosts.into_iter().for_each(|host| self.add(&[host.as_ref()]));
    }
}

/// Where a host lies in a text.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    len: usize,
}

impl Place {
    fn of(self, text: &str) -> &str {
        text.get(self.start..self.start + self.len).unwrap_or_default()
    }

    /// The same in a text that stands behind so many bytes of another.
    const fn moved(self, by: usize) -> Self {
        Self { start: self.start + by, ..self }
    }
}

/// Hosts in the order of their letters from the right, none twice.
#[derive(Debug, Default)]
pub struct Hosts {
    text: String,
    places: Vec<Place>,
}

impl Hosts {
    /// Those of a list that are wanted.
    #[must_use]
    pub fn of(list: List, is_wanted: impl Fn(&str) -> bool + Sync) -> Self {
        // Most are told apart by their last letters, which are not looked for in the text each time.
        let List { text, places } = list;
        let last = |place: Place| (last_letters(place.of(&text)), place);
        let wanted = places.into_par_iter().filter(|place| is_wanted(place.of(&text)));
        let mut by_end: Vec<(u128, Place)> = wanted.map(last).collect();
        by_end.par_sort_unstable_by(|(a, host), (b, other)| {
            a.cmp(b).then_with(|| from_right(host.of(&text), other.of(&text)))
        });
        by_end.dedup_by(|(a, host), (b, other)| a == b && host.of(&text) == other.of(&text));
        Self { places: by_end.into_iter().map(|(_, place)| place).collect(), text }
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.of(&self.text))
    }

    /// Those that are not among others.
    #[must_use]
    pub fn without(self, others: &Self) -> Self {
        let Self { text, mut places } = self;
        let mut others = others.iter().peekable();
        places.retain(|place| {
            let host = place.of(&text);
            while others.next_if(|other| from_right(other, host) == Ordering::Less).is_some() {}
            others.peek() != Some(&host)
        });
        Self { text, places }
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let others = others.without(&self);
        if others.is_empty() {
            return self;
        }
        let Self { mut text, places } = self;
        let behind = text.len();
        text.push_str(&others.text);
        let mut moved = others.places.into_iter().map(|place| place.moved(behind)).peekable();
        let mut all = Vec::with_capacity(places.len() + moved.len());
        for place in places {
            let is_before = |other: &Place| from_right(other.of(&text), place.of(&text)) == Ordering::Less;
            all.extend(std::iter::from_fn(|| moved.next_if(is_before)));
            all.push(place);
        }
        all.extend(moved);
        Self { text, places: all }
    }
}

/// The last letters of a host as a number: hosts with other ones are in the order of their numbers.
fn last_letters(host: &str) -> u128 {
    let mut letters = [0; 16];
    let (bytes, most) = (host.as_bytes(), letters.len());
    let end = bytes.get(bytes.len().saturating_sub(most)..).unwrap_or_default();
    letters[most - end.len()..].copy_from_slice(end);
    u128::from_le_bytes(letters)
}

/// Compares eight letters at once: read from the little end, the last is the most significant.
fn from_right(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let (Some((a_rest, a_end)), Some((b_rest, b_end))) = (a.split_last_chunk(), b.split_last_chunk()) {
        if a_end != b_end {
            return u64::from_le_bytes(*a_end).cmp(&u64::from_le_bytes(*b_end));
        }
        (a, b) = (a_rest, b_rest);
    }
    a.iter().rev().cmp(b.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hosts: &[&str]) -> Hosts {
        let mut list = List::default();
        list.extend(hosts);
        Hosts::of(list, |_| true)
    }

    #[test]
    fn hosts_stand_right_before_those_below_them() {
        let hosts = [
            "b-long-label.example.org",
            "b.example.org",
            "example.org",
            "a-long-label.example.org",
            "org",
            "example.org",
            "xexample.org",
            "a.b.example.org",
        ];
        let sorted = of(&hosts);
        let expected = [
            "org",
            "example.org",
            "b.example.org",
            "a.b.example.org",
            "a-long-label.example.org",
            "b-long-label.example.org",
            "xexample.org",
        ];
        assert_eq!(sorted.iter().collect::<Vec<_>>(), expected);
        for (a, b) in hosts.iter().flat_map(|a| hosts.map(|b| (a, b))) {
            assert_eq!(from_right(a, b), a.bytes().rev().cmp(b.bytes().rev()), "{a} and {b}");
            assert!(last_letters(a) == last_letters(b) || from_right(a, b) == last_letters(a).cmp(&last_letters(b)));
        }
    }

    #[test]
    fn what_is_among_others_is_left_out() {
        let (some, others) =
            (of(&["a.example", "b.example", "c.example", "x"]), of(&["b.example", "x", "y.c.example"]));
        assert_eq!(some.without(&others).iter().collect::<Vec<_>>(), ["a.example", "c.example"]);
        let both = of(&["b", "d.x"]).and(of(&["a", "b", "c.x", "e.x"]));
        assert_eq!(both.iter().collect::<Vec<_>>(), ["a", "b", "c.x", "d.x", "e.x"]);
    }
}
