//! Files that are compared line by line: those whose meaning nobody knows.

use std::collections::BTreeMap;

use super::lines::{Kind, Line, Part};
use crate::prove::Written;

/// Files whose meaning nobody knows: the user's own templates. The order of lines may mean something.
pub fn text(id: &str, old: &[Written], new: &[Written]) -> Part {
    let lines = |files: &[Written]| -> Vec<String> {
        let texts = files.iter().map(|file| String::from_utf8_lossy(file.bytes));
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let (old, new) = (lines(old), lines(new));
    // How often each stands there.
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    old.iter().for_each(|line| counts.entry(line).or_default().0 += 1);
    new.iter().for_each(|line| counts.entry(line).or_default().1 += 1);
    let word = |times: usize| match times {
        0 => String::new(),
        1 => "a line".to_owned(),
        _ => format!("{times} lines"),
    };
    let changed = counts.into_iter().filter(|(_, (before, after))| before != after);
    let mut lines: Vec<Line> =
        changed.map(|(line, (before, after))| Line::named(line, word(before), word(after))).collect();
    if lines.is_empty() && old != new {
        lines.push(Line::named("all lines", "in their order".to_owned(), "in another order".to_owned()));
    }
    Part { name: id.to_owned(), kind: Kind::Text, lines, counts: Vec::new() }
}
