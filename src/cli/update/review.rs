//! Services that no list keeps up to date: somebody has to read their documents from time to time.

use std::path::Path;

use serde::Serialize;

use crate::catalog::raw::Day;
use crate::catalog::{Lifecycle, load::load};
use crate::cli::today::days;
use crate::diag::Report;
use crate::import::is_imported;

/// A service that was not reviewed for long.
#[derive(Debug, Serialize)]
pub struct Due {
    service: String,
    reviewed: String,
    /// Days since then.
    days: u64,
    docs: Vec<String>,
}

/// The services whose review is older than some days, oldest first; not those that are retired or that imports write.
pub fn due(folder: &Path, today: &Day, max_age: u64) -> Vec<Due> {
    let catalog = load(Some(folder), &mut Report::default());
    let today = days(today).unwrap_or_default();
    let by_hand = catalog.services.values().filter(|service| {
        service.status != Lifecycle::Retired && !is_imported(&folder.join(format!("{}.yaml", service.id)))
    });
    let mut due: Vec<Due> = by_hand
        .filter_map(|service| {
            let days = today.checked_sub(days(&Day(service.reviewed.clone()))?)?;
            let (service, reviewed, docs) = (service.id.clone(), service.reviewed.clone(), service.docs.clone());
            (days > max_age).then_some(Due { service, reviewed, days, docs })
        })
        .collect();
    due.sort_by(|a, b| b.days.cmp(&a.days).then_with(|| a.service.cmp(&b.service)));
    due
}

/// For people; nothing when nothing is due.
pub fn words(due: &[Due], max_age: u64) -> String {
    if due.is_empty() {
        return String::new();
    }
    let mut out = format!("reviewed more than {max_age} days ago:\n");
    let widest = due.iter().map(|due| due.service.len()).max().unwrap_or_default();
    for due in due {
        let docs = if due.docs.is_empty() { "no documents named".to_owned() } else { due.docs.join(" ") };
        out.push_str(&format!("  {:<widest$}  {} ({} days)  {docs}\n", due.service, due.reviewed, due.days));
    }
    out
}
