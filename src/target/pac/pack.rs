//! Names packed into texts, for files of many names: a text for each top level, or for each first character below it where many
//! names share one. The script unpacks a text when the first host asks for it.
//!
//! A text is a chain of labels in sorted order. Before each stands one character that no label holds (`CODES`); it tells how
//! many characters the label shares with the one before, and which number is said of the name. `.co` turns to names
//! that go on with `co` before their top level; `.co=5` also to the numbers from 5 on.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::dest::is_below;

/// What stands between labels: printable ASCII that no name holds, that needs no escape in a string or on a page, and that no
/// hosting product fills in.
pub const CODES: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#%()*+,/:;?@[]^`{|}~";

/// How many numbers one chain tells apart. More would leave fewer codes for what labels share.
pub const WAYS: usize = 4;

/// Beyond so many names a top level is divided, so that no call unpacks for long.
const MANY: usize = 4096;

/// Whether a name can be packed: it has a top level to stand under, and no character that could be a code.
pub fn can_hold(name: &str) -> bool {
    name.contains('.') && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

/// The texts of names and their numbers, by top level (`.com`) or part of one (`e.com`); `ways` of the numbers to a chain. The
/// names stand in the order of their labels from the right, so that those of a text stand behind each other.
pub fn texts(names: &[(&str, usize)], ways: usize) -> BTreeMap<String, String> {
    let mut runs: Vec<(String, &[(&str, usize)])> = Vec::new();
    let mut rest = names;
    while let Some((name, _)) = rest.first() {
        let top = top(name);
        let mut names = run(&mut rest, |name| is_below(name, top));
        if names.len() <= MANY {
            runs.push((key(top, None), names));
            continue;
        }
        while let Some((name, _)) = names.first() {
            let part = first(name);
            runs.push((key(top, part), run(&mut names, |name| first(name) == part)));
        }
    }
    runs.into_par_iter().map(|(key, names)| (key, text(names, ways))).collect()
}

/// Takes the names at the start of a list for which something holds; it does for the first.
fn run<'l, 'n>(rest: &mut &'l [(&'n str, usize)], holds: impl Fn(&str) -> bool) -> &'l [(&'n str, usize)] {
    let count = rest.iter().take_while(|(name, _)| holds(name)).count();
    let (run, others) = rest.split_at(count.max(1).min(rest.len()));
    *rest = others;
    run
}

/// A name as it stands in a text.
struct Packed<'n> {
    /// The chain of numbers that it counts from.
    chain: usize,
    /// What follows its label before the top level.
    parent: &'n str,
    label: &'n str,
    /// What is said of it, from the start of its chain.
    way: usize,
}

/// The text of names that share one.
fn text(names: &[(&str, usize)], ways: usize) -> String {
    let packed = names.iter().map(|(name, number)| {
        let label = name.split_at(name.bytes().position(|byte| byte == b'.').unwrap_or(name.len())).0;
        let parent = name.get(label.len() + 1..last_dot(name).unwrap_or_default()).unwrap_or_default();
        Packed { chain: (number - 1) / ways, parent, label, way: (number - 1) % ways }
    });
    let mut packed: Vec<Packed> = packed.collect();
    // Stable: those of one chain stay in order. Most stand behind each other already.
    packed.sort_by_key(|name| (name.chain, name.parent));
    let mut text = String::new();
    for names in packed.chunk_by(|a, b| (a.chain, a.parent) == (b.chain, b.parent)) {
        let Some(Packed { chain, parent, .. }) = names.first() else { continue };
        if *chain > 0 {
            text.push_str(&format!(".{parent}={}", 1 + chain * ways));
        } else if !parent.is_empty() {
            text.push_str(&format!(".{parent}"));
        }
        add(&mut text, names, ways);
    }
    text
}

/// The keys under which a name can stand, in a file that has them.
pub fn keys(name: &str) -> [String; 2] {
    [key(top(name), first(name)), key(top(name), None)]
}

fn top(name: &str) -> &str {
    last_dot(name).and_then(|dot| name.get(dot + 1..)).unwrap_or(name)
}

/// Names are short: no search that has to be prepared is worth it.
fn last_dot(name: &str) -> Option<usize> {
    name.bytes().rposition(|byte| byte == b'.')
}

/// The first character below the top level.
fn first(name: &str) -> Option<char> {
    name.get(..last_dot(name)?).map(top)?.chars().next()
}

fn key(top: &str, part: Option<char>) -> String {
    part.into_iter().chain(['.']).chain(top.chars()).collect()
}

fn add(text: &mut String, names: &[Packed], ways: usize) {
    let most = (CODES.len() / ways).saturating_sub(1);
    let mut before = "";
    for Packed { label, way, .. } in names {
        let shared = before.bytes().zip(label.bytes()).take(most).take_while(|(a, b)| a == b).count();
        let code = CODES.as_bytes().get(shared * ways + way).map_or(' ', |byte| char::from(*byte));
        text.push(code);
        text.push_str(label.get(shared..).unwrap_or_default());
        before = label;
    }
}

/// The names that are packed in the text of a file: [`texts`] read again.
#[must_use]
pub fn names_in(file: &str) -> Vec<String> {
    // The script itself says how many numbers a chain tells apart.
    let ways = file.split_once("from + code % ").and_then(|(_, rest)| rest.split(';').next()?.parse::<usize>().ok());
    let Some(ways) = ways.filter(|ways| *ways > 0) else { return Vec::new() };
    let mut names = Vec::new();
    for rest in file.split("\npacked: {").skip(1) {
        for line in rest.lines().skip(1).take_while(|line| !line.starts_with('}')) {
            if let [_, key, _, text, ..] = line.split('"').collect::<Vec<_>>()[..] {
                let top = key.rfind('.').and_then(|dot| key.get(dot..)).unwrap_or_default();
                unpack(text, top, ways, &mut names);
            }
        }
    }
    names
}

fn unpack(text: &str, top: &str, ways: usize, names: &mut Vec<String>) {
    let (mut label, mut under) = (String::new(), top.to_owned());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '.' {
            let end = rest.find(|c| CODES.contains(c)).unwrap_or(rest.len());
            let parent = rest.get(..end).and_then(|chain| chain.split('=').next()).unwrap_or_default();
            under = if parent == "." { top.to_owned() } else { format!("{parent}{top}") };
            label.clear();
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        let behind = rest.get(first.len_utf8()..).unwrap_or_default();
        let end = behind.find(|c: char| c == '.' || CODES.contains(c)).unwrap_or(behind.len());
        label.truncate(CODES.find(first).unwrap_or(0) / ways);
        label.push_str(behind.get(..end).unwrap_or_default());
        names.push(format!("{label}{under}"));
        rest = behind.get(end..).unwrap_or_default();
    }
}
