//! The same answer as CSV (`format=CSV`): one line a set, into the tree that JSON gives.
//!
//! Columns: `id,serviceArea,serviceAreaDisplayName,urls,ips,tcpPorts,udpPorts,expressRoute,category,required,notes`, lists
//! in one cell with commas, `True` and `False`. Known from github.com/krugerd/getm365endpoints (2023), which names the
//! columns and reads the cells so; no answer was at hand.

use crate::diag::{Code, Diagnostic, clip, did_you_mean};
use crate::read::yaml::{Kind, Node};
use crate::source::{FileId, Files, Span, Spanned};

const COLUMNS: &[&str] = &[
    "id",
    "serviceArea",
    "serviceAreaDisplayName",
    "urls",
    "ips",
    "tcpPorts",
    "udpPorts",
    "expressRoute",
    "category",
    "required",
    "notes",
];
const LISTS: &[&str] = &["urls", "ips"];
const FLAGS: &[&str] = &["expressRoute", "required"];

/// Whether a text is such a table: no JSON begins with the name of a column.
#[must_use]
pub fn is_one(text: &str) -> bool {
    let head = text.trim_start().lines().next().unwrap_or_default();
    !head.starts_with(['[', '{', '<']) && head.contains("serviceArea") && head.contains(',')
}

/// Parses one file.
///
/// # Errors
/// The first line that is none of such a table's, with its place.
pub fn parse(files: &Files, file: FileId) -> Result<Node, Box<Diagnostic>> {
    let text = files.all(file);
    let mut records = Scan { text, file, at: 0 }.records()?.into_iter();
    let head = records.next().unwrap_or_default();
    for name in &head {
        if !COLUMNS.contains(&name.value.as_str()) {
            let finding = Code::UnknownKey.at(name.span, format!("unknown column `{}`", clip(&name.value)));
            return Err(Box::new(did_you_mean(finding, &name.value, COLUMNS.iter().copied(), "columns")));
        }
        if let Some(first) = head.iter().find(|other| other.value == name.value && other.span != name.span) {
            let finding = Code::Duplicate.at(name.span, format!("the column `{}` stands twice", name.value));
            return Err(Box::new(finding.also(first.span, "here too")));
        }
    }
    let mut rows = Vec::new();
    for record in records {
        let (Some(first), Some(last)) = (record.first(), record.last()) else { continue };
        let span = Span { end: last.span.end, ..first.span };
        if record.len() != head.len() {
            let message = format!("this line has {} cells, the first one has {}", record.len(), head.len());
            let finding = Code::ListSyntax.at(Span { start: span.end, ..span }, message);
            return Err(Box::new(finding.help("it was cut while it was saved or copied: fetch it again")));
        }
        let filled = head.iter().cloned().zip(record).filter(|(_, cell)| !cell.value.trim().is_empty());
        let entries = filled.map(|(name, cell)| {
            let value = value(&name.value, cell);
            (name, value)
        });
        rows.push(Node { span, kind: Kind::Map(entries.collect()) });
    }
    Ok(Node { span: Span::new(file, 0, text.len()), kind: Kind::List(rows) })
}

fn value(column: &str, cell: Spanned<String>) -> Node {
    let scalar = |text: String, span| Node { span, kind: Kind::Scalar { text, typed: false } };
    if FLAGS.contains(&column) {
        return scalar(cell.value.to_ascii_lowercase(), cell.span);
    }
    if !LISTS.contains(&column) {
        return scalar(cell.value, cell.span);
    }
    let mut items = Vec::new();
    let mut at = cell.span.start;
    for part in cell.value.split(',') {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        let item = part.trim();
        let before = u32::try_from(part.len() - part.trim_start().len()).unwrap_or(0);
        let start = at + before;
        if !item.is_empty() {
            let end = start + u32::try_from(item.len()).unwrap_or(0);
            items.push(scalar(item.to_owned(), Span { start, end, ..cell.span }));
        }
        at = at.saturating_add(length).saturating_add(1);
    }
    Node { span: cell.span, kind: Kind::List(items) }
}

type Record = Vec<Spanned<String>>;

/// Reads cells; the span of a quoted one is what stands between its quotes.
struct Scan<'t> {
    text: &'t str,
    file: FileId,
    at: usize,
}

impl Scan<'_> {
    fn records(&mut self) -> Result<Vec<Record>, Box<Diagnostic>> {
        let mut records = vec![Record::new()];
        while self.at < self.text.len() {
            let cell = if self.rest().starts_with('"') { self.quoted()? } else { self.plain() };
            if let Some(record) = records.last_mut() {
                record.push(cell);
            }
            let rest = self.rest();
            if rest.starts_with(',') {
                self.at += 1;
                // A comma at the very end has an empty cell behind it.
                if self.at == self.text.len()
                    && let Some(record) = records.last_mut()
                {
                    record.push(self.plain());
                }
            } else {
                let ends = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
                if ends == 0 && !rest.is_empty() {
                    return Err(self.wrong(self.at, "something stands behind a closed quote"));
                }
                self.at += ends;
                records.push(Record::new());
            }
        }
        records.retain(|record| !record.is_empty());
        Ok(records)
    }

    fn plain(&mut self) -> Spanned<String> {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.find([',', '\r', '\n']).unwrap_or(rest.len());
        let text = self.text.get(start..self.at).unwrap_or_default();
        Spanned::new(text.to_owned(), Span::new(self.file, start, self.at))
    }

    fn quoted(&mut self) -> Result<Spanned<String>, Box<Diagnostic>> {
        let start = self.at + 1;
        self.at = start;
        loop {
            let Some(quote) = self.rest().find('"') else {
                return Err(self.wrong(start - 1, "a quote is opened here and not closed"));
            };
            self.at += quote + 1;
            if !self.rest().starts_with('"') {
                break;
            }
            self.at += 1;
        }
        let text = self.text.get(start..self.at - 1).unwrap_or_default();
        Ok(Spanned::new(text.replace("\"\"", "\""), Span::new(self.file, start, self.at - 1)))
    }

    fn wrong(&self, at: usize, message: &str) -> Box<Diagnostic> {
        Box::new(Code::ListSyntax.at(Span::new(self.file, at, at), message))
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
