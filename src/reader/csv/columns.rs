//! The header: where the columns of a table are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ::csv::ByteRecord;

use super::Kind;
use crate::reader::text::{Problems, quoted};

/// A column that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The zones that a row is about.
    Zone,
    /// What its destination is.
    Kind,
    /// Who can carry it.
    Via,
    /// Who opens the connection.
    From,
    /// Where it goes.
    Route,
    /// The networks that clients come from.
    Sources,
    /// What must be left undone, and what else is to be known.
    Constraints,
    /// The ports, as the protocol has them.
    Ports,
    /// TCP or UDP.
    Protocol,
    /// What the row is about.
    Destination,
    /// Whether its service needs it.
    Required,
    /// What of the destination it is not about.
    Except,
}

impl Column {
    /// All of them, in their order.
    const ALL: [Self; 12] = [
        Self::Zone,
        Self::Kind,
        Self::Via,
        Self::From,
        Self::Route,
        Self::Sources,
        Self::Constraints,
        Self::Ports,
        Self::Protocol,
        Self::Destination,
        Self::Required,
        Self::Except,
    ];

    /// What stands in the header.
    const fn name(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Kind => "kind",
            Self::Via => "via",
            Self::From => "from",
            Self::Route => "route",
            Self::Sources => "sources",
            Self::Constraints => "constraints",
            Self::Ports => "ports",
            Self::Protocol => "protocol",
            Self::Destination => "destination",
            Self::Required => "required",
            Self::Except => "except",
        }
    }
}

/// Where each column stands, if it does.
#[derive(Debug, Default)]
pub(super) struct Columns([Option<usize>; Column::ALL.len()]);

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
        Self(Column::ALL.map(|column| columns.get(column.name()).copied()))
    }

    /// A cell of a row as it stands; empty when there is no such column.
    pub(super) fn bytes<'r>(&self, row: &'r ByteRecord, column: Column) -> &'r [u8] {
        let at = self.0.get(column as usize).copied().flatten();
        at.and_then(|at| row.get(at)).unwrap_or_default()
    }

    /// A cell of a row.
    pub(super) fn text<'r>(&self, row: &'r ByteRecord, column: Column) -> Cow<'r, str> {
        String::from_utf8_lossy(self.bytes(row, column))
    }
}
