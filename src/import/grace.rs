//! What vanished from a list stays for some days: rows at the end of the new file, `retiring` and with the last day.
//!
//! A destination on a port that the catalog had and the new list has no more is kept, as wide as it was; when it comes
//! back it is an ordinary row again, and at the first import after its day it goes. The day of the import is handed in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Made;
use crate::catalog::load::{load, load_with};
use crate::catalog::raw::Day;
use crate::catalog::{Endpoint, Lifecycle, Service, What};
use crate::dest::{PortRange, Ports};
use crate::diag::Report;

/// Adds to each file the rows that it would lose. What cannot be loaded keeps nothing: the import itself says why.
pub fn keep(made: &mut [Made], folder: &Path, today: &Day, days: u32) {
    let overlay = folder.is_dir().then_some(folder);
    let old = load(overlay, &mut Report::default());
    let files: Vec<(PathBuf, String)> =
        made.iter().map(|m| (folder.join(format!("{}.yaml", m.service)), m.text.clone())).collect();
    let new = load_with(overlay, &files, &mut Report::default());
    let Some(last) = today.plus(days) else { return };
    for made in made {
        let (Some(had), Some(has)) = (old.services.get(&made.service), new.services.get(&made.service)) else {
            continue;
        };
        made.text.push_str(&rows(had, has, today, &last));
    }
}

/// Whether services hold rows whose last day is past: the next import takes them out.
#[must_use]
pub fn is_over(folder: &Path, services: &[&str], today: &Day) -> bool {
    let catalog = load(folder.is_dir().then_some(folder), &mut Report::default());
    let rows = services.iter().filter_map(|id| catalog.services.get(*id)).flat_map(|service| &service.endpoints);
    let past = |until: &String| until.as_str() < today.0.as_str();
    rows.into_iter().any(|e| e.status == Lifecycle::Retiring && e.until.as_ref().is_some_and(past))
}

/// The rows of what a service had and has no more; empty when there is nothing.
fn rows(had: &Service, has: &Service, today: &Day, last: &Day) -> String {
    let mut taken: BTreeSet<String> = has.endpoints.iter().map(|e| e.id.clone()).collect();
    let mut out = String::new();
    for endpoint in &had.endpoints {
        let until = match endpoint.status {
            Lifecycle::Current => last.0.as_str(),
            Lifecycle::Retiring => endpoint.until.as_deref().unwrap_or_default(),
            _ => continue,
        };
        let lost = lost(endpoint, has);
        if until < today.0.as_str() || lost.is_empty() || !fits(endpoint, has) {
            continue;
        }
        let base = endpoint.id.clone();
        let ids = [base.clone(), format!("{base}-retiring")].into_iter();
        let mut ids = ids.chain((2..).map(|n| format!("{base}-retiring-{n}")));
        let Some(id) = ids.find(|id| !taken.contains(id)) else { continue };
        out.push_str(&row(endpoint, &id, &lost, until));
        taken.insert(id);
    }
    if out.is_empty() {
        return out;
    }
    format!("\n  # In the list no more: kept until the day named, gone with the first import after it.\n{out}")
}

/// Whether a row can stand in the new file: one of a file that people wrote may name what is not declared there.
fn fits(endpoint: &Endpoint, has: &Service) -> bool {
    matches!(&endpoint.what, What::Dest(template) if template.params.is_empty())
        && endpoint.groups.iter().all(|group| has.groups.contains_key(group))
        && endpoint.category.as_ref().is_none_or(|category| has.categories.contains_key(category))
}

/// The ports of an endpoint that the new file has no more for its destination.
fn lost(endpoint: &Endpoint, has: &Service) -> Vec<PortRange> {
    let dest = &endpoint.what.template().text.value;
    let same: Vec<&Ports> =
        has.endpoints.iter().filter(|e| e.what.template().text.value == *dest).map(|e| &e.ports).collect();
    let still = |range: &PortRange| {
        same.iter()
            .flat_map(|ports| ports.ranges())
            .any(|other| other.protocol == range.protocol && other.first <= range.first && range.last <= other.last)
    };
    endpoint.ports.ranges().iter().filter(|range| !still(range)).copied().collect()
}

/// A row that says all that another head could say otherwise.
fn row(endpoint: &Endpoint, id: &str, ports: &[PortRange], until: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let list = |items: &[String]| match items {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let mut out = format!(
        "  - {{id: {id}, dest: {}, ports: [{}], via: {}",
        quoted(&endpoint.what.template().text.value),
        ports.join(", "),
        endpoint.via
    );
    if !endpoint.groups.is_empty() {
        out.push_str(&format!(", group: {}", list(&endpoint.groups)));
    }
    if let Some(category) = &endpoint.category {
        out.push_str(&format!(", category: {category}"));
    }
    if !endpoint.sets.is_empty() {
        let sets: Vec<String> = endpoint.sets.iter().map(ToString::to_string).collect();
        out.push_str(&format!(", set: {}", list(&sets)));
    }
    out.push_str(&format!(", required: {}, status: retiring, until: {until}", endpoint.required));
    if let Some(note) = &endpoint.note {
        out.push_str(&format!(", note: {}", quoted(note)));
    }
    out.push_str("}\n");
    out
}
