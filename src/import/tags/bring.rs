//! A list of service tags to the catalog file of its cloud.

use std::borrow::Cow;
use std::path::PathBuf;

use super::{List, named, read};
use crate::catalog::Catalog;
use crate::catalog::load::load;
use crate::diag::{Code, Report};
use crate::import::{Place, may_replace};
use crate::publish;
use crate::source::{FileId, Span};

/// Which tags are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Those that the catalog names.
    Named,
    /// Those, and what the file in the folder has already.
    NamedAndKept,
    /// All.
    All,
}

/// What an import would do to a folder; nothing is written yet.
#[derive(Debug)]
pub struct Planned {
    /// The list.
    pub list: List,
    /// Its catalog file.
    pub path: PathBuf,
    /// Whether the file would be another one than it is.
    pub changed: bool,
    /// The tags that are taken.
    pub tags: usize,
    /// Their networks.
    pub networks: usize,
    /// The catalog as it is.
    pub before: Catalog,
    folder: PathBuf,
    text: String,
}

/// Reads a list and holds it against what is there; none and a finding when it cannot be taken.
#[must_use]
pub fn plan(id: FileId, into: Place, choice: Choice, report: &mut Report) -> Option<Planned> {
    // A folder that does not exist yet is made.
    let before = load(Some(into.folder).filter(|folder| folder.exists()), report);
    let list = read(&report.files, id, &mut report.sink)?;
    let old = before.tags.of(list.cloud);
    old.filter(|_| !into.accept_shrink).into_iter().flat_map(|old| list.losses(old)).for_each(|lost| {
        let finding = Code::Shrunk.at(Span::new(id, 0, 0), lost);
        report.sink.push(finding.help("is this the whole, newest list? `--accept-shrink` takes it all the same"));
    });
    if report.sink.has_errors() {
        return None;
    }
    let path = into.folder.join("tags").join(format!("{}.txt", list.cloud));
    let mut wanted = named(&before);
    if choice == Choice::NamedAndKept && path.exists() {
        wanted.extend(old.into_iter().flat_map(|old| old.names().map(|(name, _)| name.to_ascii_lowercase())));
    }
    let wanted = Some(&wanted).filter(|_| choice != Choice::All);
    let text = list.write(wanted);
    let changed = may_replace(&path, &text, into.force, report);
    let (tags, networks) = list.counts(wanted);
    let folder = into.folder.to_owned();
    (!report.sink.has_errors()).then_some(Planned { list, path, changed, tags, networks, before, folder, text })
}

impl Planned {
    /// The catalog as it would be.
    #[must_use]
    pub fn after(&self) -> Catalog {
        let mut report = Report::default();
        let mut after = load(Some(self.folder.as_path()).filter(|folder| folder.exists()), &mut report);
        let id = report.files.add(self.path.display().to_string(), &self.text);
        after.tags.add(self.list.cloud, id, Cow::Owned(self.text.clone()), true, &mut report.sink);
        after
    }

    /// Writes the file if it changes; whether it could.
    pub fn write(&self, report: &mut Report) -> bool {
        if !self.changed {
            return true;
        }
        let written = publish::replace(&self.folder, &[(&self.path, self.text.as_bytes())]);
        written.map_err(|why| report.sink.push(Code::CannotWrite.nowhere(why))).is_ok()
    }
}
