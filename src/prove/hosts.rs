//! Many hosts, in an order in which each stands beside those below it: what files say of both lies close together, and a
//! host is answered faster when one like it has just been asked about.

use std::cmp::Ordering;

use rayon::prelude::*;

/// Hosts in the order of their letters from the right, none twice.
#[derive(Debug, Default)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Hosts in any order.
    #[must_use]
    pub fn of(mut hosts: Vec<String>) -> Self {
        hosts.par_sort_unstable_by(|a, b| from_right(a, b));
        hosts.dedup();
        Self(hosts)
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those that are not among others.
    #[must_use]
    pub fn without(mut self, others: &Self) -> Self {
        let mut others = others.iter().peekable();
        self.0.retain(|host| {
            while others.next_if(|other| from_right(other, host) == Ordering::Less).is_some() {}
            others.peek() != Some(&host.as_str())
        });
        self
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: impl IntoIterator<Item = String>) -> Self {
        let mut hosts = self.0;
        let before = hosts.len();
        hosts.extend(others);
        if hosts.len() > before { Self::of(hosts) } else { Self(hosts) }
    }
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

    #[test]
    fn hosts_stand_right_before_those_below_them() {
        let hosts = [
            "b.example.org",
            "example.org",
            "a-long-label.example.org",
            "org",
            "example.org",
            "xexample.org",
            "a.b.example.org",
        ];
        let sorted = Hosts::of(hosts.map(str::to_owned).to_vec());
        let expected =
            ["org", "example.org", "b.example.org", "a.b.example.org", "a-long-label.example.org", "xexample.org"];
        assert_eq!(sorted.iter().collect::<Vec<_>>(), expected);
        for (a, b) in hosts.iter().flat_map(|a| hosts.map(|b| (a, b))) {
            assert_eq!(from_right(a, b), a.bytes().rev().cmp(b.bytes().rev()), "{a} and {b}");
        }
    }

    #[test]
    fn what_is_among_others_is_left_out() {
        let of = |hosts: &[&str]| Hosts::of(hosts.iter().map(|host| (*host).to_owned()).collect());
        let (some, others) =
            (of(&["a.example", "b.example", "c.example", "x"]), of(&["b.example", "x", "y.c.example"]));
        assert_eq!(some.without(&others).iter().collect::<Vec<_>>(), ["a.example", "c.example"]);
        assert_eq!(of(&["b"]).and(["a".to_owned(), "b".to_owned()]).iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
