//! `pacwright build`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::diff::side::{self, Meaning};
use super::diff::words;
use super::{Format, Global, Outcome, failure, print, print_json, say, show};
use crate::check;
use crate::claims::Claims;
use crate::diag::{Code, Report, Severity, Sink, json as diag_json};
use crate::diff::lines::Diff;
use crate::diff::outputs;
use crate::pipeline::{self, Built};
use crate::prove::{self, Proof};
use crate::publish::{self, Release, manifest};
use crate::target::fidelity::Kind;
use crate::target::translate::{counts, exact_lines};

#[derive(Debug, Args)]
pub struct Options {
    /// The output folder
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Fail when an output does not say an endpoint exactly
    #[arg(long)]
    strict: bool,
    /// Write nothing; exit with 1 when something would change
    #[arg(long)]
    check: bool,
    /// Keep in the manifest what differs from an earlier build: what `diff` says of it and this one
    #[arg(long, value_name = "DIR|REV:PATH|SITE")]
    since: Option<String>,
    /// Overwrite files that were edited by hand or are not pacwright's
    #[arg(long)]
    force: bool,
}

impl Options {
    /// A build into a folder, without any option.
    pub const fn into(out: PathBuf) -> Self {
        Self { out, strict: false, check: false, force: false, since: None }
    }
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    let (outcome, value) = make(options, global);
    if global.format != Format::Text {
        print_json(&value);
    }
    outcome
}

/// Builds, and says for people what it came to; for programs it gives that back.
pub fn make(options: &Options, global: &Global) -> (Outcome, Value) {
    let mut report = Report::default();
    let Some(input) = pipeline::load(&global.paths(), &mut report) else {
        return refuse(report, global);
    };
    let built = pipeline::run(&input, &mut report);
    if options.strict {
        strict(&built, &mut report);
    }
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    let mut unproved = Sink::default();
    let (files, sink) = (&report.files, &mut report.sink);
    let prove = || {
        let claims = Claims::of(&built, files);
        let proof = prove::build(&built, &claims, &mut unproved);
        (claims, proof)
    };
    let ((), (claims, proof)) = rayon::join(|| check::check(&built, None, sink), prove);
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    report.sink.append(unproved);
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    let mut since = None;
    if let Some(given) = &options.since {
        match compared(given, &built, &claims, global) {
            Ok(diff) => since = Some(diff),
            Err(why) => return refuse(*why, global),
        }
    }
    let since_value = since.as_ref().map(words::parts);
    let manifest = match manifest::make(&built, claims, since_value.clone()) {
        Ok(made) => made,
        Err(error) => {
            report.sink.push(Code::Internal.nowhere(format!("the manifest: {error}")));
            return refuse(report, global);
        }
    };
    // Nobody else writes from here on, so that what is planned is still true when it is done.
    let journal = if options.check { None } else { publish::open(&options.out, &mut report.sink) };
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    let release = Release::new(&built.artifacts, &manifest);
    let changes = publish::plan(&options.out, &release, options.force, &mut report.sink);
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    if let Some(journal) = journal
        && let Err((why, done)) = publish::publish(&options.out, &release, &changes, journal)
    {
        let finding = Code::CannotWrite.nowhere(why);
        if done == 0 {
            report.sink.push(finding);
            return refuse(report, global);
        }
        let message = format!("{done} files were changed before, the others are those of the build before");
        report.sink.push(finding.help(message).help("build again when the cause is gone: it ends what was begun"));
        return (Outcome::Failed, failure(report, global));
    }
    let changed = changes.written.len() + changes.removed.len();
    let least = if global.verbose { Severity::Note } else { Severity::Error };
    let (found, files) = show(report, global, least);
    if global.format == Format::Text && !global.quiet {
        print(&text_table(&built));
        if global.verbose {
            say(&proof_words(&proof));
        }
        let verb = if options.check { "would change" } else { "changed" };
        let warnings = found.len();
        let hint = if warnings > 0 && !global.verbose {
            format!("; {warnings} to look at: pacwright check")
        } else {
            String::new()
        };
        say(&format!("{changed} files {verb} in {}{hint}", options.out.display()));
        if let (Some(given), Some(diff)) = (&options.since, &since) {
            let lines: usize = diff.parts.iter().map(|part| part.lines.len()).sum();
            say(&format!("{lines} differences since {given}: pacwright diff {given} {}", options.out.display()));
        }
        for name in &changes.removed {
            say(&format!("no longer made, removed: {name}"));
        }
        for name in &changes.kept {
            say(&format!("no longer made, but edited since and kept: {name}"));
        }
    }
    let value = json!({
        "outputs": table(&built),
        "written": changes.written,
        "removed": changes.removed,
        "kept": changes.kept,
        "since": since_value,
        "findings": diag_json::findings(&found, &files),
    });
    (if options.check && changed > 0 { Outcome::Found } else { Outcome::Done }, value)
}

