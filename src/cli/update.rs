//! `pacwright update`: asks the sources of the catalog what changed, and imports it.
//!
//! Every source is tried, whatever became of the others; one that fails leaves its files as they are. What was asked, and
//! when, is kept in the folder of the catalog (`state.rs`).

mod changes;
mod instances;
mod m365;
mod review;
mod state;
mod tags;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::net::Net;
use super::today::{day, now, today};
use super::{Format, Global, Outcome, build, failure, print, print_json, say, show};
use crate::catalog::raw::Day;
use crate::diag::json::Finding;
use crate::diag::{Code, Report, Severity, json as diag_json};
use crate::fetch::{Address, Client};
use crate::import::m365::Instance;
use changes::Changes;
pub use state::{State, guid};

/// Where the web service of Microsoft 365 is.
const WEB_SERVICE: &str = "https://endpoints.office.com";
/// What it calls the id of who asks.
pub const ID: &str = "clientrequestid";

#[derive(Debug, Args)]
pub struct Options {
    /// A newer file of service tags, or its address, which changes every week; may be given for every cloud
    #[arg(long, value_name = "FILE|URL")]
    from: Vec<PathBuf>,
    /// Write nothing; exit with 1 when something would change
    #[arg(long, conflicts_with = "build")]
    dry_run: bool,
    /// Build the site afterwards, when no source failed
    #[arg(long)]
    build: bool,
    /// The output folder of the build
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Ask for this list of Microsoft 365 [default: those in the folder, or the one of the site's cloud]
    #[arg(long, value_enum)]
    instance: Vec<Instance>,
    /// Ask for the endpoints of Intune too, also when the folder has none yet
    #[arg(long)]
    intune: bool,
    /// Take every service tag, not only those that the catalog names or the folder has
    #[arg(long)]
    all_tags: bool,
    /// Take lists that have lost much of what they had, or that are older
    #[arg(long)]
    accept_shrink: bool,
    /// Keep what a list of Microsoft 365 has no more for so many days, as retiring
    #[arg(long, value_name = "DAYS", value_parser = super::import::days)]
    grace: Option<u32>,
    /// Ask the web service also when the last answer is less than an hour old
    #[arg(long)]
    force_check: bool,
    /// Name the documents of services that nobody reviewed for so many days
    #[arg(long, value_name = "DAYS", default_value = "180d", value_parser = age)]
    max_age: u64,
    /// The day to hold reviews and days to come against and to count --grace from, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// The web service of Microsoft 365, or a mirror of it
    #[arg(long, value_name = "URL", default_value = WEB_SERVICE)]
    endpoint_url: String,
    /// The id (a GUID) to ask the web service under, instead of the one of the catalog folder
    #[arg(long, value_name = "GUID", value_parser = guid)]
    client_request_id: Option<String>,
    #[command(flatten)]
    net: Net,
}

fn age(text: &str) -> Result<u64, String> {
    text.strip_suffix('d').unwrap_or(text).parse().map_err(|_| "expected days, such as `180d`".to_owned())
}

/// Whether an address is one of the web service, which wants the id of who asks.
pub fn is_web_service(address: &Address) -> bool {
    address.host().eq_ignore_ascii_case("endpoints.office.com")
}

/// What every source is given.
struct Run<'a> {
    options: &'a Options,
    folder: &'a Path,
    client: &'a Client,
    /// Seconds since 1970.
    now: u64,
}

/// What became of a source.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fate {
    Unchanged,
    /// Asked less than an hour ago.
    NotAsked,
    Changed,
    /// With `--dry-run`.
    WouldChange,
    Failed,
}

/// A source and what became of it.
#[derive(Debug, Serialize)]
struct Told {
    source: String,
    fate: Fate,
    /// The version that the catalog had, as the last update or the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// The version that it has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// The files that changed.
    files: Vec<String>,
    #[serde(skip_serializing_if = "Changes::is_empty")]
    changes: Changes,
    /// A remark for people.
    #[serde(skip)]
    remark: String,
}

impl Told {
    fn new(source: impl Into<String>, fate: Fate) -> Self {
        let changes = Changes::default();
        Self {
            source: source.into(),
            fate,
            before: None,
            version: None,
            files: Vec::new(),
            changes,
            remark: String::new(),
        }
    }

