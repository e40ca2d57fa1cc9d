//! Where it is written that an endpoint is needed: citations of the catalog for the entries behind a difference.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::diff::lines::{Diff, Kind};

/// Adds to each line the sources of the endpoints behind it, as far as the catalog knows them.
pub fn cite(diff: &mut Diff, catalog: &Catalog) {
    for part in &mut diff.parts {
        let own = (part.kind == Kind::Service).then(|| part.name.clone());
        for line in &mut part.lines {
            let mut found: BTreeSet<String> = BTreeSet::new();
            for entry in line.behind.old.iter().chain(&line.behind.new) {
                // `service/id[location=japaneast]`; below a service the id alone.
                let name = entry.split('[').next().unwrap_or_default();
                let (service, id) = match &own {
                    Some(service) => (service.as_str(), name),
                    None => name.split_once('/').unwrap_or_default(),
                };
                let Some(service) = catalog.services.get(service) else { continue };
                let Some(endpoint) = service.endpoints.iter().find(|endpoint| endpoint.id == id) else { continue };
                found.extend(endpoint.sources.iter().filter_map(|name| service.sources.get(name).cloned()));
            }
            line.sources = found.into_iter().collect();
        }
    }
}
