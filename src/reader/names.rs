//! Many host names, found by a host in as many lookups as it has labels.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

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

/// A name: where its letters are, and in a list of equal ones how many follow from it on.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: usize,
    len: u32,
    tag: u32,
    same: u32,
    below: bool,
}

impl Entry {
    fn of<'k>(&self, keys: &'k [u8]) -> &'k [u8] {
        &keys[self.start..][..self.len as usize]
    }
}

/// Names, each alone or with all below it, each with a tag.
#[derive(Debug, Default)]
pub(super) struct Names {
    keys: Vec<u8>,
    entries: Vec<Entry>,
    /// The first of the entries of each name. A search among many names that lie apart in memory would be most of the time of
    /// reading a list back, and keys of their own most of the memory.
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
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
        let (start, len) = (self.keys.len(), u32::try_from(name.len()).unwrap_or(u32::MAX));
        self.keys.extend(letters(name));
        self.entries.push(Entry { start, len, tag, same: 1, below });
    }

    /// To be called once after the last `add`.
    pub(super) fn finish(&mut self) {
        let keys = &self.keys;
        // Stable: equal names stay in the order of the file.
        self.entries.sort_by(|a, b| a.of(keys).cmp(b.of(keys)).then(b.below.cmp(&a.below)));
        self.shortest = self.entries.iter().map(|e| e.len as usize).min().unwrap_or(0);
        self.longest = self.entries.iter().map(|e| e.len as usize).max().unwrap_or(0);
        for same in self.entries.chunk_by_mut(|a, b| a.of(keys) == b.of(keys)) {
            let count = same.len();
            same[0].same = u32::try_from(count).unwrap_or(u32::MAX);
        }
        let Self { places, hasher, entries, .. } = self;
        let hash = |entry: &Entry| hasher.hash_one(entry.of(keys));
        let mut at = 0;
        places.reserve(entries.len(), |_| 0);
        while let Some(first) = entries.get(at) {
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            places.insert_unique(hash(first), place, |place| hash(&entries[*place as usize]));
            at += first.same as usize;
        }
    }

    /// The tags of names that another one makes superfluous, each with the other's.
    pub(super) fn covered(&self) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        let mut cover: Option<&Entry> = None;
        for entry in &self.entries {
            let name = entry.of(&self.keys);
            let covers = cover.is_some_and(|c| {
                let wide = c.of(&self.keys);
                name.starts_with(wide) && (name.len() == wide.len() || (c.below && name[wide.len()] == 1))
            });
            match cover {
                Some(c) if covers => pairs.push((entry.tag, c.tag)),
                _ => cover = Some(entry),
            }
        }
        pairs
    }

    /// The entries of a name.
    fn of(&self, key: &[u8]) -> &[Entry] {
        let is = |place: &u32| self.entries[*place as usize].of(&self.keys) == key;
        let Some(place) = self.places.find(self.hasher.hash_one(key), is) else { return &[] };
        let first = *place as usize;
        &self.entries[first..][..self.entries[first].same as usize]
    }

    /// Every name that is the host, or that the host lies below.
    pub(super) fn find<'a>(&'a self, host: &'a Key) -> impl Iterator<Item = Found> + 'a {
        let labels = host.ends.len();
        let worth_it = |(_, end): &(usize, &usize)| (self.shortest..=self.longest).contains(*end);
        host.ends.iter().enumerate().filter(worth_it).flat_map(move |(at, end)| {
            let same = self.of(&host.letters[..*end]);
            same.iter().map(move |e| Found { below: e.below, depth: labels - 1 - at, tag: e.tag })
        })
    }
}