    fn words(&self) -> String {
        let version = match (&self.before, &self.version) {
            (Some(before), Some(version)) if before != version => format!(", version {before} -> {version}"),
            (_, Some(version)) => format!(", version {version}"),
            _ => String::new(),
        };
        let verb = match self.fate {
            Fate::Unchanged => "unchanged",
            Fate::NotAsked => "not asked",
            Fate::Changed => "changed",
            Fate::WouldChange => "would change",
            Fate::Failed => "failed",
        };
        let mut out = format!("{}: {verb}{version}{}\n", self.source, self.remark);
        for file in &self.files {
            let verb = if matches!(self.fate, Fate::WouldChange) { "would be written" } else { "written" };
            out.push_str(&format!("  {file} {verb}\n"));
        }
        out + &self.changes.words()
    }
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    let folder = global.catalog_folder();
    let mut report = Report::default();
    if !folder.is_dir() {
        let finding = Code::CannotRead.nowhere(format!("there is no catalog folder `{}`", folder.display()));
        report.sink.push(finding.help("make it first, or name another one with --catalog DIR"));
    }
    let state = State::load(&folder, &mut report).map(|state| state.of_client(options.client_request_id.as_deref()));
    let instances = instances::wanted(options, global, &folder, &mut report);
    let client = options.net.client(global, &mut report);
    let (Some(mut state), Some(client), false) = (state, client, report.sink.has_errors()) else {
        return refuse(report, global);
    };
    let run = Run { options, folder: &folder, client: &client, now: now() };
    let mut all = All::default();
    for instance in instances {
        all.tell(m365::key(instance), global, |report| m365::update(instance, &run, &mut state, report));
    }
    for from in &options.from {
        let name = from.display().to_string();
        all.tell(name, global, |report| tags::update(from, &run, &mut state, report));
    }
    if !options.dry_run {
        let mut report = Report::default();
        state.write(&folder, &mut report);
        all.keep(report, global);
    }
    let review = review::due(&folder, &options.as_of.clone().unwrap_or_else(today), options.max_age);
    if global.format == Format::Text && !global.quiet {
        print(&review::words(&review, options.max_age));
    }
    let mut outcome = match (all.failed, all.would_change) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Done,
    };
    let mut built = Value::Null;
    if options.build && outcome == Outcome::Done {
        let of_folder = Global { catalog: Some(folder), ..global.clone() };
        (outcome, built) = build::make(&build::Options::into(options.out.clone()), &of_folder);
    } else if options.build {
        say("not built: a source failed");
    }
    if global.format != Format::Text {
        let mut value = json!({"sources": all.told, "review": review, "findings": all.findings});
        if let (false, Some(map)) = (built.is_null(), value.as_object_mut()) {
            map.insert("build".to_owned(), built);
        }
        print_json(&value);
    }
    outcome
}

/// What became of all sources.
#[derive(Default)]
struct All {
    told: Vec<Told>,
    findings: Vec<Finding>,
    failed: bool,
    would_change: bool,
}

impl All {
    /// Tries a source, with findings of its own: those of another one do not stop it.
    fn tell(&mut self, name: String, global: &Global, source: impl FnOnce(&mut Report) -> Option<Told>) {
        let mut report = Report::default();
        let told = source(&mut report).filter(|_| !report.sink.has_errors());
        let told = told.unwrap_or_else(|| Told::new(name, Fate::Failed));
        self.keep(report, global);
        self.failed |= matches!(told.fate, Fate::Failed);
        self.would_change |= matches!(told.fate, Fate::WouldChange);
        if global.format == Format::Text {
            match told.fate {
                Fate::Failed => say(&format!("{}: failed, its files are as they were", told.source)),
                _ if global.quiet => {}
                _ => print(&told.words()),
            }
        }
        self.told.push(told);
    }

    /// Shows findings.
    fn keep(&mut self, report: Report, global: &Global) {
        self.failed |= report.sink.has_errors();
        let (found, files) = show(report, global, if global.quiet { Severity::Error } else { Severity::Warning });
        self.findings.extend(diag_json::findings(&found, &files));
    }
}

/// Ends an update that asked nobody.
fn refuse(report: Report, global: &Global) -> Outcome {
    let value = failure(report, global);
    if global.format == Format::Text {
        say("nothing was asked, and nothing written");
    } else {
        print_json(&value);
    }
    Outcome::Failed
}
