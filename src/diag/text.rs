//! Findings for people: rustc's layout, by the library rustc took it from.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::source::{Files, Span};

/// Longest line of an excerpt, in bytes: beyond it the excerpt shows the neighbourhood of the place only.
const MAX_LINE: usize = 20_000;

/// Renders one finding; with `styled`, in colour.
#[must_use]
pub fn render(diagnostic: &Diagnostic, files: &Files, styled: bool) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = printable(&diagnostic.message);
    let mut group = Group::with_title(level.primary_title(message).id(diagnostic.code.id()));
    // What could not be read has a name and no lines.
    let unread = diagnostic.at.filter(|span| !files.has_lines(*span)).map(|span| printable(files.name(span.file)));
    if let Some(name) = &unread {
        group = group.element(Origin::path(name.as_str()));
    }
    let excerpts: Vec<Excerpt> = diagnostic
        .at
        .iter()
        .filter(|_| unread.is_none())
        .map(|span| excerpt(files, *span, "", AnnotationKind::Primary))
        .chain(diagnostic.also.iter().map(|(span, words)| excerpt(files, *span, words, AnnotationKind::Context)))
        .collect();
    for excerpt in &excerpts {
        let annotation = excerpt.kind.span(excerpt.range.clone()).label(excerpt.label.as_str());
        group = group.element(
            Snippet::source(excerpt.text.as_str())
                .path(excerpt.path.as_str())
                .line_start(excerpt.line)
                .annotation(annotation),
        );
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

struct Excerpt {
    path: String,
    line: usize,
    text: String,
    range: std::ops::Range<usize>,
    label: String,
    kind: AnnotationKind,
}

/// The one line of a span, shortened around it when it is long.
fn excerpt(files: &Files, span: Span, label: &str, kind: AnnotationKind) -> Excerpt {
    let text = files.all(span.file);
    let start = (span.start as usize).min(text.len());
    let line_start = text.get(..start).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
    let line_end = text.get(start..).and_then(|t| t.find('\n')).map_or(text.len(), |i| start + i);
    let end = (span.end as usize).clamp(start, line_end);
    let floor = |mut i: usize| {
        while !text.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    let (from, to) = if line_end - line_start > MAX_LINE {
        (floor(start.saturating_sub(MAX_LINE / 3).max(line_start)), floor((start + MAX_LINE).min(line_end)))
    } else {
        (line_start, line_end)
    };
    let shown = printable(text.get(from..to).unwrap_or_default().trim_end_matches('\r'));
    let (line, column) = files.position(span);
    // The library derives the column from the excerpt, which a shortened line would falsify: say it in the path.
    let path = if from == line_start {
        files.name(span.file).to_owned()
    } else {
        format!("{}:{line}:{column}, shortened", files.name(span.file))
    };
    let start = floor(start).max(from);
    let end = floor(end.min(to).max(start));
    let range = (start - from).min(shown.len())..(end - from).min(shown.len());
    Excerpt { path, line, text: shown, range, label: printable(label), kind }
}

/// A foreign text made safe for a terminal, of the same length in bytes where it matters: control characters become
/// blanks or replacement signs, so that no escape sequence of a hostile file is played.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' => '\n',
            c if c.is_control() && c.len_utf8() == 1 => ' ',
            c if c.is_control() => '\u{bf}',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect()
}
