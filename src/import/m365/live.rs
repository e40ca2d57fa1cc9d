//! From which day on the rows of a list are live, where that day is still to come.
//!
//! A row is what one or more sets say of a destination: it is new only when it is new in each of them, and live as soon as
//! the first of them is. What the list of changes does not name keeps the day that the catalog had for it. The day of the
//! import is handed in; a day before it says nothing any more.

use std::collections::BTreeMap;
use std::path::Path;

use super::changes::Changes;
use super::read::{Order, order};
use super::settle::Row;
use crate::catalog::load::load;
use crate::catalog::raw::Day;
use crate::catalog::{Lifecycle, What};
use crate::dest::{Dest, PortRange, Ports};
use crate::diag::Report;
use crate::read::record::Scalar as _;

/// What is known of days: nothing, by default.
#[derive(Debug, Default)]
pub struct Live {
    today: Option<Day>,
    changes: Changes,
    /// By destination: the rows of the catalog that have a day, with their ports and sets.
    before: BTreeMap<Order, Vec<(Ports, Vec<u32>, Day)>>,
}

impl Live {
    /// What the list of changes says, and what the catalog said before of the services that an import makes.
    #[must_use]
    pub fn of(changes: Changes, folder: &Path, services: &[&str], today: &Day) -> Self {
        let catalog = load(folder.is_dir().then_some(folder), &mut Report::default());
        let mut before: BTreeMap<Order, Vec<(Ports, Vec<u32>, Day)>> = BTreeMap::new();
        let endpoints = services.iter().filter_map(|id| catalog.services.get(*id)).flat_map(|s| &s.endpoints);
        for endpoint in endpoints.filter(|e| e.status == Lifecycle::Current) {
            let (Some(day), What::Dest(template)) = (&endpoint.effective, &endpoint.what) else { continue };
            let Ok(dest) = Dest::parse(&template.text.value) else { continue };
            let row = (endpoint.ports.clone(), endpoint.sets.clone(), Day(day.clone()));
            before.entry(order(&dest)).or_default().push(row);
        }
        Self { today: Some(today.clone()), changes, before }
    }

    /// The day of a row, unless it is past or nobody named one.
    #[must_use]
    pub(super) fn day(&self, row: &Row) -> Option<&Day> {
        let today = self.today.as_ref()?;
        let dest = order(row.dest);
        let mut first: Option<&Day> = None;
        for set in &row.sets {
            let day = match self.changes.of(set.id, &dest) {
                Some(said) => said,
                None => self.known(&dest, set.id, &row.ports),
            };
            // What one set has without a day to come is live.
            let day = day.filter(|day| *day >= today)?;
            first = Some(first.map_or(day, |first| first.min(day)));
        }
        first
    }

    /// The day that the catalog had for a destination in a set, on all of some ports.
    fn known(&self, dest: &Order, set: u32, ports: &[PortRange]) -> Option<&Day> {
        let covers = |known: &Ports| {
            ports.iter().all(|range| {
                let within =
                    |k: &PortRange| k.protocol == range.protocol && k.first <= range.first && range.last <= k.last;
                known.ranges().iter().any(within)
            })
        };
        let rows = self.before.get(dest)?;
        rows.iter().find(|(known, sets, _)| sets.contains(&set) && covers(known)).map(|(_, _, day)| day)
    }
}
