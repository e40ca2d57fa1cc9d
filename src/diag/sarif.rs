//! Findings as SARIF 2.1.0, which code-scanning pages read.

use serde::Serialize;

use super::{Code, Diagnostic, Severity};
use crate::source::{Files, Span};

/// A SARIF log.
#[derive(Debug, Serialize)]
pub struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
struct Run {
    tool: Tool,
    results: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct Message {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    related_locations: Vec<Location>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The findings as a SARIF log; its rules are all codes, found or not.
#[must_use]
pub fn log(found: &[Diagnostic], files: &Files) -> Log {
    let rules = Code::ALL.iter().map(|code| Rule {
        id: code.id(),
        short_description: Message { text: code.meaning().to_owned() },
        default_configuration: Configuration { level: level(code.severity()) },
    });
    let outcome = |d: &Diagnostic| Outcome {
        rule_id: d.code.id(),
        level: level(d.severity()),
        message: Message { text: std::iter::once(&d.message).chain(&d.help).cloned().collect::<Vec<_>>().join("; ") },
        locations: d.at.iter().map(|span| location(files, *span, None)).collect(),
        related_locations: d.also.iter().map(|(span, words)| location(files, *span, Some(words))).collect(),
    };
    let driver = Driver { name: "pacwright", version: env!("CARGO_PKG_VERSION"), rules: rules.collect() };
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run { tool: Tool { driver }, results: found.iter().map(outcome).collect() }],
    }
}

fn location(files: &Files, span: Span, words: Option<&String>) -> Location {
    let region = files.has_lines(span).then(|| {
        let (start_line, start_column) = files.position(span);
        Region { start_line, start_column }
    });
    Location {
        physical_location: Physical { artifact_location: Artifact { uri: uri(files.name(span.file)) }, region },
        message: words.map(|text| Message { text: text.clone() }),
    }
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
