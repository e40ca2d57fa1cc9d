//! Files that are compared line by line: those whose meaning nobody knows.

use std::collections::BTreeSet;

use super::lines::{Kind, Line, Part};
use crate::prove::Written;

/// Files whose meaning nobody knows: the user's own templates.
pub fn text(id: &str, old: &[Written], new: &[Written]) -> Part {
    let lines = |files: &[Written]| -> BTreeSet<String> {
        files
            .iter()
            .flat_map(|file| String::from_utf8_lossy(file.bytes).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let (old, new) = (lines(old), lines(new));
    let word = || "a line".to_owned();
    let gone = old.difference(&new).map(|line| Line::named(line, word(), String::new()));
    let lines = gone.chain(new.difference(&old).map(|line| Line::named(line, String::new(), word()))).collect();
    Part { name: id.to_owned(), kind: Kind::Text, lines, counts: Vec::new() }
}