/// What differs between an earlier build and this one; what is wrong with the earlier one otherwise.
fn compared(given: &str, built: &Built, claims: &Claims, global: &Global) -> Result<Diff, Box<Report>> {
    let mut report = Report::default();
    let side = side::read(given, side::With { global, laid_over: false }, &mut report);
    let cannot = |mut report: Report, why: String| {
        report.sink.waive(|finding| finding.severity() < Severity::Error);
        report.sink.push(
            Code::CannotCompare.nowhere(why).help("--since takes a folder that `build` wrote, a site, or REV:PATH"),
        );
        Box::new(report)
    };
    let Some(side) = side else {
        report.sink.waive(|finding| finding.severity() < Severity::Error);
        return Err(Box::new(report));
    };
    let Meaning::Build(old) = &side.meaning else {
        return Err(cannot(report, format!("`{given}` is {}", side.meaning.what())));
    };
    let new = side::of_built(built, claims.clone());
    let mut diff = outputs::builds(old, &new).map_err(|why| cannot(report, why))?;
    diff.notes.splice(0..0, side.notes);
    Ok(diff)
}

/// What the proof came to, in words.
pub fn proof_words(proof: &Proof) -> String {
    let outputs: Vec<String> = proof.outputs.iter().map(|(name, asked)| format!("{name} {asked}")).collect();
    let unread =
        if proof.unread.is_empty() { String::new() } else { format!("; not read back: {}", proof.unread.join(", ")) };
    format!(
        "proved: {} classes, {} hosts; answers compared: {}{unread}; {} differences",
        proof.classes,
        proof.hosts,
        outputs.join(", "),
        proof.differences
    )
}

/// Ends a build that wrote nothing.
fn refuse(report: Report, global: &Global) -> (Outcome, Value) {
    let value = failure(report, global);
    if global.format == Format::Text {
        say("nothing was written");
    }
    (Outcome::Failed, value)
}

/// `--strict`: every widened, narrowed or dropped endpoint is an error.
fn strict(built: &Built, report: &mut Report) {
    for (output, translation) in built.outputs.iter().zip(&built.translations) {
        for (item, said) in built.plan.items.iter().zip(&translation.said) {
            let kind = said.fidelity.kind();
            if !kind.is_loss() {
                continue;
            }
            let rule = item.placed.first().and_then(|p| built.plan.site.rules.get(p.rule));
            let why: Vec<&str> =
                said.fidelity.reasons.iter().filter(|r| r.kind().is_loss()).map(|r| r.text()).collect();
            let message = format!(
                "`{}` ({}) is {} in `{}`: {}",
                item.destination(),
                item.key(),
                kind.word(),
                output.id,
                why.join("; ")
            );
            let finding = Code::NotExact.at(item.endpoint.span, message).also(output.common.span, "the output");
            report.sink.push(match rule {
                Some(rule) => finding.also(rule.span, "selected here"),
                None => finding,
            });
        }
        for of_rule in &translation.lines {
            let Some(rule) = built.plan.site.rules.get(of_rule.rule) else {
                continue;
            };
            for (at, said) in of_rule.not_exact.iter().filter(|(_, s)| s.fidelity.kind().is_loss()) {
                let Some(line) = rule.hosts.get(*at) else {
                    continue;
                };
                let why: Vec<&str> = said.fidelity.reasons.iter().map(|r| r.text()).collect();
                let message = format!(
                    "`{}` is {} in `{}`: {}",
                    line.dest,
                    said.fidelity.kind().word(),
                    output.id,
                    why.join("; ")
                );
                report.sink.push(Code::NotExact.at(line.span, message).also(output.common.span, "the output"));
            }
        }
    }
}

/// One row a file.
#[derive(Debug, serde::Serialize)]
struct Row<'a> {
    target: &'static str,
    output: &'a str,
    files: Vec<&'a str>,
    entries: usize,
    said: BTreeMap<&'static str, usize>,
    bytes: usize,
}

fn table<'a>(built: &'a Built) -> Vec<Row<'a>> {
    let row = |(at, (output, translation)): (
        usize,
        (&'a crate::target::Output, &'a crate::target::translate::Translation),
    )| {
        let files: Vec<_> = built.artifacts.iter().filter(|a| a.output == at).collect();
        let lines = translation.lines.iter().flat_map(|l| l.not_exact.values());
        Row {
            target: output.target.name,
            output: &output.id,
            entries: translation.entries,
            said: counts(translation.said.iter().chain(lines), exact_lines(&translation.lines)),
            bytes: files.iter().map(|a| a.bytes.len()).sum(),
            files: files.iter().map(|a| a.path.as_str()).collect(),
        }
    };
    built.outputs.iter().zip(&built.translations).enumerate().map(row).collect()
}

fn text_table(built: &Built) -> String {
    let mut out = format!("{:<10} {:<24} {:>7}", "target", "file", "entries");
    for kind in Kind::ALL {
        out.push_str(&format!(" {:>9}", kind.word()));
    }
    out.push_str(&format!(" {:>9}\n", "bytes"));
    for row in table(built) {
        let name = match row.files.as_slice() {
            [_] => row.output.to_owned(),
            files => format!("{}/ ({} files)", row.output, files.len()),
        };
        out.push_str(&format!("{:<10} {:<24} {:>7}", row.target, name, row.entries));
        for kind in Kind::ALL {
            out.push_str(&format!(" {:>9}", row.said.get(kind.word()).copied().unwrap_or(0)));
        }
        out.push_str(&format!(" {:>9}\n", row.bytes));
    }
    out
}
