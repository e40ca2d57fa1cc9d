//! Many host names, found by a host in as many lookups as it has labels.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
use rayon::prelude::*;

/// A host to look for, in as many lists as there are.
#[derive(Debug)]
pub(super) struct Key {
    /// In lower case.
    host: String,
    /// Where its labels begin.
    starts: Vec<usize>,
}

impl Key {
    /// A host in lower case.
    pub(super) fn of(host: String) -> Self {
        let behind_dots = host.bytes().enumerate().filter(|(_, b)| *b == b'.').map(|(dot, _)| dot + 1);
        let starts = std::iter::once(0).chain(behind_dots).collect();
        Self { host, starts }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// How many labels it has.
    pub(super) fn labels(&self) -> usize {
        self.starts.len()
    }
}

/// The letters of a name from the right, its dots before every other: names below a name stand right behind it.
fn from_right(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().rev().map(|b| if *b == b'.' { 1 } else { *b })
}

/// The first of them as a number, which tells most names apart.
fn first_from_right(name: &[u8]) -> u128 {
    let (mut letters, own) = ([0; 16], from_right(name));
    letters.iter_mut().zip(own).for_each(|(letter, b)| *letter = b);
    u128::from_be_bytes(letters)
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

/// Letters of a usual name.
const USUAL: usize = 16;

impl Names {
    /// Makes room for so many names.
    pub(super) fn reserve(&mut self, more: usize) {
        self.keys.reserve(more * USUAL);
        self.entries.reserve(more);
    }

    pub(super) fn add(&mut self, name: &str, below: bool, tag: u32) {
        let (start, len) = (self.keys.len(), u32::try_from(name.len()).unwrap_or(u32::MAX));
        self.keys.extend(name.bytes().map(|b| b.to_ascii_lowercase()));
        self.entries.push(Entry { start, len, tag, same: 1, below });
    }

    /// To be called once after the last `add`.
    pub(super) fn finish(&mut self) {
        let keys = &self.keys;
        let first = |entry: Entry| (first_from_right(entry.of(keys)), entry);
        let mut sorted: Vec<(u128, Entry)> = self.entries.drain(..).map(first).collect();
        // Equal names stay in the order of the file.
        sorted.par_sort_unstable_by(|(a, one), (b, other)| {
            let rest = || from_right(one.of(keys)).cmp(from_right(other.of(keys)));
            a.cmp(b).then_with(rest).then(other.below.cmp(&one.below)).then(one.start.cmp(&other.start))
        });
        // In this order hosts are asked for: what is looked at next lies beside what was looked at last.
        let mut in_order = Vec::with_capacity(keys.len());
        self.entries.extend(sorted.into_iter().map(|(_, entry)| {
            let start = in_order.len();
            in_order.extend_from_slice(entry.of(keys));
            Entry { start, ..entry }
        }));
        self.keys = in_order;
        let keys = &self.keys;
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
                let above = name.strip_suffix(wide);
                above.is_some_and(|rest| rest.is_empty() || (c.below && rest.ends_with(b".")))
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
        let letters = host.host.as_bytes();
        let worth_it =
            |(_, start): &(usize, &usize)| (self.shortest..=self.longest).contains(&(letters.len() - *start));
        host.starts.iter().enumerate().filter(worth_it).flat_map(move |(depth, start)| {
            let same = self.of(&letters[*start..]);
            same.iter().map(move |e| Found { below: e.below, depth, tag: e.tag })
        })
    }
}
