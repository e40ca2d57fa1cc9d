//! What an update changes in the catalog.

use serde::{Serialize, Serializer};

use crate::catalog::Catalog;
use crate::cli::diff::words;
use crate::diff::catalogs;
use crate::diff::lines::Diff;

/// What means something else than before.
#[derive(Debug, Default)]
pub struct Changes(Diff);

impl Changes {
    /// Whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.0.is_same()
    }

    /// For people.
    pub fn words(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        words::lines(&self.0, false, false).lines().map(|line| format!("  {line}\n")).collect()
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        words::parts(&self.0).serialize(to)
    }
}

/// What differs between two catalogs.
pub fn changes(before: &Catalog, after: &Catalog) -> Changes {
    Changes(catalogs::compare(before, after))
}
