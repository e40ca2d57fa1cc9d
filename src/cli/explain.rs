//! `pacwright explain`.

use std::mem::ManuallyDrop;

use clap::Args;
use serde::Serialize;

use super::{Format, Global, Outcome, fail, print, print_json, say, show};
use crate::dest::Ask;
use crate::diag::{Report, Severity, json};
use crate::explain::{Answer, Line, ZoneAnswer, explain};
use crate::pipeline;

#[derive(Debug, Args)]
pub struct Options {
    /// A URL, HOST or HOST:PORT; without scheme and port, 443
    #[arg(required = true, value_name = "URL|HOST[:PORT]")]
    asked: Vec<String>,
}

#[derive(Serialize)]
struct All {
    answers: Vec<Answer>,
    findings: Vec<json::Finding>,
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    let mut report = Report::default();
    let Some(input) = pipeline::load(&global.paths(), &mut report) else {
        return fail(report, global);
    };
    // The process ends soon: to free all this piece by piece takes as long as to look for the lines.
    let input = ManuallyDrop::new(input);
    let built = ManuallyDrop::new(pipeline::run(&input, &mut report));
    if report.sink.has_errors() {
        return fail(report, global);
    }
    let mut answers = Vec::new();
    let mut wrong = false;
    for text in &options.asked {
        match Ask::parse(text) {
            Ok(ask) => answers.push(explain(&built, &report.files, text, &ask)),
            Err(bad) => {
                wrong = true;
                say(&format!("error: {}: {}", crate::diag::clip(text), bad.message));
                if let Some(help) = bad.help {
                    say(&format!("  {help}"));
                }
            }
        }
    }
    let least = if global.verbose { Severity::Note } else { Severity::Error };
    let (found, files) = show(report, global, least);
    match global.format {
        Format::Json | Format::Sarif => print_json(&All { answers, findings: json::findings(&found, &files) }),
        _ => answers.iter().for_each(|answer| print(&text(answer))),
    }
    if wrong { Outcome::Failed } else { Outcome::Done }
}

fn text(answer: &Answer) -> String {
    let mut out = format!("{}\n", answer.host_port);
    for zone in &answer.zones {
        out.push_str(&zone_text(zone));
    }
    for other in &answer.not_by_proxy {
        out.push_str(&format!(
            "  also needs the firewall: {} {}  {}  {}{}\n",
            other.destination,
            other.ports,
            other.endpoint,
            other.place,
            live(other.live_from.as_ref())
        ));
        other.lines.iter().for_each(|line| out.push_str(&line_text(line)));
    }
    if let Some(note) = &answer.note {
        out.push_str(&format!("  note: {note}\n"));
    }
    out
}

fn zone_text(zone: &ZoneAnswer) -> String {
    let mut out = format!(
        "  {}-> {}: {}\n",
        zone.zone.as_ref().map_or(String::new(), |z| format!("zone {z} ")),
        zone.route,
        zone.why
    );
    for candidate in &zone.candidates {
        out.push_str(&format!(
            "    {:<6} {}  {}  {}  {}{}{}\n",
            if candidate.wins { "wins" } else { "loses" },
            candidate.destination,
            candidate.ports,
            candidate.endpoint,
            candidate.place,
            live(candidate.live_from.as_ref()),
            candidate.why.as_ref().map_or(String::new(), |w| format!("  ({w})")),
        ));
    }
    zone.lines.iter().for_each(|line| out.push_str(&line_text(line)));
    out
}

fn live(from: Option<&String>) -> String {
    from.map_or_else(String::new, |day| format!("  (live from {day})"))
}

fn line_text(line: &Line) -> String {
    match (&line.file, &line.text) {
        (Some(file), Some(text)) => format!("    in {file}:{}  {}\n", line.line.unwrap_or(0), shortened(text)),
        _ => format!("    in {}: {}\n", line.output, line.how),
    }
}

/// A line of an artifact, as much of it as a terminal shows.
fn shortened(text: &str) -> String {
    let text = text.trim();
    let mut out: String = text.chars().take(120).collect();
    if text.chars().nth(120).is_some() {
        out.push('…');
    }
    out
}
