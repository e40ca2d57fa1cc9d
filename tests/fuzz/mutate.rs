//! Good inputs made bad: a number of a case decides which seed is taken and what happens to it, so that a case can be
//! made again from its number alone.

use std::ops::Range;

/// The longest input that is made.
const MOST_BYTES: usize = 64 << 10;

/// Numbers at which types, ports, prefix lengths and days end.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "00",
    "007",
    "0x7f",
    "1e999",
    "31",
    "32",
    "33",
    "63",
    "64",
    "128",
    "129",
    "255",
    "256",
    "443",
    "65535",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
];

/// What texts are not expected to hold: bytes that are no UTF-8, characters that show nothing or turn into others.
const STRANGE: &[&[u8]] = &[
    b"\0",
    b"\r",
    b"\r\n",
    b"\x0b",
    b"\x0c",
    b"\x1b[31m",
    b"\x7f",
    b"\x80",
    b"\xc0\x80",
    b"\xe3\x81",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x99\x82",
    b"\xf4\x90\x80\x80",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    "\u{85}".as_bytes(),
    "\u{a0}".as_bytes(),
    "\u{ad}".as_bytes(),
    "\u{301}".as_bytes(),
    "\u{130}".as_bytes(),
    "\u{df}".as_bytes(),
    "\u{1e9e}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{200d}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{3000}".as_bytes(),
    "\u{3002}".as_bytes(),
    "\u{5d0}".as_bytes(),
    "\u{65e5}\u{672c}".as_bytes(),
    "\u{feff}".as_bytes(),
    "\u{ff0a}".as_bytes(),
    "\u{ff0e}".as_bytes(),
    "\u{ff11}\u{ff12}".as_bytes(),
    "\u{e0001}".as_bytes(),
    "\u{10ffff}".as_bytes(),
];

/// What opens something that can stand in itself.
const NESTS: &[&str] =
    &["[", "{", "(", "{a: ", "[[", "- ", "? ", "a: [", "((", "\"", "*.", "a.", "..", "'", "${", "!", "&a "];

/// Numbers out of a number: SplitMix64.
pub struct Random(u64);

impl Random {
    /// The same numbers for the same run, target and case.
    pub fn of(seed: u64, target: &str, case: u64) -> Self {
        let mut state = seed;
        for byte in target.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut random = Self(state ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another one, which is not zero.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A part of something long, more often a short one.
    fn range(&mut self, len: usize) -> Range<usize> {
        let start = self.below(len + 1);
        let most = if self.one_in(4) { len - start } else { (len - start).min(12) };
        start..start + self.below(most + 1)
    }
}

/// An input: a seed, and one to a dozen things that happen to it.
pub fn mutated(random: &mut Random, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    let mut rounds = 1;
    while rounds < 12 && random.one_in(2) {
        rounds += 1;
    }
    for _ in 0..rounds {
        once(&mut bytes, random, seeds, words);
        bytes.truncate(MOST_BYTES);
    }
    bytes
}

fn once(bytes: &mut Vec<u8>, random: &mut Random, seeds: &[Vec<u8>], words: &[&str]) {
    let at = random.below(bytes.len() + 1);
    let here = at.min(bytes.len().saturating_sub(1));
    match random.below(22) {
        0 if !bytes.is_empty() => bytes[here] ^= 1 << random.below(8),
        1 if !bytes.is_empty() => bytes[here] = random.below(256) as u8,
        2 => put(bytes, at..at, &[random.below(128) as u8]),
        3..=5 => put(bytes, at..at, random.pick(words).as_bytes()),
        6 | 7 => {
            let word = word_at(bytes, at);
            put(bytes, word, random.pick(words).as_bytes());
        }
        8 => put(bytes, at..at, random.pick(STRANGE)),
        9 => {
            let word = word_at(bytes, at);
            put(bytes, word, random.pick(STRANGE));
        }
        10 => {
            let number = number_from(bytes, at);
            put(bytes, number, random.pick(NUMBERS).as_bytes());
        }
        11 | 12 => {
            let range = random.range(bytes.len());
            bytes.drain(range);
        }
        13 => {
            let part = bytes[random.range(bytes.len())].to_vec();
            put(bytes, at..at, &part);
        }
        14 => many(bytes, at, random),
        15 => {
            // Another seed goes on where this one is cut.
            let other = &seeds[random.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.below(other.len() + 1)..]);
        }
        16 => {
            let other = &seeds[random.below(seeds.len())];
            put(bytes, at..at, &other[random.range(other.len())]);
        }
        17 | 18 => lines(bytes, random, seeds),
        19 => bytes.truncate(at),
        20 => ends(bytes, random),
        _ => {
            let word = word_at(bytes, at);
            let upper = random.one_in(2);
            bytes[word]
                .iter_mut()
                .for_each(|b| *b = if upper { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() });
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: Range<usize>, what: &[u8]) {
    bytes.splice(at, what.iter().copied());
}

/// The letters and digits around a place.
fn word_at(bytes: &[u8], at: usize) -> Range<usize> {
    let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || !b.is_ascii();
    let before = bytes[..at].iter().rev().take_while(|b| inside(b)).count();
    let after = bytes[at..].iter().take_while(|b| inside(b)).count();
    at - before..at + after
}

/// The next number, or nothing at the end.
fn number_from(bytes: &[u8], at: usize) -> Range<usize> {
    let start = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |n| at + n);
    let len = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    start..start + len
}

/// Something many times over: what opens a level, or a part of the input.
fn many(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let times = if random.one_in(8) { 1 + random.below(3000) } else { 2 + random.below(80) };
    let part = if random.one_in(2) {
        random.pick(NESTS).as_bytes().to_vec()
    } else {
        let range = random.range(bytes.len().min(MOST_BYTES / 64));
        bytes[range].to_vec()
    };
    let times = times.min(MOST_BYTES / part.len().max(1));
    put(bytes, at..at, &part.repeat(times));
}

/// A line twice, away, in the place of another one, or out of another seed.
fn lines(bytes: &mut Vec<u8>, random: &mut Random, seeds: &[Vec<u8>]) {
    let line = |bytes: &[u8], random: &mut Random| {
        let at = random.below(bytes.len() + 1);
        let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n + 1);
        start..end
    };
    let one = line(bytes, random);
    let other = line(bytes, random);
    match random.below(4) {
        0 => drop(bytes.drain(one)),
        1 => {
            let copy = bytes[one].to_vec();
            put(bytes, other.start..other.start, &copy);
        }
        2 => {
            let copy = bytes[one].to_vec();
            put(bytes, other, &copy);
        }
        _ => {
            let seed = &seeds[random.below(seeds.len())];
            let copy = seed[line(seed, random)].to_vec();
            put(bytes, other.start..other.start, &copy);
        }
    }
}

/// What editors and mail programs do to whole files.
fn ends(bytes: &mut Vec<u8>, random: &mut Random) {
    let replaced = |bytes: &[u8], with: &[u8]| bytes.split(|b| *b == b'\n').collect::<Vec<_>>().join(with);
    match random.below(5) {
        0 => *bytes = replaced(bytes, b"\r\n"),
        1 => *bytes = replaced(bytes, b"\r"),
        2 => put(bytes, 0..0, b"\xef\xbb\xbf"),
        3 => bytes.push(b'\n'),
        _ => {
            let text = String::from_utf8_lossy(bytes);
            *bytes = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        }
    }
}
