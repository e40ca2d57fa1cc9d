//! Findings for programs: one object a finding, the interface of `--format json`.

use serde::Serialize;

use super::{Diagnostic, Severity};
use crate::source::{Files, Span};

/// A finding as JSON.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// The stable id of its kind.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: Option<Place>,
    /// Other places.
    pub also: Vec<Related>,
    /// What to do.
    pub help: Vec<String>,
}

/// A place as JSON.
#[derive(Debug, Serialize)]
pub struct Place {
    /// The file as given.
    pub file: String,
    /// Line from 1; none when the file could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column from 1, in characters; with the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// Another place and its words.
#[derive(Debug, Serialize)]
pub struct Related {
    /// Where.
    pub at: Place,
    /// Why it matters.
    pub message: String,
}

/// The place of a span.
#[must_use]
pub fn place(files: &Files, span: Span) -> Place {
    let position = files.has_lines(span).then(|| files.position(span));
    let (line, column) = position.unzip();
    Place { file: files.name(span.file).to_owned(), line, column }
}

/// The findings as JSON values.
#[must_use]
pub fn findings(found: &[Diagnostic], files: &Files) -> Vec<Finding> {
    let finding = |d: &Diagnostic| Finding {
        code: d.code.id(),
        severity: d.severity(),
        message: d.message.clone(),
        at: d.at.map(|span| place(files, span)),
        also: d.also.iter().map(|(span, words)| Related { at: place(files, *span), message: words.clone() }).collect(),
        help: d.help.clone(),
    };
    found.iter().map(finding).collect()
}
