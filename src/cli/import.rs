//! `pacwright import`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::today::today;
use super::{Format, Global, Outcome, fail, print, print_json, say, show};
use crate::catalog::load::unreadable;
use crate::catalog::raw::Day;
use crate::diag::{Code, Report, Severity, json as diag_json};
use crate::import::{Brought, Place, bring, grace, m365, may_replace, tags};
use crate::pipeline::load_catalog;
use crate::publish;
use crate::read::record::Scalar as _;
use crate::source::{FileId, Span};

#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Endpoints of Microsoft 365: what its IP address and URL web service answers, as JSON or CSV
    M365(M365),
    /// Networks of service tags: the weekly file ServiceTags_<Cloud>_<date>.json
    ServiceTags(ServiceTags),
}

/// What every import may be told.
#[derive(Debug, Args)]
struct Common {
    /// Overwrite catalog files that no import wrote
    #[arg(long)]
    force: bool,
    /// Take a list that has lost much of what it had
    #[arg(long)]
    accept_shrink: bool,
}

#[derive(Debug, Args)]
struct ServiceTags {
    /// The downloaded file
    file: PathBuf,
    /// Take all tags, not only those that the catalog names
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct M365 {
    /// The saved answer of https://endpoints.office.com/endpoints/<instance>
    file: PathBuf,
    /// Whose list it is; the answer does not say so
    #[arg(long, value_enum, default_value_t = m365::Instance::Worldwide)]
    instance: m365::Instance,
    /// Take a list that looks like another instance's
    #[arg(long)]
    any_instance: bool,
    /// Leave out the area MEM, which becomes the service intune
    #[arg(long)]
    no_mem: bool,
    /// The day on which you held the list against its sources
    #[arg(long, value_name = "DAY", value_parser = day, default_value = m365::REVIEWED)]
    reviewed: String,
    /// Keep what the list has no more for so many days, as retiring
    #[arg(long, value_name = "DAYS", value_parser = days)]
    grace: Option<u32>,
    /// The day of the import, for --grace, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "grace")]
    as_of: Option<String>,
    #[command(flatten)]
    common: Common,
}

fn day(text: &str) -> Result<String, String> {
    Day::parse(text).map(|day| day.0).map_err(|bad| bad.message)
}

/// `30d`: at most ten years.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    let days = number.parse().ok().filter(|days| (1..=3650).contains(days));
    days.ok_or_else(|| "expected days from 1 to 3650, as in `30d`".to_owned())
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    match &options.what {
        What::M365(options) => m365(options, global),
        What::ServiceTags(options) => service_tags(options, global),
    }
}

fn m365(options: &M365, global: &Global) -> Outcome {
    let mut report = Report::default();
    let wanted = m365::Wanted {
        instance: options.instance,
        no_mem: options.no_mem,
        reviewed: &options.reviewed,
        any_instance: options.any_instance,
    };
    let made = read(&options.file, &mut report).map(|file| m365::made(file, wanted, &mut report));
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    let folder = global.catalog.clone().unwrap_or_else(|| PathBuf::from("catalog"));
    let into = Place { folder: &folder, force: options.common.force, accept_shrink: options.common.accept_shrink };
    let mut made = made.unwrap_or_default();
    if let Some(days) = options.grace {
        grace::keep(&mut made, &folder, &options.as_of.clone().map_or_else(today, Day), days);
    }
    let brought = bring(&made, into, &mut report);
    conclude(&brought, report, global)
}

fn service_tags(options: &ServiceTags, global: &Global) -> Outcome {
    let mut report = Report::default();
    let folder = global.catalog.clone().unwrap_or_else(|| PathBuf::from("catalog"));
    // A folder that does not exist yet is made.
    let catalog = load_catalog(Some(folder.as_path()).filter(|folder| folder.exists()), &mut report);
    let list = read(&options.file, &mut report).and_then(|id| {
        let list = tags::read(&report.files, id, &mut report.sink)?;
        let before = catalog.tags.of(list.cloud).filter(|_| !options.common.accept_shrink);
        before.into_iter().flat_map(|before| list.losses(before)).for_each(|lost| {
            let finding = Code::Shrunk.at(Span::new(id, 0, 0), lost);
            report.sink.push(finding.help("is this the whole, newest list? `--accept-shrink` takes it all the same"));
        });
        Some(list)
    });
    let Some(list) = list.filter(|_| !report.sink.has_errors()) else { return refuse(report, global) };
    let named = tags::named(&catalog);
    let named = Some(&named).filter(|_| !options.all);
    let text = list.write(named);
    let path = folder.join("tags").join(format!("{}.txt", list.cloud));
    let changed = may_replace(&path, &text, options.common.force, &mut report);
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    if changed && let Err(why) = publish::replace(&folder, &[(&path, text.as_bytes())]) {
        report.sink.push(Code::CannotWrite.nowhere(why));
        return refuse(report, global);
    }
    let (taken, networks) = list.counts(named);
    let (found, files) = show(report, global, Severity::Warning);
    let verb = if changed { "written" } else { "unchanged" };
    match global.format {
        Format::Json | Format::Sarif => print_json(&json!({
            "imported": [{
                "file": path.display().to_string(),
                "cloud": list.cloud,
                "change": list.change,
                "tags": taken,
                "networks": networks,
                "changed": changed,
            }],
            "findings": diag_json::findings(&found, &files),
        })),
        Format::Text if global.quiet => {}
        Format::Text => print(&format!(
            "{}: change {}, {taken} tags, {networks} networks; {} {verb}\n",
            list.cloud,
            list.change,
            path.display()
        )),
    }
    Outcome::Done
}

/// Most bytes of a list: the weekly file has four million.
const LARGEST: u64 = 64 << 20;

/// Reads the list; a finding when it cannot be.
fn read(path: &Path, report: &mut Report) -> Option<FileId> {
    match report.files.read(path, LARGEST) {
        Ok(file) => Some(file),
        Err((file, error)) => {
            report.sink.push(unreadable(file, &error));
            None
        }
    }
}

/// Ends an import that changed nothing.
fn refuse(report: Report, global: &Global) -> Outcome {
    let outcome = fail(report, global);
    if global.format == Format::Text {
        say("nothing was written");
    }
    outcome
}

/// Says what became of the files.
fn conclude(brought: &[Brought], report: Report, global: &Global) -> Outcome {
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    let (found, files) = show(report, global, Severity::Warning);
    match global.format {
        Format::Json | Format::Sarif => {
            print_json(&json!({"imported": brought, "findings": diag_json::findings(&found, &files)}));
        }
        Format::Text if global.quiet => {}
        Format::Text => brought.iter().for_each(|file| print(&words(file, global.verbose))),
    }
    Outcome::Done
}

fn words(file: &Brought, verbose: bool) -> String {
    let verb = if file.changed { "written" } else { "unchanged" };
    let kept = if file.retiring.is_empty() { String::new() } else { format!(", {} retiring", file.retiring.len()) };
    let mut out = format!(
        "{}: {} endpoints, {} new, {} gone{kept}; {} {verb}\n",
        file.service,
        file.endpoints,
        file.new.len(),
        file.gone.len(),
        file.file
    );
    if verbose {
        for (sign, ids) in [('+', &file.new), ('-', &file.gone)] {
            ids.iter().for_each(|id| out.push_str(&format!("  {sign} {id}\n")));
        }
    }
    out
}
