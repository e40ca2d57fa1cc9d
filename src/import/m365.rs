//! Microsoft 365: what its IP address and URL web service answers, as the services `office-365` and `intune`.

pub mod changes;
mod instance;
mod live;
pub mod read;
mod settle;
mod table;
pub mod version;
mod words;
mod write;

use super::Made;
use crate::catalog::load::hex;
use crate::diag::{Code, Report};
use crate::source::{FileId, Span};
pub use instance::Instance;
pub use live::Live;
use sha2::{Digest as _, Sha256};
use write::{About, Part};

/// The words of the command line that write such a file.
pub const COMMAND: &str = "m365";

/// The day on which somebody last held the heads of the files against their sources.
pub const REVIEWED: &str = "2026-11-24";

/// How an answer is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The instance it is of; the answer does not say.
    pub instance: Instance,
    /// Whether the area MEM is left out.
    pub no_mem: bool,
    /// The `reviewed` of the files.
    pub reviewed: &'a str,
    /// Whether it is taken although it looks like another instance's.
    pub any_instance: bool,
    /// From when on what is new is live.
    pub live: &'a Live,
}

/// The catalog files that an answer makes; what is wrong with it goes into the report.
#[must_use]
pub fn made(file: FileId, wanted: Wanted, report: &mut Report) -> Vec<Made> {
    let sets = read::sets(file, report);
    if report.sink.has_errors() {
        return Vec::new();
    }
    if let Some(other) = read::looks_like_another(&sets, wanted.instance).filter(|_| !wanted.any_instance) {
        let (named, seen) = (wanted.instance.word(), other.word());
        let message = format!("this looks like the list of `{seen}`, not of `{named}`");
        let finding = Code::OtherInstance.at(Span::new(file, 0, 0), message);
        report.sink.push(finding.help(format!("say `--instance {seen}`, or take it as it is with `--any-instance`")));
        return Vec::new();
    }
    let sha256 = hex(&Sha256::digest(report.files.all(file)));
    let about = About { instance: wanted.instance, sha256: &sha256, reviewed: wanted.reviewed, live: wanted.live };
    let (mem, office): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| set.area == read::Area::Mem);
    let mut made = Vec::new();
    for (part, sets) in [(Part::Office, office), (Part::Intune, mem)] {
        if sets.is_empty() || (part == Part::Intune && wanted.no_mem) {
            continue;
        }
        let Some(text) = write::file(part, &sets, &about, report) else { return Vec::new() };
        made.push(Made { service: part.service(wanted.instance).to_owned(), text });
    }
    made
}
