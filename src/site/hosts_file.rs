//! A list of destinations, one a line: `hosts_file`.

use super::HostLine;
use crate::dest::Dest;
use crate::diag::Sink;
use crate::read::record::Scalar as _;
use crate::source::{FileId, Files, Span};

/// Reads a list. Blank lines and comments (`#` at the start of a line or behind a blank) are skipped; a byte order mark
/// and CRLF are accepted. Every bad line is an error with its place.
pub fn read(files: &Files, file: FileId, sink: &mut Sink) -> Vec<HostLine> {
    let text = files.all(file);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let here = start;
        start += line.len();
        // Only ASCII blanks are trimmed: a full-width one is an error that must be seen.
        let content = uncommented(line).trim_matches(|c: char| c.is_ascii_whitespace());
        if content.is_empty() {
            continue;
        }
        let at = here + line.find(content).unwrap_or(0);
        match Dest::parse(content) {
            Ok(dest) => lines.push(HostLine { dest, span: Span::new(file, at, at + content.len()), text: None }),
            Err(bad) => {
                let part = if bad.at.is_empty() { 0..content.len() } else { bad.at };
                let finding = bad.code.at(Span::new(file, at + part.start, at + part.end), bad.message);
                sink.push(match bad.help {
                    Some(help) => finding.help(help),
                    None => finding,
                });
            }
        }
    }
    lines
}

/// A line without its comment.
fn uncommented(line: &str) -> &str {
    let mut blank_before = true;
    for (at, byte) in line.bytes().enumerate() {
        if byte == b'#' && blank_before {
            return line.get(..at).unwrap_or_default();
        }
        blank_before = byte.is_ascii_whitespace();
    }
    line
}
