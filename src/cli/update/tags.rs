//! Service tags: a file that somebody names, because its address changes every week.

use std::path::Path;

use super::changes::changes;
use super::{Fate, Run, State, Told};
use crate::cli::net::{address, fetch, read};
use crate::cli::today::rfc3339;
use crate::diag::Report;
use crate::import::Place;
use crate::import::tags::{Choice, plan};

/// Reads the file, or asks for it, and imports it.
pub fn update(from: &Path, run: &Run, state: &mut State, report: &mut Report) -> Option<Told> {
    let list = match address(from) {
        Some(address) => fetch(run.client, address, report)?,
        None => read(from, report)?,
    };
    let into = Place { folder: run.folder, force: false, accept_shrink: run.options.accept_shrink };
    let choice = if run.options.all_tags { Choice::All } else { Choice::NamedAndKept };
    let planned = plan(list, into, choice, report)?;
    let (cloud, version) = (planned.list.cloud, planned.list.change.to_string());
    let source = format!("service-tags/{cloud}");
    let before = planned.before.tags.of(cloud).map(|tags| tags.change.to_string());
    let fate = match (planned.changed, run.options.dry_run) {
        (false, _) => Fate::Unchanged,
        (true, false) => Fate::Changed,
        (true, true) => Fate::WouldChange,
    };
    let after = planned.changed.then(|| planned.after());
    if !run.options.dry_run && !planned.write(report) {
        return None;
    }
    let text = report.files.all(list);
    let name = format!("tags/{cloud}.txt");
    state.remember(&source, run.folder, &[&name], (&version, text, rfc3339(run.now)));
    let files = if planned.changed { vec![planned.path.display().to_string()] } else { Vec::new() };
    let changes = after.map(|after| changes(&planned.before, &after)).unwrap_or_default();
    Some(Told { before, version: Some(version), files, changes, ..Told::new(source, fate) })
}
