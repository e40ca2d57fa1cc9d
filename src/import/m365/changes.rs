//! What the web service answers to `/changes/<instance>/<version>`: what was added to each endpoint set since that version,
//! and from which day on it is live.
//!
//! Known from the page of the web service (learn.microsoft.com, microsoft-365-ip-web-service); no whole answer was at hand.
//! Read is what decides a day: the set, the version, what it adds and removes. The other fields may hold anything.

// The fields have the names that the web service gives them.
#![allow(non_snake_case)]

use std::collections::BTreeMap;

use super::read::{Order, has, order, without_nulls};
use crate::catalog::raw::Day;
use crate::dest::Dest;
use crate::diag::{Bad, Code, Report, Sink, clip};
use crate::read::json;
use crate::read::record::{Context, Decode as _, Record as _, Scalar};
use crate::read::yaml::{Kind, Node};
use crate::record;
use crate::source::{FileId, Span, Spanned};

/// All changes since 2018 are some thousands. More is a mistake or an attack.
const MOST_CHANGES: usize = 50_000;

/// What is said of things that only moved from one set to another: they were live before.
const MOVED: &str = "MovedIpOrUrl";

/// A version, as the web service numbers them: `YYYYMMDDNN`. Versions compare as texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub String);

impl Scalar for Version {
    fn parse(text: &str) -> Result<Self, Bad> {
        if text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        let bad = Bad::whole(Code::BadImport, format!("`{}` is no version", clip(text)));
        Err(bad.help("a version has ten digits: `2025112800`"))
    }
}

/// A day as the web service writes it: `20251228`.
#[derive(Debug, Clone)]
struct Effective(Day);

impl Scalar for Effective {
    fn parse(text: &str) -> Result<Self, Bad> {
        let wrong = || {
            let bad = Bad::whole(Code::BadDate, format!("`{}` is not a day", clip(text)));
            bad.help("the web service writes days as `YYYYMMDD`")
        };
        let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        let (Some(year), Some(month), Some(day)) = (text.get(..4), text.get(4..6), text.get(6..)) else {
            return Err(wrong());
        };
        if !digits {
            return Err(wrong());
        }
        Day::parse(&format!("{year}-{month}-{day}")).map(Self).map_err(|bad| Bad { at: 0..text.len(), ..bad })
    }
}

record! {
    /// a change
    pub struct RawChange {
        /// The endpoint set that it is about.
        endpointSetId: Spanned<u32>,
        /// The version in which it was published.
        version: Spanned<Version>,
        /// What it is said to mean, in one word.
        impact: Option<Spanned<String>>,
    }
}

record! {
    /// what a change adds or removes
    pub struct RawItems {
        /// The day from which additions are live.
        effectiveDate: Option<Spanned<String>>,
        /// Networks.
        ips: Vec<Spanned<String>>,
        /// Names.
        urls: Vec<Spanned<String>>,
    }
}

/// What became of the destinations of the sets, by the last change that names them.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    last: BTreeMap<(u32, Order), (Version, Option<Day>)>,
}

impl Changes {
    /// What the last change says of a destination in a set: added from a day on; added without one, or removed (`None`
    /// inside); nothing.
    #[must_use]
    pub fn of(&self, set: u32, dest: &Order) -> Option<Option<&Day>> {
        self.last.get(&(set, dest.clone())).map(|(_, day)| day.as_ref())
    }

    /// How many destinations of sets were added with a day.
    #[must_use]
    pub fn dated(&self) -> usize {
        self.last.values().filter(|(_, day)| day.is_some()).count()
    }

    fn note(&mut self, set: u32, items: Option<&RawItems>, version: &Version, day: Option<&Day>) {
        for text in items.into_iter().flat_map(|items| items.urls.iter().chain(&items.ips)) {
            // What is no destination is in no list either, so that nobody misses its day.
            let Ok(dest) = Dest::parse(&text.value) else { continue };
            let said = (version.clone(), day.cloned());
            let last = self.last.entry((set, order(&dest))).or_insert_with(|| said.clone());
            // Of two additions in one version the later day holds, and of an addition and a removal the addition.
            if *last < said {
                *last = said;
            }
        }
    }
}

/// Reads an answer; what is wrong goes into the report.
#[must_use]
pub fn read(file: FileId, report: &mut Report) -> Changes {
    let mut changes = Changes::default();
    let node = match json::parse(&report.files, file) {
        Ok(node) => node,
        Err(error) => {
            report.sink.push(*error);
            return changes;
        }
    };
    let Some(rows) = rows(&node, &mut report.sink) else { return changes };
    let mut cx = Context { files: &report.files, sink: &mut report.sink };
    for row in rows {
        let before = cx.sink.errors();
        let row = without_nulls(row);
        let raw = RawChange::decode(&only(&row, &RawChange::keys()), &mut cx);
        let [add, remove] = ["add", "remove"].map(|key| items(&row, key, &mut cx));
        let day = add.as_ref().and_then(|add| add.effectiveDate.as_ref()).and_then(|text| {
            let read = Effective::parse(&text.value);
            read.map(|day| day.0).map_err(|bad| cx.bad(text.span, &text.value, bad)).ok()
        });
        let Some(raw) = raw.filter(|_| cx.sink.errors() == before) else { continue };
        let moved = raw.impact.is_some_and(|impact| impact.value.eq_ignore_ascii_case(MOVED));
        let (set, version) = (raw.endpointSetId.value, &raw.version.value);
        changes.note(set, remove.as_ref(), version, None);
        changes.note(set, add.as_ref(), version, day.as_ref().filter(|_| !moved));
    }
    changes
}

/// The changes of an answer, or what it is instead. None at all is an answer too.
fn rows<'n>(node: &'n Node, sink: &mut Sink) -> Option<&'n [Node]> {
    const HELP: &str = "`--changes` takes what https://endpoints.office.com/changes/<instance>/<version> answers";
    let (first, list) = match &node.kind {
        Kind::List(items) => (items.first(), Some(items.as_slice())),
        _ => (Some(node), None),
    };
    let instead = first.and_then(|first| {
        [
            ("serviceArea", "the answer of /endpoints, not of /changes"),
            ("latest", "the answer of /version, not of /changes"),
            ("values", "a list of Azure service tags, not of changes"),
        ]
        .into_iter()
        .find(|(key, _)| has(first, key) && !has(first, "endpointSetId"))
    });
    let message = match (instead, list) {
        (Some((_, what)), _) => format!("this is {what}"),
        (None, None) => format!("expected a list of changes, found {}", node.kind.name()),
        (None, Some(list)) if list.len() > MOST_CHANGES => {
            format!("a list of {} changes; no answer has more than {MOST_CHANGES}", list.len())
        }
        (None, Some(list)) => return Some(list),
    };
    let at = Span { end: node.span.start, ..node.span };
    sink.push(Code::WrongType.at(at, message).help(HELP));
    None
}

/// What a change adds, or removes.
fn items(row: &Node, key: &str, cx: &mut Context) -> Option<RawItems> {
    let Kind::Map(entries) = &row.kind else { return None };
    let (_, value) = entries.iter().find(|(name, _)| name.value == key)?;
    RawItems::decode(&only(&without_nulls(value), &RawItems::keys()), cx)
}

/// A mapping without the keys that nobody needs.
fn only(node: &Node, keys: &[&str]) -> Node {
    let mut node = node.clone();
    if let Kind::Map(entries) = &mut node.kind {
        entries.retain(|(key, _)| keys.contains(&key.value.as_str()));
    }
    node
}
