//! Files that are compared line by line: those whose meaning nobody knows, and lists that allow nothing by themselves.

use std::collections::BTreeSet;

use super::lines::{Kind, Line, Part};
use super::outputs::below;
use crate::prove::Written;
use crate::target;

/// Files whose meaning nobody knows: the user's own templates.
pub fn text(id: &str, old: &[Written], new: &[Written]) -> Part {
    let lines = |files: &[Written]| -> BTreeSet<String> {
        files
            .iter()
            .flat_map(|file| String::from_utf8_lossy(file.bytes).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    Part { name: id.to_owned(), kind: Kind::Text, lines: sets(&lines(old), &lines(new), "a line"), counts: Vec::new() }
}

/// Lists of hosts that are let through under conditions: without inspection, without authentication.
pub fn marks(id: &str, target: &str, old: &[Written], new: &[Written]) -> Vec<Part> {
    let marks = target::named(target).map_or(&[][..], |target| target.marks);
    let of = |files: &[Written], mark: &str| -> BTreeSet<String> {
        let own = files.iter().filter(|file| below(file.path, id).contains(mark));
        let lines = own.flat_map(|file| {
            // What else the name of a list says: how its names are meant, at which ports. How it is cut into files is nothing.
            let words =
                below(file.path, id).split(['_', '.']).filter(|word| !mark.contains(word) && !CUT.contains(word));
            let prefix: Vec<&str> = if mark.contains('_') { words.skip(1).collect() } else { Vec::new() };
            let prefix = prefix.iter().map(|word| format!("{word} ")).collect::<String>();
            let text = String::from_utf8_lossy(file.bytes).into_owned();
            let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
            lines.map(|line| format!("{prefix}{line}")).collect::<Vec<_>>()
        });
        lines.collect()
    };
    let part = |(mark, words): &(&str, &str)| {
        let lines = sets(&of(old, mark), &of(new, mark), words);
        Part { name: format!("{id}, {words}"), kind: Kind::Marks, lines, counts: Vec::new() }
    };
    marks.iter().map(part).filter(|part| !part.lines.is_empty()).collect()
}

/// Words of a list's name that mean nothing: its ending, and the number of a second list of the same kind.
const CUT: [&str; 10] = ["txt", "2", "3", "4", "5", "6", "7", "8", "9", ""];

fn sets(old: &BTreeSet<String>, new: &BTreeSet<String>, words: &str) -> Vec<Line> {
    let gone = old.difference(new).map(|line| Line::named(line, words.to_owned(), String::new()));
    gone.chain(new.difference(old).map(|line| Line::named(line, String::new(), words.to_owned()))).collect()
}
