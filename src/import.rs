//! Lists that others publish, as files of the catalog.
//!
//! In: such a list. Out: catalog files, which are loaded with the rest of the catalog before they replace what is there.
//! Never: the network. A file that people wrote is not overwritten: what an import wrote says so in its first line.

pub mod grace;
pub mod m365;
pub mod tags;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use crate::catalog::load::{load, load_with};
use crate::catalog::{Catalog, Endpoint, Lifecycle, Service};
use crate::dest::ip::parse_net;
use crate::diag::{Bad, Code, Diagnostic, Report, Sink, clip};
use crate::publish;
use crate::source::{Files, MAX_TEXT, ReadError};

/// A catalog file that was made from a list.
#[derive(Debug)]
pub struct Made {
    /// Its service.
    pub service: String,
    /// Its text.
    pub text: String,
}

/// Where files go, and what may be lost by it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The folder of catalog files.
    pub folder: &'a Path,
    /// Files that no import wrote are overwritten too.
    pub force: bool,
    /// Most rows may go.
    pub accept_shrink: bool,
}

/// A network of a published list. One that opens a great part of all addresses is no network of a vendor: the widest that
/// Microsoft's lists have are a /13 and a /35.
///
/// # Errors
/// What is no network, has host bits, or is wider than an IPv4 /8 or an IPv6 /16.
fn network(text: &str) -> Result<IpNet, Bad> {
    let net = parse_net(text)?;
    let shortest = if net.addr().is_ipv4() { 8 } else { 16 };
    if net.prefix_len() < shortest {
        let message = format!("`{}` is too wide for a published list", clip(text));
        let bad = Bad::whole(Code::BadAddress, message);
        return Err(
            bad.help(format!("a vendor's networks have at least {shortest} bits: the list was damaged or replaced"))
        );
    }
    Ok(net)
}

/// What became of a file.
#[derive(Debug, serde::Serialize)]
pub struct Brought {
    /// Its service.
    pub service: String,
    /// Its path.
    pub file: String,
    /// Its endpoints.
    pub endpoints: usize,
    /// Ids of endpoints that the catalog did not have.
    pub new: Vec<String>,
    /// Ids of endpoints that the list has no more.
    pub gone: Vec<String>,
    /// Ids of those that are kept for some days all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retiring: Vec<String>,
    /// Ids of those that were kept until now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<String>,
    /// Ids of those that are live from a later day on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coming: Vec<String>,
    /// Whether its bytes are others than before.
    pub changed: bool,
}

/// Whether a file is there and was written by an import.
#[must_use]
pub fn is_imported(path: &Path) -> bool {
    let mut files = Files::default();
    let read = files.read(path, MAX_TEXT);
    read.is_ok_and(|id| files.get(id).is_some_and(|file| file.text.starts_with(WRITTEN)))
}

/// The line by which files that an import wrote are known.
#[must_use]
pub fn first_line(what: &str) -> String {
    format!("{WRITTEN}{what}`; edits are lost with the next import.")
}

const WRITTEN: &str = "# Written by `pacwright import ";

/// What an import would do to a folder; nothing is written yet.
#[derive(Debug)]
pub struct Planned {
    /// What becomes of each file.
    pub brought: Vec<Brought>,
    /// The catalog as it is.
    pub before: Catalog,
    /// The catalog as it would be.
    pub after: Catalog,
    folder: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Planned {
    /// Whether a file would change.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.files.is_empty()
    }

    /// Writes the files that change, all of them or none; whether it could.
    pub fn write(&self, report: &mut Report) -> bool {
        let files: Vec<(&Path, &[u8])> =
            self.files.iter().map(|(path, text)| (path.as_path(), text.as_bytes())).collect();
        let written = publish::replace(&self.folder, &files);
        written.map_err(|why| report.sink.push(Code::CannotWrite.nowhere(why))).is_ok()
    }
}

/// Puts files into a folder of the catalog: all of them, or none and a finding that says why.
#[must_use]
pub fn bring(made: &[Made], into: Place, report: &mut Report) -> Vec<Brought> {
    plan(made, into, report).filter(|planned| planned.write(report)).map(|planned| planned.brought).unwrap_or_default()
}

