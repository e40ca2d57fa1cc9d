//! `pacwright import`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::dates::dates;
use super::net::{self, Net};
use super::today::{day, today};
use super::update::{self, State};
use super::{Format, Global, Outcome, fail, print, print_json, say, show};
use crate::catalog::raw::Day;
use crate::diag::{Report, Severity, json as diag_json};
use crate::fetch::{Address, Client};
use crate::import::tags::Choice;
use crate::import::{Brought, Place, bring, grace, m365, tags};
use crate::source::FileId;

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
    #[command(flatten)]
    net: Net,
}

#[derive(Debug, Args)]
struct ServiceTags {
    /// The downloaded file, or its address
    #[arg(value_name = "FILE|URL")]
    file: PathBuf,
    /// Take all tags, not only those that the catalog names
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct M365 {
    /// The saved answer of https://endpoints.office.com/endpoints/<instance>, or the address itself
    #[arg(value_name = "FILE|URL")]
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
    reviewed: Day,
    /// The id (a GUID) to ask the web service under, instead of the one of the catalog folder
    #[arg(long, value_name = "GUID", value_parser = update::guid)]
    client_request_id: Option<String>,
    /// Keep what the list has no more for so many days, as retiring
    #[arg(long, value_name = "DAYS", value_parser = days)]
    grace: Option<u32>,
    /// The saved answer of https://endpoints.office.com/changes/<instance>/<version>, or its address: it says from which day
    /// on what is new is live
    #[arg(long, value_name = "FILE|URL")]
    changes: Option<PathBuf>,
    /// The day of the import, for --grace and for days to come, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    #[command(flatten)]
    common: Common,
}

/// `30d`: at most ten years.
pub fn days(text: &str) -> Result<u32, String> {
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
    let folder = global.catalog_folder();
    let today = options.as_of.clone().unwrap_or_else(today);
    let mut asking = Asking { options, folder: &folder, global, client: None, state: None };
    let list = asking.text(&options.file, &mut report);
    let changes = match &options.changes {
        // Who waits for an answer of the network wants the list, with days or without; a file can be had right.
        Some(from) if net::address(from).is_some() && list.is_some() => {
            dates(options.instance, |report| asking.text(from, report), &mut report)
        }
        Some(from) => {
            let file = asking.text(from, &mut report);
            file.map(|file| m365::changes::read(file, &mut report)).unwrap_or_default()
        }
        None => m365::changes::Changes::default(),
    };
    let state = asking.state;
    let services = [options.instance.service(), options.instance.intune()];
    let wanted = m365::Wanted {
        instance: options.instance,
        no_mem: options.no_mem,
        reviewed: &options.reviewed.0,
        any_instance: options.any_instance,
        live: &m365::Live::of(changes, &folder, &services, &today),
    };
    let made = list.map(|file| m365::made(file, wanted, &mut report));
    if report.sink.has_errors() {
        return refuse(report, global);
    }
    let mut made = made.unwrap_or_default();
    if let Some(days) = options.grace {
        grace::keep(&mut made, &folder, &today, days);
    }
    let brought = bring(&made, options.common.place(&folder), &mut report);
    if let Some(state) = state.filter(|_| !report.sink.has_errors()) {
        state.write(&folder, &mut report);
    }
    conclude(&brought, report, global)
}

/// Answers of the web service, from files or from where they are.
struct Asking<'a> {
    options: &'a M365,
    folder: &'a Path,
    global: &'a Global,
    client: Option<Client>,
    /// What the folder remembers, once its id was needed.
    state: Option<State>,
}

impl Asking<'_> {
    /// Reads an answer. The web service wants to know its askers apart: its address gets the id of the folder, when it has
    /// none.
    fn text(&mut self, from: &Path, report: &mut Report) -> Option<FileId> {
        let Some(text) = net::address(from) else { return net::read(from, report) };
        let client = match self.client.take() {
            Some(client) => client,
            None => self.options.common.net.client(self.global, report)?,
        };
        let client = self.client.insert(client);
        let address =
            Address::parse(text).ok().filter(|address| update::is_web_service(address) && !address.asks(update::ID));
        let Some(address) = address else { return net::fetch(client, text, report) };
        let known = match self.state.take() {
            Some(known) => known,
            None => State::load(self.folder, report)?.of_client(self.options.client_request_id.as_deref()),
        };
        let known = self.state.insert(known);
        net::fetch(client, &address.with(update::ID, &known.client_request_id).to_string(), report)
    }
}

fn service_tags(options: &ServiceTags, global: &Global) -> Outcome {
    let mut report = Report::default();
    let folder = global.catalog_folder();
    let choice = if options.all { Choice::All } else { Choice::Named };
    let list = options.common.list(&options.file, global, &mut report);
    let into = options.common.place(&folder);
    let planned = list.and_then(|id| tags::plan(id, into, choice, &mut report));
    let Some(planned) = planned.filter(|planned| !report.sink.has_errors() && planned.write(&mut report)) else {
        return refuse(report, global);
    };
    let (found, files) = show(report, global, Severity::Warning);
    let verb = if planned.changed { "written" } else { "unchanged" };
    match global.format {
        Format::Json | Format::Sarif => print_json(&json!({
            "imported": [{
                "file": planned.path.display().to_string(),
                "cloud": planned.list.cloud,
                "change": planned.list.change,
                "tags": planned.tags,
                "networks": planned.networks,
                "changed": planned.changed,
            }],
            "findings": diag_json::findings(&found, &files),
        })),
        _ if global.quiet => {}
        _ => print(&format!(
            "{}: change {}, {} tags, {} networks; {} {verb}\n",
            planned.list.cloud,
            planned.list.change,
            planned.tags,
            planned.networks,
            planned.path.display()
        )),
    }
    Outcome::Done
}

impl Common {
    const fn place<'f>(&self, folder: &'f Path) -> Place<'f> {
        Place { folder, force: self.force, accept_shrink: self.accept_shrink }
    }

    /// Reads the list from a file or an address; a finding when it cannot be.
    fn list(&self, from: &Path, global: &Global, report: &mut Report) -> Option<FileId> {
        match net::address(from) {
            Some(address) => {
                let client = self.net.client(global, report)?;
                net::fetch(&client, address, report)
            }
            None => net::read(from, report),
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
        _ if global.quiet => {}
        _ => brought.iter().for_each(|file| print(&words(file, global.verbose))),
    }
    Outcome::Done
}

fn words(file: &Brought, verbose: bool) -> String {
    let verb = if file.changed { "written" } else { "unchanged" };
    let kept = if file.retiring.is_empty() { String::new() } else { format!(", {} retiring", file.retiring.len()) };
    let ended = if file.ended.is_empty() { String::new() } else { format!(", {} retired", file.ended.len()) };
    let coming = if file.coming.is_empty() { String::new() } else { format!(", {} not yet live", file.coming.len()) };
    let mut out = format!(
        "{}: {} endpoints, {} new, {} gone{kept}{ended}{coming}; {} {verb}\n",
        file.service,
        file.endpoints,
        file.new.len(),
        file.gone.len(),
        file.file
    );
    if verbose {
        for (sign, ids) in [('+', &file.new), ('-', &file.gone), ('-', &file.ended)] {
            ids.iter().for_each(|id| out.push_str(&format!("  {sign} {id}\n")));
        }
    }
    out
}
