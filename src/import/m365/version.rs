//! What the web service answers to `/version`: the number of the newest list.

use super::changes::Version;
use super::instance::Instance;
use crate::diag::{Bad, Code, Report};
use crate::read::json;
use crate::read::record::{Context, Scalar as _};
use crate::read::yaml::{Kind, Node};
use crate::source::{FileId, Span};

/// The newest version of a list: the answer is an object, or a list of them for several instances.
#[must_use]
pub fn read(answer: FileId, instance: Instance, report: &mut Report) -> Option<Version> {
    let node = json::parse(&report.files, answer).map_err(|finding| report.sink.push(*finding)).ok()?;
    let rows = match &node.kind {
        Kind::List(rows) => rows.as_slice(),
        _ => std::slice::from_ref(&node),
    };
    let named = rows
        .iter()
        .find(|row| text(row, "instance").is_some_and(|(name, _)| name.eq_ignore_ascii_case(instance.published())));
    let latest = named.and_then(|row| text(row, "latest"));
    let what = match (named, latest) {
        (Some(_), Some((latest, span))) => {
            let mut cx = Context { files: &report.files, sink: &mut report.sink };
            return Version::parse(latest).map_err(|bad: Bad| cx.bad(span, latest, bad)).ok();
        }
        (Some(_), None) => "this has no `latest`".to_owned(),
        (None, _) => format!("this names no version of {}", instance.published()),
    };
    let at = named.map_or(Span::new(answer, 0, 0), |row| Span { end: row.span.start, ..row.span });
    let help = format!("expected `{{\"instance\": \"{}\", \"latest\": \"2025112800\", …}}`", instance.published());
    report.sink.push(Code::BadImport.at(at, what).help(help));
    None
}

/// The text of a key, and its place.
fn text<'n>(row: &'n Node, key: &str) -> Option<(&'n str, Span)> {
    let Kind::Map(entries) = &row.kind else { return None };
    entries.iter().find(|(name, _)| name.value == key).and_then(|(_, value)| match &value.kind {
        Kind::Scalar { text, .. } => Some((text.as_str(), value.span)),
        _ => None,
    })
}
