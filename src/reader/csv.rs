//! The tables for people read back: `destinations.csv` and `firewall.csv`, by their header.
//!
//! In: the file, in any encoding that keeps ASCII. Out: a [`Table`] whose rows are data, and that finds the rows of a
//! request by what their own `destination` says. Refused are torn records, cells that a spreadsheet would run, and rows
//! whose columns contradict each other.

mod asking;
mod columns;
mod index;
mod ports;
mod records;
mod said;
mod target;

use std::collections::BTreeMap;

use ::csv::ByteRecord;

use super::net::Protocol;
use super::text::{Problems, quoted};
use super::{File, Problem};
pub use asking::Asking;
pub use columns::Column;
use columns::Columns;
use index::{Asked, Index};
use ports::Ports;
pub use said::Said;
use said::Sayings;

/// Which of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `destinations.csv`: what rules list.
    Destinations,
    /// `firewall.csv`: what must be opened.
    Opened,
}

impl Kind {
    /// Columns that must be there.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Destinations => {
                &["zone", "service", "endpoint", "destination", "kind", "protocol", "ports", "via", "route"]
            }
            Self::Opened => &[
                "zone",
                "from",
                "sources",
                "destination",
                "kind",
                "protocol",
                "ports",
                "except",
                "route",
                "service",
                "endpoint",
            ],
        }
    }
}

/// The rows of a table.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Place>,
    sayings: Sayings,
    index: Index,
    except: BTreeMap<usize, Index>,
    /// The paths of rows that are about some of a host only.
    paths: BTreeMap<usize, Box<str>>,
    /// The rows of service tags.
    tags: BTreeMap<String, Vec<usize>>,
}

/// What is kept of a row: where it begins, and the number of what it says.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u32,
    said: u32,
}

/// The rows of a host, which are looked for once and asked for at many ports.
#[derive(Debug, Default)]
pub struct OfHost(Vec<u32>);

/// A row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    at: usize,
}

