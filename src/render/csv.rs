//! CSV records.

use std::borrow::Cow;

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};

use super::columns::List;
use super::listed;

/// Bytes of a usual record.
const LINE: usize = 256;

/// Records on lines of their own.
struct Records(csv::Writer<Vec<u8>>);

impl Records {
    fn new() -> Self {
        Self(csv::WriterBuilder::new().buffer_capacity(LINE).from_writer(Vec::with_capacity(LINE)))
    }

    /// Adds a record. No spreadsheet takes a cell for a formula: a leading `= + - @`, tab or line end gets a `'` before it.
    fn add<'c>(&mut self, cells: impl IntoIterator<Item = Cow<'c, str>>) -> Result<(), Error> {
        for cell in cells {
            let guard = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            let cell = if guard { Cow::Owned(format!("'{cell}")) } else { cell };
            self.0.write_field(cell.as_bytes()).map_err(|_| failed())?;
        }
        self.0.write_record(None::<&[u8]>).map_err(|_| failed())
    }

    /// The lines, the last one without its end.
    fn finish(self) -> Result<String, Error> {
        let bytes = self.0.into_inner().map_err(|_| failed())?;
        let mut lines = String::from_utf8(bytes).map_err(|_| failed())?;
        lines.truncate(lines.strip_suffix('\n').unwrap_or(&lines).len());
        Ok(lines)
    }
}

fn failed() -> Error {
    Error::new(ErrorKind::WriteFailure, "a CSV record could not be written")
}

/// A record of texts; no cell is a formula.
#[must_use]
pub fn csv_line(cells: &[&str]) -> String {
    record(cells.iter().map(|cell| Cow::Borrowed(*cell))).unwrap_or_default()
}

/// A cell that is a record alone.
pub(super) fn cell(text: &str) -> Result<Cow<'_, str>, Error> {
    // What needs neither a quote nor a guard, which is nearly all. The crate quotes an empty record, which stands for nothing here.
    let begins_bare = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '*'));
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*' | b'/' | b' ');
    if text.is_empty() || begins_bare && text.bytes().all(is_bare) {
        return Ok(Cow::Borrowed(text));
    }
    record([Cow::Borrowed(text)]).map(Cow::Owned)
}

/// A record of a list of values.
pub(super) fn values(cells: &Value) -> Result<String, Error> {
    let list: Vec<Value> = match cells.downcast_object_ref::<Vec<Value>>() {
        Some(cells) => return record(cells.iter().map(text)),
        None => listed(cells)?.collect(),
    };
    record(list.iter().map(text))
}

/// A record a row of a list, with some columns of it.
pub(super) fn rows(rows: &Value, columns: &[String]) -> Result<String, Error> {
    let unknown = |column: &String| Error::new(ErrorKind::UndefinedError, format!("a row has no column `{column}`"));
    if let Some(list) = rows.downcast_object_ref::<List>() {
        let places: Result<Vec<usize>, Error> =
            columns.iter().map(|column| list.place(column).ok_or_else(|| unknown(column))).collect();
        return of_list(list, &places?);
    }
    let mut records = Records::new();
    for row in listed(rows)? {
        let mut cells = Vec::with_capacity(columns.len());
        for column in columns {
            let cell = row.get_attr(column)?;
            if cell.is_undefined() {
                return Err(unknown(column));
            }
            cells.push(cell);
        }
        records.add(cells.iter().map(text))?;
    }
    records.finish()
}

/// A part of a line.
enum Part {
    /// Cells that rows have in common, and what divides cells.
    Shared(String),
    /// The cell at a place.
    Own(usize),
}

/// Rows whose length tells how much room the others take.
const SAMPLE: usize = 256;

/// A record a row. Of what rows have in common the text is made once: a hundred thousand lines of a rule differ in one cell or two.
fn of_list(list: &List, places: &[usize]) -> Result<String, Error> {
    let mut lines = String::new();
    let mut parts = Vec::new();
    for at in 0..list.count() {
        if !list.goes_on(at) {
            parts = parts_of(list, places, at)?;
        }
        let start = lines.len();
        for part in &parts {
            match part {
                Part::Shared(text) => lines.push_str(text),
                Part::Own(place) => lines.push_str(&cell(list.cell(at, *place))?),
            }
        }
        // An empty line would be no record.
        lines.push_str(if lines.len() == start { "\"\"\n" } else { "\n" });
        if at + 1 == SAMPLE {
            lines.reserve_exact(lines.len() / SAMPLE * list.count().saturating_sub(SAMPLE));
        }
    }
    lines.pop();
    Ok(lines)
}

/// How the line of a row is put together, and those of all that have as much in common with it.
fn parts_of(list: &List, places: &[usize], at: usize) -> Result<Vec<Part>, Error> {
    let (mut parts, mut shared) = (Vec::new(), String::new());
    for (number, place) in places.iter().enumerate() {
        if number > 0 {
            shared.push(',');
        }
        if list.is_shared(*place) {
            shared.push_str(&cell(list.cell(at, *place))?);
        } else {
            parts.extend([Part::Shared(std::mem::take(&mut shared)), Part::Own(*place)]);
        }
    }
    parts.push(Part::Shared(shared));
    Ok(parts)
}

fn text(cell: &Value) -> Cow<'_, str> {
    if cell.is_none() {
        return Cow::Borrowed("");
    }
    cell.as_str().map_or_else(|| Cow::Owned(cell.to_string()), Cow::Borrowed)
}

fn record<'c>(cells: impl IntoIterator<Item = Cow<'c, str>>) -> Result<String, Error> {
    let mut records = Records::new();
    records.add(cells)?;
    records.finish()
}
