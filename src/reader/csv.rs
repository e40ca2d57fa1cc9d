//! The tables for people read back: `destinations.csv` and `firewall.csv`, by their header.
//!
//! In: the file, in any encoding that keeps ASCII. Out: a [`Table`] whose rows are data, and that finds the rows of a
//! request by what their own `destination` says. Refused are torn records, cells that a spreadsheet would run, and rows
//! whose columns contradict each other.

mod asking;
mod index;
mod records;
mod target;

use std::borrow::Cow;
use std::collections::BTreeMap;

use ::csv::ByteRecord;

use super::net::{Protocol, network, ports};
use super::text::{Problems, quoted};
use super::{File, Problem};
pub use asking::Asking;
use index::{Asked, Index};

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

/// Ranges of ports of a protocol.
type Ports = Vec<(Protocol, (u16, u16))>;

/// The rows of a table.
#[derive(Debug)]
pub struct Table {
    columns: BTreeMap<String, usize>,
    records: Vec<ByteRecord>,
    lines: Vec<usize>,
    index: Index,
    /// `None` for all ports.
    ports: Vec<Option<Ports>>,
    except: BTreeMap<usize, Index>,
    /// The rows of service tags.
    tags: BTreeMap<String, Vec<usize>>,
}

/// The rows of a host, which are looked for once and asked for at many ports.
#[derive(Debug, Default)]
pub struct OfHost(Vec<usize>);

/// A row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    at: usize,
}

