//! `pacwright import`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Format, Global, Outcome, fail, print, print_json, show};
use crate::catalog::tags::TagFile;
use crate::diag::{Code, Report, Severity, json as diag_json};
use crate::import::tags;
use crate::pipeline;
use crate::publish;
use crate::source::Span;

#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The weekly file of service tags: ServiceTags_<Cloud>_<date>.json
    ServiceTags(TagOptions),
}

#[derive(Debug, Args)]
struct TagOptions {
    /// The downloaded file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take all tags, not only those that the catalog names
    #[arg(long)]
    all: bool,
    /// Import although tags are gone or lost more than half of their addresses
    #[arg(long)]
    accept_shrink: bool,
    /// Overwrite a file that no import wrote
    #[arg(long)]
    force: bool,
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    match &options.what {
        What::ServiceTags(options) => service_tags(options, global),
    }
}

/// Most bytes of a list that is read: the largest one has four million.
const LARGEST: u64 = 64 << 20;

fn service_tags(options: &TagOptions, global: &Global) -> Outcome {
    let mut report = Report::default();
    let folder = global.catalog.clone().unwrap_or_else(|| PathBuf::from("catalog"));
    // A folder that does not exist yet is made.
    let overlay = Some(folder.as_path()).filter(|folder| folder.exists());
    let catalog = pipeline::load_catalog(overlay, &mut report);
    let id = match report.files.read(&options.file, LARGEST) {
        Ok(id) => id,
        Err((id, error)) => {
            report.sink.push(crate::catalog::load::unreadable(id, &error));
            return fail(report, global);
        }
    };
    let list = tags::read(&report.files, id, &mut report.sink);
    let Some(list) = list.filter(|_| !report.sink.has_errors()) else { return fail(report, global) };
    if let Some(before) = catalog.tags.of(list.cloud).filter(|_| !options.accept_shrink) {
        let lost = list.losses(before);
        if !lost.is_empty() {
            let message = format!("the file has less than the one before: {}", some(&lost));
            let finding = Code::ImportShrinks.at(Span::new(id, 0, 0), message);
            report.sink.push(finding.help("look at it, and import it with --accept-shrink"));
        }
        if list.change < before.change {
            let message =
                format!("the file is older than the one before: change {} after {}", list.change, before.change);
            let finding = Code::ImportShrinks.at(Span::new(id, 0, 0), message);
            report.sink.push(finding.help("import it with --accept-shrink"));
        }
    }
    let named = tags::named(&catalog);
    let named = (!options.all).then_some(&named);
    let text = list.write(named);
    // What is written must be readable.
    if let Err((_, why)) = TagFile::parse(text.clone().into()) {
        report.sink.push(Code::Internal.nowhere(format!("the file that would be written: {why}")));
    }
    let path = folder.join("tags").join(format!("{}.txt", list.cloud));
    let changed = write(&path, &text, tags::OWNED, options.force, &mut report);
    if report.sink.has_errors() {
        return fail(report, global);
    }
    let (taken, networks) = list.counts(named);
    let (found, files) = show(report, global, Severity::Warning);
    match global.format {
        Format::Json | Format::Sarif => print_json(&json!({
            "file": path.display().to_string(),
            "cloud": list.cloud,
            "change": list.change,
            "tags": taken,
            "networks": networks,
            "changed": changed,
            "findings": diag_json::findings(&found, &files),
        })),
        Format::Text if global.quiet => {}
        Format::Text => print(&format!(
            "{}: {taken} tags, {networks} networks, change {}{}\n",
            path.display(),
            list.change,
            if changed { "" } else { "; as it was" }
        )),
    }
    Outcome::Done
}

/// Writes a file of the catalog that imports own; whether it changed.
fn write(path: &Path, text: &str, owned: &str, force: bool, report: &mut Report) -> bool {
    let before = match publish::read_file(path) {
        Ok(before) => before,
        Err(error) => {
            report.sink.push(Code::CannotWrite.nowhere(format!("`{}`: {error}", path.display())));
            return false;
        }
    };
    if before.as_deref() == Some(text.as_bytes()) || report.sink.has_errors() {
        return false;
    }
    if !force && before.is_some_and(|before| !before.starts_with(owned.as_bytes())) {
        let finding = Code::CannotWrite.nowhere(format!("`{}` was not written by an import", path.display()));
        report.sink.push(finding.help("keep it under another name, or overwrite it with --force"));
        return false;
    }
    if let Err(error) = publish::write_file(path, text.as_bytes()) {
        report.sink.push(Code::CannotWrite.nowhere(format!("`{}`: {error}", path.display())));
    }
    true
}

/// The first few of a list.
fn some(words: &[String]) -> String {
    const FEW: usize = 5;
    let mut text = words.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if words.len() > FEW {
        text.push_str(&format!(", and {} more", words.len() - FEW));
    }
    text
}
