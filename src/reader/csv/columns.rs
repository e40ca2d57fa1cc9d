//! The header: where the columns of a table are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ::csv::ByteRecord;

use super::Kind;
use crate::reader::text::{Problems, quoted};

/// Columns by their names.
#[derive(Debug, Default)]
pub(super) struct Columns(BTreeMap<String, usize>);

impl Columns {
    /// Reads a header.
    pub(super) fn read(header: &ByteRecord, kind: Kind, path: &str, problems: &mut Problems) -> Self {
        let mut columns = BTreeMap::new();
        for (at, cell) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(cell).into_owned();
            if columns.contains_key(&name) {
                problems.add(path, 1, format!("a second column {}", quoted(&name)));
            }
            columns.insert(name, at);
        }
        for column in kind.columns().iter().filter(|c| !columns.contains_key(**c)) {
            problems.add(path, 1, format!("there is no column `{column}`"));
        }
        Self(columns)
    }

    /// A cell of a row as it stands; empty when there is no such column.
    pub(super) fn bytes<'r>(&self, row: &'r ByteRecord, column: &str) -> &'r [u8] {
        self.0.get(column).and_then(|at| row.get(*at)).unwrap_or_default()
    }

    /// A cell of a row.
    pub(super) fn text<'r>(&self, row: &'r ByteRecord, column: &str) -> Cow<'r, str> {
        String::from_utf8_lossy(self.bytes(row, column))
    }
}
