//! Lines of a file with their numbers, and what no format of ours allows in them.

use super::{File, Problem};

/// What was found wrong, file by file.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, path: &str, line: usize, message: impl Into<String>) {
        self.0.push(Problem { path: path.to_owned(), line, message: message.into() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` when nothing was wrong, else every problem once, by file and line.
    pub(super) fn or<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        self.0.dedup();
        Err(self.0)
    }
}

/// A line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

/// The lines of a file. A line that is no text, or holds control characters, is a problem and left out.
pub(super) fn lines<'a>(file: &File<'a>, problems: &mut Problems) -> Vec<Line<'a>> {
    let mut rest = file.bytes;
    if let Some(after) = rest.strip_prefix(b"\xef\xbb\xbf") {
        problems.add(file.path, 1, "the file begins with a byte order mark, which is taken as part of the first line");
        rest = after;
    }
    let mut out = Vec::with_capacity(rest.iter().filter(|b| **b == b'\n').count() + 1);
    for (at, bytes) in rest.split(|b| *b == b'\n').enumerate() {
        let number = at + 1;
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.iter().any(|b| (*b < 0x20 && *b != b'\t') || *b == 0x7f) {
            problems.add(file.path, number, "a control character");
            continue;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => out.push(Line { number, text }),
            Err(_) => problems.add(file.path, number, "the line is not UTF-8"),
        }
    }
    out
}

/// A text of a file as messages quote it: escaped and cut.
pub(super) fn quoted(text: &str) -> String {
    let mut out: String = text.chars().take(80).flat_map(char::escape_default).collect();
    out = out.replace("\\'", "'").replace("\\\"", "\"").replace("\\\\", "\\");
    if text.chars().nth(80).is_some() {
        out.push_str("...");
    }
    format!("`{out}`")
}