impl<'a> Row<'a> {
    /// A cell by the name of its column; empty when there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Cow<'a, str> {
        let cell = self.table.columns.get(column).and_then(|c| self.table.records[self.at].get(*c));
        String::from_utf8_lossy(cell.unwrap_or_default())
    }

    /// Whether it is a row of a zone: names it among others, or is for all.
    #[must_use]
    pub fn is_of(&self, zone: &str) -> bool {
        self.get("zone").split(' ').any(|z| z == zone || z == "all")
    }

    /// The line it begins at.
    #[must_use]
    pub fn line(&self) -> usize {
        self.table.lines[self.at]
    }
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Every row that is torn, means something else than it seems to, or contradicts itself.
    pub fn read(file: &File, kind: Kind) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let (mut records, mut lines) = records::read(file, &mut problems);
        let mut table = Self {
            columns: BTreeMap::new(),
            records: Vec::new(),
            lines: Vec::new(),
            index: Index::default(),
            ports: Vec::new(),
            except: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        if records.is_empty() {
            if problems.is_empty() {
                problems.add(file.path, 1, "there is no header");
            }
            return problems.or(table);
        }
        let header = records.remove(0);
        lines.remove(0);
        for (at, cell) in header.iter().enumerate() {
            if table.columns.insert(String::from_utf8_lossy(cell).into_owned(), at).is_some() {
                problems.add(file.path, 1, format!("a second column {}", quoted(&String::from_utf8_lossy(cell))));
            }
        }
        for column in kind.columns().iter().filter(|c| !table.columns.contains_key(**c)) {
            problems.add(file.path, 1, format!("there is no column `{column}`"));
        }
        if !problems.is_empty() {
            return problems.or(table);
        }
        (table.records, table.lines) = (records, lines);
        for at in 0..table.records.len() {
            let line = table.lines[at];
            table.ports.push(None);
            if table.records[at].len() != header.len() {
                let message = format!("{} cells, where the header has {}", table.records[at].len(), header.len());
                problems.add(file.path, line, message);
                continue;
            }
            for cell in table.records[at]
                .iter()
                .filter(|c| matches!(c.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')))
            {
                let cell = String::from_utf8_lossy(cell);
                problems.add(file.path, line, format!("a spreadsheet runs the cell {}", quoted(&cell)));
            }
            if let Err(messages) = table.row(at, kind) {
                messages.into_iter().for_each(|m| problems.add(file.path, line, m));
            }
        }
        table.index.finish();
        problems.or(table)
    }

    /// Takes a row in, or says what is wrong with it.
    fn row(&mut self, at: usize, kind: Kind) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        let row = Row { table: self, at };
        let get = |column: &str| row.get(column);
        if get("zone").split(' ').any(str::is_empty) {
            wrong.push("the row has no zone, or a blank too many between zones".to_owned());
        }
        let word = get("kind");
        let target = match (target::read(&get("destination"), &word), word.as_ref(), kind) {
            (_, "plain" | "default", Kind::Opened) => Err(format!("the kind {} does not stand here", quoted(&word))),
            (target, ..) => target,
        };
        let ports = read_ports(&get("ports"), &get("protocol"));
        if !["", "required", "optional"].contains(&get("required").as_ref()) {
            wrong.push(format!("{} is neither `required` nor `optional`", quoted(&get("required"))));
        }
        let tag = (word == "service-tag").then(|| get("destination").into_owned());
        let mut except = None;
        match kind {
            Kind::Destinations => {
                if !"proxy firewall".split(' ').any(|via| via == get("via")) {
                    wrong.push(format!("{} is neither a proxy nor a firewall", quoted(&get("via"))));
                }
            }
            Kind::Opened => {
                let from = get("from");
                let who = from.strip_prefix("proxy:").unwrap_or(&from);
                if who.is_empty() || who.contains([' ', ':']) {
                    wrong.push(format!("{} is nobody who opens a connection", quoted(&from)));
                }
                let sources = get("sources");
                wrong.extend(words(&sources).filter_map(|source| network(source).err()));
                let cell = get("except");
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
        }
        match (target, ports) {
            (Ok(target), Ok(ports)) => {
                self.index.add(target, u32::try_from(at).unwrap_or(u32::MAX));
                self.ports[at] = ports;
                if let Some(tag) = tag {
                    self.tags.entry(tag).or_default().push(at);
                }
                if let Some(index) = except {
                    self.except.insert(at, index);
                }
            }
            (target, ports) => wrong.extend(target.err().into_iter().chain(ports.err())),
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// All rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.records.len()).map(|at| Row { table: self, at })
    }

    /// The rows whose destination a host is and that do not except it, in the order of the file.
    #[must_use]
    pub fn of_host(&self, host: &str) -> OfHost {
        let Some(asked) = Asked::of(host) else { return OfHost::default() };
        let mut found: Vec<usize> = self.index.find(&asked).into_iter().map(|row| row as usize).collect();
        found.sort_unstable();
        found.retain(|at| self.except.get(at).is_none_or(|index| index.find(&asked).is_empty()));
        OfHost(found)
    }

    /// Of the rows of a host those of a zone, or of all zones, that have a port and protocol. A row of all ports has every
    /// port, the unknown one too.
    #[must_use]
    pub fn at_port(&self, host: &OfHost, zone: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        self.having(host.0.iter().copied(), zone, port, protocol)
    }

    /// Both at once.
    #[must_use]
    pub fn matching(&self, zone: &str, host: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        self.at_port(&self.of_host(host), zone, port, protocol)
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
        let has_port = |at: usize| {
            self.ports[at].as_ref().is_none_or(|ranges| {
                let one = |(p, (first, last)): &(Protocol, (u16, u16))| {
                    *p == protocol && port.is_some_and(|n| (*first..=*last).contains(&n))
                };
                ranges.iter().any(one)
            })
        };
        rows.filter(|at| has_port(*at)).map(|at| Row { table: self, at }).filter(|row| row.is_of(zone)).collect()
    }
}

/// The words of a cell; two blanks give an empty one.
fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(' ').filter(move |_| !cell.is_empty())
}

/// The `ports` of a row, which must be of the protocols that its `protocol` names.
fn read_ports(text: &str, protocol: &str) -> Result<Option<Ports>, String> {
    if text == "all" {
        return if protocol == "any" { Ok(None) } else { Err("all ports, but not of any protocol".to_owned()) };
    }
    let mut found: Ports = Vec::new();
    for word in text.split(' ') {
        let (which, range) = match word.split_once('/') {
            Some(("tcp", range)) => (Protocol::Tcp, range),
            Some(("udp", range)) => (Protocol::Udp, range),
            _ => return Err(format!("{} is no port such as `tcp/443`", quoted(word))),
        };
        found.push((which, ports(range)?));
    }
    let has = |which: Protocol| found.iter().any(|(p, _)| *p == which);
    let said = match protocol {
        "tcp" => (true, false),
        "udp" => (false, true),
        "tcp udp" => (true, true),
        _ => return Err(format!("the protocol {} is not known", quoted(protocol))),
    };
    if said != (has(Protocol::Tcp), has(Protocol::Udp)) {
        return Err(format!("{} are not the ports of {}", quoted(text), quoted(protocol)));
    }
    Ok(Some(found))
}
