//! Many host names, found by a host in as many lookups as it has labels.

use std::collections::HashMap;

/// A name's letters from the right, lower case, with its dots before every other letter: names below a name then stand
/// right behind it.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().rev().map(|b| if b == b'.' { 1 } else { b.to_ascii_lowercase() })
}

/// A host to look for, in as many lists as there are.
#[derive(Debug)]
pub(super) struct Key {
    letters: Vec<u8>,
    /// Where its labels end, from the right.
    ends: Vec<usize>,
}

impl Key {
    pub(super) fn of(host: &str) -> Self {
        let letters: Vec<u8> = letters(host).collect();
        let dots = letters.iter().enumerate().filter(|(_, b)| **b == 1).map(|(at, _)| at);
        let ends = dots.chain([letters.len()]).collect();
        Self { letters, ends }
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: usize,
    len: usize,
    below: bool,
    tag: u32,
}

/// Names, each alone or with all below it, each with a tag.
#[derive(Debug, Default)]
pub(super) struct Names {
    keys: Vec<u8>,
    entries: Vec<Entry>,
    /// Where in `entries` those of a name are: its first, and how many. A search among many names that lie apart in memory
    /// would be most of the time of reading a list back.
    places: HashMap<Box<[u8]>, (usize, usize)>,
    /// Letters of the shortest and of the longest: a host is asked for a hundred lists, and most hold nothing like it.
    shortest: usize,
    longest: usize,
}

/// A name that is the host or one above it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Whether the name takes what is below it.
    pub(super) below: bool,
    /// How many labels the host has left of it.
    pub(super) depth: usize,
    pub(super) tag: u32,
}

impl Names {
    pub(super) fn add(&mut self, name: &str, below: bool, tag: u32) {
        let start = self.keys.len();
        self.keys.extend(letters(name));
        self.entries.push(Entry { start, len: name.len(), below, tag });
    }

    fn of(&self, entry: &Entry) -> &[u8] {
        &self.keys[entry.start..entry.start + entry.len]
    }

    /// To be called once after the last `add`.
    pub(super) fn finish(&mut self) {
        let keys = &self.keys;
        let of = |e: &Entry| &keys[e.start..e.start + e.len];
        // Stable: equal names stay in the order of the file.
        self.entries.sort_by(|a, b| of(a).cmp(of(b)).then(b.below.cmp(&a.below)));
        self.shortest = self.entries.iter().map(|e| e.len).min().unwrap_or(0);
        self.longest = self.entries.iter().map(|e| e.len).max().unwrap_or(0);
        let mut first = 0;
        for same in self.entries.chunk_by(|a, b| of(a) == of(b)) {
            self.places.insert(of(&same[0]).into(), (first, same.len()));
            first += same.len();
        }
    }

    /// The tags of names that another one makes superfluous, each with the other's.
    pub(super) fn covered(&self) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        let mut cover: Option<&Entry> = None;
        for entry in &self.entries {
            let name = self.of(entry);
            let covers = cover.is_some_and(|c| {
                let wide = self.of(c);
                name.starts_with(wide) && (name.len() == wide.len() || (c.below && name[wide.len()] == 1))
            });
            match cover {
                Some(c) if covers => pairs.push((entry.tag, c.tag)),
                _ => cover = Some(entry),
            }
        }
        pairs
    }

    /// Every name that is the host, or that the host lies below.
    pub(super) fn find<'a>(&'a self, host: &'a Key) -> impl Iterator<Item = Found> + 'a {
        let labels = host.ends.len();
        let worth_it = |(_, end): &(usize, &usize)| (self.shortest..=self.longest).contains(*end);
        host.ends.iter().enumerate().filter(worth_it).flat_map(move |(at, end)| {
            let (first, count) = self.places.get(&host.letters[..*end]).copied().unwrap_or_default();
            let same = &self.entries[first..first + count];
            same.iter().map(move |e| Found { below: e.below, depth: labels - 1 - at, tag: e.tag })
        })
    }
}
