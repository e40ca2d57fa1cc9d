//! `pacwright check --explain`: what a code means, by the tables of the program and the page that documents it.

use clap::builder::{PossibleValue, TypedValueParser};
use serde::Serialize;
use serde_json::json;

use super::{Format, Global, Outcome, print, print_json, say};
use crate::diag::{Code, Severity, clip, nearest};
use crate::target::fidelity::Reason;

/// The page of the codes: the only place that says why a finding matters and what to do.
const PAGE: &str = include_str!("../../docs/codes.md");

/// Takes any text, so that a wrong one is answered as all wrong input is, and offers the codes to completions.
#[derive(Debug, Clone)]
pub struct AnyCode;

impl TypedValueParser for AnyCode {
    type Value = String;

    fn parse_ref(
        &self,
        _: &clap::Command,
        _: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Code::ALL.iter().map(|code| PossibleValue::new(code.id()))))
    }
}

/// A code of findings.
#[derive(Debug, Serialize)]
struct Finding {
    code: &'static str,
    severity: Severity,
    meaning: &'static str,
    /// What the `for` of a waiver names; none where findings cannot be waived.
    waiver_for: Option<&'static str>,
    /// Why it matters and what to do, in Markdown.
    text: String,
    /// A case, as the program says it.
    example: Option<String>,
}

/// A reason of `manifest.json`.
#[derive(Debug, Serialize)]
struct Loss {
    code: &'static str,
    makes: &'static str,
    meaning: &'static str,
}

/// Explains a code, or lists all of them when it is empty.
pub fn explain(code: &str, global: &Global) -> Outcome {
    let findings: Vec<Finding> =
        Code::ALL.iter().filter(|c| code.is_empty() || c.id() == code).map(|c| finding(*c)).collect();
    let losses: Vec<Loss> = Reason::ALL
        .iter()
        .filter(|r| code.is_empty() || r.id() == code)
        .map(|r| Loss { code: r.id(), makes: r.kind().word(), meaning: r.text() })
        .collect();
    if findings.is_empty() && losses.is_empty() {
        return unknown(code, global);
    }
    match global.format {
        Format::Json | Format::Sarif => print_json(&json!({"findings": findings, "reasons": losses})),
        _ if code.is_empty() => {
            findings.iter().for_each(|f| print(&format!("{:<24} {:<8} {}\n", f.code, f.severity.word(), f.meaning)));
            losses.iter().for_each(|l| print(&format!("{:<24} {:<8} {}\n", l.code, l.makes, l.meaning)));
        }
        _ => {
            findings.iter().for_each(|f| print(&text(f)));
            losses.iter().for_each(|l| print(&format!("{} ({}): {}\n", l.code, l.makes, l.meaning)));
        }
    }
    Outcome::Done
}

fn unknown(code: &str, global: &Global) -> Outcome {
    let known: Vec<&str> = Code::ALL.iter().map(|c| c.id()).chain(Reason::ALL.iter().map(|r| r.id())).collect();
    let near = nearest(code, &known);
    let message = format!("no finding has the code `{}`", clip(code));
    let help =
        near.map_or("`pacwright check --explain` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
    match global.format {
        Format::Json | Format::Sarif => print_json(&json!({"error": message, "help": help})),
        _ => {
            say(&format!("error: {message}"));
            say(&format!("  {help}"));
        }
    }
    Outcome::Failed
}

fn finding(code: Code) -> Finding {
    let (text, example) = section(code.id());
    Finding {
        code: code.id(),
        severity: code.severity(),
        meaning: code.meaning(),
        waiver_for: code.waived_for(),
        text,
        example,
    }
}

/// The words of a code's section, and the block below them.
fn section(id: &str) -> (String, Option<String>) {
    let heading = format!("\n### {id}\n");
    let body = PAGE.split_once(&heading).map_or("", |(_, rest)| rest);
    let body = body.split("\n### ").next().unwrap_or_default();
    let body = body.split("\n## ").next().unwrap_or_default();
    let (words, block) = body.split_once("<!-- ").unwrap_or((body, ""));
    let example = block.split_once("```\n").and_then(|(_, rest)| rest.split_once("```")).map(|(text, _)| text);
    (words.trim().to_owned(), example.map(|text| text.trim_end().to_owned()))
}

fn text(finding: &Finding) -> String {
    let mut out = format!("{} ({}): {}\n", finding.code, finding.severity.word(), finding.meaning);
    if !finding.text.is_empty() {
        out.push_str(&format!("\n{}\n", finding.text));
    }
    match finding.waiver_for {
        Some(what) => out.push_str(&format!(
            "\nTo answer for it, in site.yaml, where `for` is {what}:\n\n    waivers:\n      - {{code: {}, for: \"...\", reason: ..., until: YYYY-MM-DD}}\n",
            finding.code
        )),
        None => out.push_str("\nIt cannot be waived.\n"),
    }
    if let Some(example) = &finding.example {
        out.push_str("\nFor example:\n\n");
        for line in example.lines() {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        }
    }
    out
}