impl<'a> Row<'a> {
    /// What it says besides its destination.
    #[must_use]
    pub fn said(&self) -> &'a Said {
        &self.table.sayings.said[self.number()]
    }

    /// The number of that among [`Table::said`].
    #[must_use]
    pub fn number(&self) -> usize {
        self.table.rows[self.at].said as usize
    }

    /// The path that it is about; none when it is about all of a host.
    #[must_use]
    pub fn path(&self) -> Option<&'a str> {
        self.table.paths.get(&self.at).map(AsRef::as_ref)
    }

    /// The line it begins at.
    #[must_use]
    pub fn line(&self) -> usize {
        self.table.rows[self.at].line as usize
    }
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Every row that is torn, means something else than it seems to, or contradicts itself.
    pub fn read(file: &File, kind: Kind) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let mut table = Self {
            rows: Vec::new(),
            sayings: Sayings::default(),
            index: Index::default(),
            except: BTreeMap::new(),
            paths: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        let mut records = records::Records::of(file, &mut problems);
        let Some((header, _)) = records.next(&mut problems) else {
            if problems.is_empty() {
                problems.add(file.path, 1, "there is no header");
            }
            return problems.or(table);
        };
        let width = header.len();
        let columns = Columns::read(header, kind, file.path, &mut problems);
        if !problems.is_empty() {
            return problems.or(table);
        }
        table.rows.reserve(records.left());
        table.index.reserve(records.left());
        while let Some((row, line)) = records.next(&mut problems) {
            if row.len() != width {
                problems.add(file.path, line, format!("{} cells, where the header has {width}", row.len()));
                continue;
            }
            for cell in row.iter().filter(|c| matches!(c.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))) {
                let cell = String::from_utf8_lossy(cell);
                problems.add(file.path, line, format!("a spreadsheet runs the cell {}", quoted(&cell)));
            }
            if let Err(messages) = table.row(&columns, (row, line), kind) {
                messages.into_iter().for_each(|m| problems.add(file.path, line, m));
            }
        }
        table.index.finish();
        problems.or(table)
    }

    /// Takes a row in, or says what is wrong with it.
    fn row(&mut self, columns: &Columns, (row, line): (&ByteRecord, usize), kind: Kind) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        let get = |column: Column| columns.text(row, column);
        let (word, destination) = (get(Column::Kind), get(Column::Destination));
        let target = match (target::read(&destination, &word), word.as_ref(), kind) {
            (_, "plain" | "default", Kind::Opened) => Err(format!("the kind {} does not stand here", quoted(&word))),
            (target, ..) => target,
        };
        let said = self.sayings.take(columns, row, kind);
        let path = || destination.find('/').and_then(|slash| destination.get(slash..).map(Into::into));
        let path = (word == "url").then(path).flatten();
        let tag = (word == "service-tag").then(|| destination.to_string());
        let mut except = None;
        if kind == Kind::Opened {
            let cell = get(Column::Except);
            let mut index = Index::default();
            for word in words(&cell) {
                match target::of(word) {
                    Ok(target) => index.add(target, 0),
                    Err(message) => wrong.push(message),
                }
            }
            index.finish();
            except = (!cell.is_empty()).then_some(index);
        }
        match (target, said) {
            (Ok(target), Ok(said)) => {
                let at = self.rows.len();
                self.rows.push(Place { line: u32::try_from(line).unwrap_or(u32::MAX), said });
                self.index.add(target, u32::try_from(at).unwrap_or(u32::MAX));
                self.paths.extend(path.map(|path| (at, path)));
                if let Some(tag) = tag {
                    self.tags.entry(tag).or_default().push(at);
                }
                if let Some(index) = except {
                    self.except.insert(at, index);
                }
            }
            (target, said) => wrong.extend(target.err().into_iter().chain(said.err().into_iter().flatten())),
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// All rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|at| Row { table: self, at })
    }

    /// What rows say besides their destination, each once.
    #[must_use]
    pub fn said(&self) -> &[Said] {
        &self.sayings.said
    }

    /// The rows whose destination a host is and that do not except it, in the order of the file.
    #[must_use]
    pub fn of_host(&self, host: &str) -> OfHost {
        let Some(asked) = Asked::of(host) else { return OfHost::default() };
        let mut found = self.index.find(&asked);
        found.sort_unstable();
        found.retain(|at| self.except.get(&(*at as usize)).is_none_or(|index| index.find(&asked).is_empty()));
        OfHost(found)
    }

    /// Of the rows of a host those of a zone, or of all zones, that have a port and protocol. A row of all ports has every
    /// port, the unknown one too.
    #[must_use]
    pub fn at_port(&self, host: &OfHost, zone: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        self.having(host.0.iter().map(|at| *at as usize), zone, port, protocol)
    }

    /// Both at once.
    #[must_use]
    pub fn matching(&self, zone: &str, host: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        self.at_port(&self.of_host(host), zone, port, protocol)
    }

    /// Whether rows are about some paths of a host only.
    #[must_use]
    pub fn has_paths(&self) -> bool {
        !self.paths.is_empty()
    }

    /// The rows of a service tag, the same way.
    #[must_use]
    pub fn tagged(&self, zone: &str, tag: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        self.having(self.tags.get(tag).into_iter().flatten().copied(), zone, port, protocol)
    }

    /// Rows that are of a zone and have a port.
    fn having(
        &self,
        rows: impl Iterator<Item = usize>,
        zone: &str,
        port: Option<u16>,
        protocol: Protocol,
    ) -> Vec<Row<'_>> {
        let has_port = |said: &Said| {
            said.ports.as_ref().is_none_or(|ranges| {
                let one = |(p, (first, last)): &(Protocol, (u16, u16))| {
                    *p == protocol && port.is_some_and(|n| (*first..=*last).contains(&n))
                };
                ranges.iter().any(one)
            })
        };
        let rows = rows.map(|at| Row { table: self, at });
        rows.filter(|row| has_port(row.said()) && row.said().is_of(zone)).collect()
    }
}

/// The words of a cell; two blanks give an empty one.
fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(' ').filter(move |_| !cell.is_empty())
}
