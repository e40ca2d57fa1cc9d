//! Names for benchmarks: the same ones, in the same order, as those of `bench/pac/names.js`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Numbers that depend on the seed alone (mulberry32).
struct Random(u32);

impl Random {
    /// In [0, 1).
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let mut mixed = (self.0 ^ (self.0 >> 15)).wrapping_mul(self.0 | 1);
        mixed ^= mixed.wrapping_add((mixed ^ (mixed >> 7)).wrapping_mul(mixed | 61));
        f64::from(mixed ^ (mixed >> 14)) / 4_294_967_296.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() * end as f64) as usize
    }
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at + 1));
    }
}

const SYLLABLES: &str =
    "an be co da el fi go ha in jo ka li mo na or pa ra sa ta un ve wo xi za ing net web shop blog cloud data";
const TOPS: &str = "com com com com com com net net org org de ru info io co.uk com.br co.jp fr pl";

/// Names that look like those of a block list.
pub fn invented(count: usize) -> Vec<String> {
    let (syllables, tops): (Vec<&str>, Vec<&str>) = (SYLLABLES.split(' ').collect(), TOPS.split(' ').collect());
    let mut random = Random(1);
    let mut seen = HashSet::with_capacity(count);
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        let mut name = String::new();
        for _ in 0..2 + random.below(3) {
            name += syllables[random.below(syllables.len())];
        }
        if random.next() < 0.1 {
            name += &random.below(1000).to_string();
        }
        name = format!("{name}.{}", tops[random.below(tops.len())]);
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

/// The file that `BENCH_NAMES` names, else the one beside the checkout, else invented names; and what they are called.
pub fn load() -> (Vec<String>, String) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/domains/cloudflare-top100k.json");
    let given = std::env::var_os("BENCH_NAMES").map(PathBuf::from);
    let (mut names, source) = match given.or_else(|| beside.exists().then_some(beside)) {
        Some(file) => {
            let text = std::fs::read_to_string(&file).expect("the file of names");
            let read: serde_json::Value = serde_json::from_str(&text).expect("names as JSON");
            let list = read["list"].as_array().expect("a key `list`").iter().filter_map(|name| name.as_str());
            // A single label is no host.
            let names = list.filter(|name| name.contains('.')).map(str::to_owned).collect();
            (names, file.file_name().unwrap_or_default().to_string_lossy().into_owned())
        }
        None => (invented(100_000), "invented names".to_owned()),
    };
    names.sort();
    names.dedup();
    shuffle(&mut names, &mut Random(7));
    (names, source)
}
