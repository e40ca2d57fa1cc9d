//! A list of destinations, one a line: `hosts_file`.

use std::ops::Range;

use rayon::prelude::*;

use super::HostLine;
use crate::dest::Dest;
use crate::diag::Sink;
use crate::read::record::Scalar as _;
use crate::source::{FileId, Files, Span, whole_lines};

/// Bytes of a list that are read in one go, beside others.
const PART: usize = 64 << 10;

/// Whether the text of a list is all there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// It is.
    All,
    /// `\u{fffd}` stands in it for bytes that are not UTF-8; those are told already.
    Mended,
}

/// Reads a list, behind what is there already. Blank lines and comments (`#` at the start of a line or behind a blank) are
/// skipped; a byte order mark and CRLF are accepted. Every bad line is an error with its place.
pub fn read(files: &Files, file: FileId, letters: Letters, lines: &mut Vec<HostLine>, sink: &mut Sink) {
    let text = files.all(file);
    let part = |place: Range<usize>| part(file, letters, place.start, text.get(place).unwrap_or_default());
    let places: Vec<Range<usize>> = whole_lines(text.as_bytes(), PART).collect();
    let parts: Vec<(Vec<HostLine>, Sink)> = places.into_par_iter().map(part).collect();
    lines.reserve_exact(parts.iter().map(|(lines, _)| lines.len()).sum());
    for (of_part, findings) in parts {
        lines.extend(of_part);
        sink.append(findings);
    }
}

/// Reads some lines of a list; they begin at `start`.
fn part(file: FileId, letters: Letters, mut start: usize, text: &str) -> (Vec<HostLine>, Sink) {
    let mut sink = Sink::default();
    // Fresh memory is slow: there is never more than for a destination a line.
    let mut lines = Vec::with_capacity(text.bytes().filter(|byte| *byte == b'\n').count() + 1);
    for line in text.split_inclusive('\n') {
        let here = start;
        start += line.len();
        // Only ASCII blanks are trimmed: a full-width one is an error that must be seen.
        let blank = |c: char| c.is_ascii_whitespace();
        let indented = uncommented(line).trim_end_matches(blank);
        let content = indented.trim_start_matches(blank);
        let is_told = letters == Letters::Mended && content.contains(char::REPLACEMENT_CHARACTER);
        if content.is_empty() || is_told {
            continue;
        }
        let at = here + indented.len() - content.len();
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
    (lines, sink)
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
