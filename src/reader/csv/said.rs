//! What rows say besides their destination. Of a hundred thousand rows most say the same: it is kept, and read, once.

use std::collections::BTreeMap;

use ::csv::ByteRecord;

use super::columns::Columns;
use super::ports::read_ports;
use super::{Column, Kind, Ports, words};
use crate::reader::net::network;
use crate::reader::text::quoted;

/// The columns that are asked for after a table was read.
const KEPT: [Column; 7] =
    [Column::Zone, Column::Kind, Column::Via, Column::From, Column::Route, Column::Sources, Column::Constraints];
/// The columns that are read, or looked at, and not kept.
const READ: [Column; 3] = [Column::Ports, Column::Protocol, Column::Required];

/// What a row says besides its destination.
#[derive(Debug)]
pub struct Said {
    /// The cells of [`KEPT`].
    cells: [Box<str>; KEPT.len()],
    /// `None` for all ports.
    pub(super) ports: Option<Ports>,
}

impl Said {
    /// Reads a row.
    ///
    /// # Errors
    /// All that is wrong with it.
    fn read(columns: &Columns, row: &ByteRecord, kind: Kind) -> Result<Self, Vec<String>> {
        let get = |column: Column| columns.text(row, column);
        let mut wrong = Vec::new();
        if get(Column::Zone).split(' ').any(str::is_empty) {
            wrong.push("the row has no zone, or a blank too many between zones".to_owned());
        }
        if !["", "required", "optional"].contains(&get(Column::Required).as_ref()) {
            wrong.push(format!("{} is neither `required` nor `optional`", quoted(&get(Column::Required))));
        }
        match kind {
            Kind::Destinations => {
                if !"proxy firewall".split(' ').any(|via| via == get(Column::Via)) {
                    wrong.push(format!("{} is neither a proxy nor a firewall", quoted(&get(Column::Via))));
                }
            }
            Kind::Opened => {
                let from = get(Column::From);
                let who = from.strip_prefix("proxy:").unwrap_or(&from);
                if who.is_empty() || who.contains([' ', ':']) {
                    wrong.push(format!("{} is nobody who opens a connection", quoted(&from)));
                }
                let sources = get(Column::Sources);
                wrong.extend(words(&sources).filter_map(|source| network(source).err()));
            }
        }
        match read_ports(&get(Column::Ports), &get(Column::Protocol)) {
            Ok(ports) if wrong.is_empty() => Ok(Self { cells: KEPT.map(|column| get(column).as_ref().into()), ports }),
            ports => Err(wrong.into_iter().chain(ports.err()).collect()),
        }
    }

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
    known: BTreeMap<Vec<u8>, Result<u32, Vec<String>>>,
    /// The cells of the row that is looked at, and those of the last that was sound, with the number of what it says.
    cells: Vec<u8>,
    last: (Vec<u8>, u32),
    pub(super) said: Vec<Said>,
}

impl Sayings {
    /// The number of what a row says.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn take(&mut self, columns: &Columns, row: &ByteRecord, kind: Kind) -> Result<u32, Vec<String>> {
        self.cells.clear();
        for column in KEPT.into_iter().chain(READ) {
            self.cells.extend_from_slice(columns.bytes(row, column));
            // No text holds it.
            self.cells.push(0xff);
        }
        if self.cells == self.last.0 {
            return Ok(self.last.1);
        }
        let known = match self.known.get(&self.cells) {
            Some(known) => known.clone(),
            None => {
                let said = Said::read(columns, row, kind).map(|said| {
                    self.said.push(said);
                    u32::try_from(self.said.len() - 1).unwrap_or(u32::MAX)
                });
                self.known.insert(self.cells.clone(), said.clone());
                said
            }
        };
        if let Ok(number) = known {
            std::mem::swap(&mut self.cells, &mut self.last.0);
            self.last.1 = number;
        }
        known
    }
}