/// Loads files with the rest of the catalog, as they would be in a folder; none and a finding when they cannot be there.
#[must_use]
pub fn plan(made: &[Made], into: Place, report: &mut Report) -> Option<Planned> {
    let candidates: Vec<(PathBuf, String)> =
        made.iter().map(|m| (into.folder.join(format!("{}.yaml", m.service)), m.text.clone())).collect();
    if into.folder.exists() && !into.folder.is_dir() {
        report.sink.push(Code::CannotWrite.nowhere(format!("`{}` is not a folder", into.folder.display())));
        return None;
    }
    let mut differs = Vec::new();
    for (path, text) in &candidates {
        differs.push(may_replace(path, text, into.force, report));
    }
    if report.sink.has_errors() {
        return None;
    }
    let overlay = into.folder.is_dir().then_some(into.folder);
    let mut before = Report::default();
    let mut old = load(overlay, &mut before);
    if made.iter().any(|made| old.broken.contains(&made.service)) {
        // What is there cannot be read: the file inside the program says how much there should be.
        let mut inside = load(None, &mut Report::default());
        for made in made {
            if let (true, Some(service)) = (old.broken.contains(&made.service), inside.services.remove(&made.service)) {
                old.services.insert(made.service.clone(), service);
            }
        }
    }
    let new = loads(overlay, &candidates, &before, report);
    let mut brought = Vec::new();
    for ((made, (path, _)), changed) in made.iter().zip(&candidates).zip(&differs) {
        let (had, has) = (old.services.get(&made.service), new.services.get(&made.service));
        let Some(has) = has else { continue };
        let old_ids = had.map(ids).unwrap_or_default();
        let new_ids = ids(has);
        if 2 * new_ids.len() < old_ids.len() && !into.accept_shrink {
            let message = format!(
                "`{}` would have {} endpoints; it has {} now, at {}",
                made.service,
                new_ids.len(),
                old_ids.len(),
                had.map_or_else(String::new, |service| before.files.name(service.span.file).to_owned())
            );
            let help = "is this the whole list? `--accept-shrink` takes it all the same";
            report.sink.push(Code::Shrunk.nowhere(message).help(help));
        }
        brought.push(Brought {
            service: made.service.clone(),
            file: path.display().to_string(),
            endpoints: new_ids.len(),
            new: new_ids.difference(&old_ids).map(ToString::to_string).collect(),
            gone: old_ids.difference(&new_ids).map(ToString::to_string).collect(),
            retiring: has.endpoints.iter().filter(|e| !is_listed(e)).map(|e| e.id.clone()).collect(),
            ended: had.map(|had| ended(had, has)).unwrap_or_default(),
            coming: has.endpoints.iter().filter(|e| e.effective.is_some()).map(|e| e.id.clone()).collect(),
            changed: *changed,
        });
    }
    if report.sink.has_errors() {
        return None;
    }
    let files = candidates.into_iter().zip(differs).filter(|(_, differs)| *differs).map(|(file, _)| file).collect();
    Some(Planned { brought, before: old, after: new, folder: into.folder.to_owned(), files })
}

/// The ids of the endpoints that a list has; those that are kept for some days are none.
fn ids(service: &Service) -> BTreeSet<&str> {
    service.endpoints.iter().filter(|e| is_listed(e)).map(|endpoint| endpoint.id.as_str()).collect()
}

/// The ids of endpoints that were kept for some days, and are no more.
fn ended(had: &Service, has: &Service) -> Vec<String> {
    let all: BTreeSet<&str> = has.endpoints.iter().map(|endpoint| endpoint.id.as_str()).collect();
    let kept = had.endpoints.iter().filter(|e| !is_listed(e) && !all.contains(e.id.as_str()));
    kept.map(|endpoint| endpoint.id.clone()).collect()
}

fn is_listed(endpoint: &Endpoint) -> bool {
    endpoint.status != Lifecycle::Retiring
}

/// Whether a file differs from what is there; a finding when what is there is not an import's.
pub fn may_replace(path: &Path, text: &str, force: bool, report: &mut Report) -> bool {
    let twin = path.with_extension("yml");
    if twin.exists() {
        let message = format!("`{}` holds the same service and would hide it", twin.display());
        report.sink.push(Code::CannotWrite.nowhere(message).help("rename or remove it"));
        return true;
    }
    if !path.exists() {
        return true;
    }
    let mut files = Files::default();
    let (id, error) = match files.read(path, MAX_TEXT) {
        Ok(id) => (id, None),
        Err((id, error)) => (id, Some(error)),
    };
    let on_disk = files.all(id);
    if let Some(ReadError::Io(error)) = &error {
        report.sink.push(Code::CannotRead.nowhere(format!("`{}`: {error}", path.display())));
    } else if !on_disk.starts_with(WRITTEN) && !force {
        let finding = Code::CannotWrite.nowhere(format!("`{}` was not written by an import", path.display()));
        report.sink.push(finding.help("import into another folder (--catalog DIR), or overwrite it with --force"));
    }
    error.is_some() || on_disk != text
}

/// The catalog with the new files; what was wrong without them already is not held against them.
fn loads(overlay: Option<&Path>, candidates: &[(PathBuf, String)], before: &Report, report: &mut Report) -> Catalog {
    let said = |finding: &Diagnostic, files: &Files| {
        (finding.code, finding.at.map(|at| files.place(at)), finding.message.clone())
    };
    let known: BTreeSet<_> = before.sink.found().iter().map(|finding| said(finding, &before.files)).collect();
    let mut after = Report { files: std::mem::take(&mut report.files), sink: Sink::default() };
    let catalog = load_with(overlay, candidates, &mut after);
    report.files = after.files;
    for finding in after.sink.into_sorted() {
        if !known.contains(&said(&finding, &report.files)) {
            let finding = finding.help("the catalog would not load with what was imported");
            report.sink.push(if finding.code == Code::UnknownReference {
                finding.help(
                    "a catalog file of your own for the service that says so, in the same folder, can say otherwise",
                )
            } else {
                finding
            });
        }
    }
    catalog
}
