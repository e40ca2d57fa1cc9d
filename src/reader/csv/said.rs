//! What rows say besides their destination. Of a hundred thousand rows most say the same: it is kept, and read, once.

use std::collections::BTreeMap;

use ::csv::ByteRecord;

use super::columns::Columns;
use super::ports::read_ports;
use super::{Column, Ports};

/// The columns that are asked for after a table was read.
const KEPT: [Column; 7] =
    [Column::Zone, Column::Kind, Column::Via, Column::From, Column::Route, Column::Sources, Column::Constraints];
/// The columns that ports are read from.
const PORTS: [Column; 2] = [Column::Ports, Column::Protocol];

/// What a row says besides its destination.
#[derive(Debug)]
pub struct Said {
    /// The cells of [`KEPT`].
    cells: [Box<str>; KEPT.len()],
    /// `None` for all ports.
    pub(super) ports: Option<Ports>,
}

impl Said {
    /// A cell of a column that is kept; empty when there is no such column.
    #[must_use]
    pub fn get(&self, column: Column) -> &str {
        let at = KEPT.into_iter().position(|kept| kept == column);
        at.and_then(|at| self.cells.get(at)).map_or("", AsRef::as_ref)
    }

    /// Whether it is about a zone: names it among others, or is for all.
    #[must_use]
    pub fn is_of(&self, zone: &str) -> bool {
        self.get(Column::Zone).split(' ').any(|z| z == zone || z == "all")
    }
}

/// All that rows say, each once.
#[derive(Debug, Default)]
pub(super) struct Sayings {
    known: BTreeMap<Vec<u8>, u32>,
    /// The cells of the row that is looked at.
    cells: Vec<u8>,
    pub(super) said: Vec<Said>,
}

impl Sayings {
    /// The number of what a row says.
    ///
    /// # Errors
    /// What is wrong with its ports.
    pub(super) fn take(&mut self, columns: &Columns, row: &ByteRecord) -> Result<u32, String> {
        self.cells.clear();
        for column in KEPT.into_iter().chain(PORTS) {
            self.cells.extend_from_slice(columns.bytes(row, column));
            // No text holds it.
            self.cells.push(0xff);
        }
        if let Some(known) = self.known.get(&self.cells) {
            return Ok(*known);
        }
        let [ports, protocol] = PORTS.map(|column| columns.text(row, column));
        let said = Said {
            cells: KEPT.map(|column| columns.text(row, column).as_ref().into()),
            ports: read_ports(&ports, &protocol)?,
        };
        let number = u32::try_from(self.said.len()).unwrap_or(u32::MAX);
        self.said.push(said);
        self.known.insert(std::mem::take(&mut self.cells), number);
        Ok(number)
    }
}
