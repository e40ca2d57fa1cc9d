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

    /// Makes room for so many hosts, of so many letters in all.
    pub fn reserve(&mut self, hosts: usize, letters: usize) {
        self.text.reserve(letters);
        self.places.reserve(hosts);
    }

    /// What stands in some lists.
    #[must_use]
    pub fn all(lists: Vec<Self>) -> Self {
        let mut all = Self::default();
        let letters = lists.iter().map(|list| list.text.len()).sum();
        all.reserve(lists.iter().map(|list| list.places.len()).sum(), letters);
        for list in lists {
            let behind = all.text.len();
            all.text.push_str(&list.text);
            all.places.extend(list.places.into_iter().map(|place| place.moved(behind)));
        }
        all
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
    sorted: Vec<Sorted>,
}

/// A host by its last letters: most are told apart by them, which need not be looked for in the text each time.
#[derive(Debug, Clone, Copy)]
struct Sorted {
    end: u128,
    place: Place,
}

impl Sorted {
    fn of(place: Place, text: &str) -> Self {
        Self { end: last_letters(place.of(text)), place }
    }

    /// How it stands to another one; each is given with the text that it lies in.
    fn compare(&self, text: &str, (other, of): (&Self, &str)) -> Ordering {
        self.end.cmp(&other.end).then_with(|| from_right(self.place.of(text), other.place.of(of)))
    }
}

impl Hosts {
    /// Those of a list that are wanted.
    #[must_use]
    pub fn of(list: List, is_wanted: impl Fn(&str) -> bool + Sync) -> Self {
        let List { text, places } = list;
        let wanted: Vec<bool> = places.par_iter().map(|place| is_wanted(place.of(&text))).collect();
        let mut sorted = Vec::with_capacity(places.len());
        let wanted = places.into_iter().zip(wanted).filter(|(_, is_wanted)| *is_wanted);
        sorted.extend(wanted.map(|(place, _)| Sorted::of(place, &text)));
        sorted.par_sort_unstable_by(|a, b| a.compare(&text, (b, &text)));
        sorted.dedup_by(|a, b| a.compare(&text, (b, &text)) == Ordering::Equal);
        Self { text, sorted }
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// One of them, by its place in the order.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        self.sorted.get(at).map(|host| host.place.of(&self.text))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.sorted.iter().map(|host| host.place.of(&self.text))
    }

    /// Those that are not among others.
    #[must_use]
    pub fn without(self, others: &Self) -> Self {
        let Self { text, mut sorted } = self;
        let mut rest = others.sorted.iter().peekable();
        sorted.retain(|host| {
            let compare = |other: &&Sorted| other.compare(&others.text, (host, &text));
            while rest.next_if(|other| compare(other) == Ordering::Less).is_some() {}
            rest.peek().is_none_or(|other| compare(other) != Ordering::Equal)
        });
        Self { text, sorted }
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let others = others.without(&self);
        if others.is_empty() {
            return self;
        }
        let Self { mut text, sorted } = self;
        let behind = text.len();
        text.push_str(&others.text);
        let moved = others.sorted.into_iter().map(|host| Sorted { place: host.place.moved(behind), ..host });
        let mut moved = moved.peekable();
        let mut all = Vec::with_capacity(sorted.len() + moved.len());
        for host in sorted {
            let is_before = |other: &Sorted| other.compare(&text, (&host, &text)) == Ordering::Less;
            all.extend(std::iter::from_fn(|| moved.next_if(is_before)));
            all.push(host);
        }
        all.extend(moved);
        Self { text, sorted: all }
    }
}

/// The last letters of a host as a number: hosts with other ones are in the order of their numbers.
pub fn last_letters(host: &str) -> u128 {
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
