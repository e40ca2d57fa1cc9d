//! Names packed into texts, for files of many names: a text for each top level, or for each first character below it where many
//! names share one. The script unpacks a text when the first host asks for it.
//!
//! A text is a chain of labels in sorted order. Before each stands one character that no label holds (`CODES`); it tells how
//! many characters the label shares with the one before, and which number is said of the name. `.co` turns to names
//! that go on with `co` before their top level; `.co=5` also to the numbers from 5 on.

use std::collections::BTreeMap;

/// What stands between labels: printable ASCII that no name holds, that needs no escape in a string or on a page, and that no
/// hosting product fills in.
pub const CODES: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#%()*+,/:;?@[]^`{|}~";

/// How many numbers one chain tells apart. More would leave fewer codes for what labels share.
pub const WAYS: usize = 4;

/// Beyond so many names a top level is divided, so that no call unpacks for long.
const MANY: usize = 4096;

/// Labels, and what is said of each, by the chain of numbers that they count from and what follows them before the top level.
type Chains<'n> = BTreeMap<(usize, &'n str), Vec<(&'n str, usize)>>;

/// Whether a name can be packed: it has a top level to stand under, and no character that could be a code.
pub fn can_hold(name: &str) -> bool {
    name.contains('.') && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
}

/// The texts of names and their numbers, by top level (`.com`) or part of one (`e.com`); `ways` of the numbers to a chain. The
/// names stand in the order of their labels from the right, so that those of a text stand behind each other.
pub fn texts(names: &[(&str, usize)], ways: usize) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for names in names.chunk_by(|(a, _), (b, _)| top(a) == top(b)) {
        let is_divided = names.len() > MANY;
        let part = |name| if is_divided { first(name) } else { None };
        for names in names.chunk_by(|(a, _), (b, _)| part(a) == part(b)) {
            let Some((name, _)) = names.first() else { continue };
            texts.insert(key(top(name), part(name)), text(names, ways));
        }
    }
    texts
}

/// The text of names that share one.
fn text(names: &[(&str, usize)], ways: usize) -> String {
    let mut chains = Chains::new();
    for (name, number) in names {
        let (label, parent) = name.split_once('.').unwrap_or((name, ""));
        let parent = parent.rsplit_once('.').map_or("", |(parent, _)| parent);
        let (chain, way) = ((number - 1) / ways, (number - 1) % ways);
        chains.entry((chain, parent)).or_default().push((label, way));
    }
    let mut text = String::new();
    for ((chain, parent), labels) in chains {
        if chain > 0 {
            text.push_str(&format!(".{parent}={}", 1 + chain * ways));
        } else if !parent.is_empty() {
            text.push_str(&format!(".{parent}"));
        }
        add(&mut text, &labels, ways);
    }
    text
}

/// The keys under which a name can stand, in a file that has them.
pub fn keys(name: &str) -> [String; 2] {
    [key(top(name), first(name)), key(top(name), None)]
}

fn top(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The first character below the top level.
fn first(name: &str) -> Option<char> {
    name.rsplit('.').nth(1)?.chars().next()
}

fn key(top: &str, part: Option<char>) -> String {
    part.into_iter().chain(['.']).chain(top.chars()).collect()
}

fn add(text: &mut String, labels: &[(&str, usize)], ways: usize) {
    let most = (CODES.len() / ways).saturating_sub(1);
    let mut before = "";
    for (label, way) in labels {
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
