//! What an update changes in the catalog.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::{Catalog, Cloud};

/// What is new, gone or other, a line each.
#[derive(Debug, Default, Serialize)]
pub struct Changes {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
}

impl Changes {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// For people: the counts, then a line each.
    pub fn words(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let counts = [(&self.added, "added"), (&self.removed, "removed"), (&self.changed, "changed")];
        let counts: Vec<String> = counts.iter().map(|(lines, word)| format!("{} {word}", lines.len())).collect();
        let mut out = format!("  {}\n", counts.join(", "));
        for (sign, lines) in [('+', &self.added), ('-', &self.removed), ('~', &self.changed)] {
            lines.iter().for_each(|line| out.push_str(&format!("  {sign} {line}\n")));
        }
        out
    }
}

/// What differs between two catalogs: endpoints by their ids with destination and ports, service tags by their networks.
pub fn changes(before: &Catalog, after: &Catalog) -> Changes {
    let mut changes = Changes::default();
    let (old, new) = (rows(before), rows(after));
    for id in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        match (old.get(id), new.get(id)) {
            (None, Some(row)) => changes.added.push(format!("{id}  {}", row.shown)),
            (Some(row), None) => changes.removed.push(format!("{id}  {}", row.shown)),
            (Some(old), Some(new)) if old != new => changes.changed.push(format!("{id}  {}", new.shown)),
            _ => {}
        }
    }
    changes
}

/// Something that can change: as it is shown, and all that makes it another one.
#[derive(PartialEq, Eq)]
struct Row {
    shown: String,
    rest: String,
}

fn rows(catalog: &Catalog) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for service in catalog.services.values() {
        for e in &service.endpoints {
            let shown = format!("{} {}", e.what.template().text.value, e.ports);
            let rest = format!(
                "{:?}",
                (&e.via, &e.groups, &e.variants, &e.category, e.required, &e.clouds, &e.from, e.no_inspect, e.no_auth)
            );
            rows.insert(format!("{}/{}", service.id, e.id), Row { shown, rest });
        }
    }
    for (word, cloud) in Cloud::WORDS {
        let Some(tags) = catalog.tags.of(*cloud) else { continue };
        for (name, _) in tags.names() {
            let networks = tags.networks(name).unwrap_or_default();
            let shown = format!("{} networks", networks.len());
            rows.insert(format!("tags/{word}/{name}"), Row { shown, rest: format!("{networks:?}") });
        }
    }
    rows
}
