//! From rows to the text of a catalog file: its head, written by people, and one line a row that says only what the head
//! does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::instance::Instance;
use super::live::Live;
use super::read::{Area, Category, Set, order};
use super::settle::{Role, Row, rows};
use super::words::{INTUNE_GROUPS, NOTES, REMARKS, SNAPSHOTS, Snapshot};
use crate::catalog::raw::{Defaults, RawService};
use crate::dest::{PortRange, Ports, Protocol};
use crate::diag::{Code, Report};
use crate::read::record::{Context, Decode as _};
use crate::read::yaml;

const WORLDWIDE: &str = include_str!("worldwide.yaml");
const NATIONAL: &str = include_str!("national.yaml");
const INTUNE: &str = include_str!("intune.yaml");

/// The service that sets become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All areas but MEM.
    Office,
    /// The area MEM.
    Intune,
}

/// What is said of a whole file.
#[derive(Debug)]
pub struct About<'a> {
    /// The instance.
    pub instance: Instance,
    /// SHA-256 of the answer.
    pub sha256: &'a str,
    /// The day on which somebody last held the head against its sources.
    pub reviewed: &'a str,
    /// From when on what is new is live.
    pub live: &'a Live,
}

impl Part {
    /// The id of the service.
    #[must_use]
    pub const fn service(self, instance: Instance) -> &'static str {
        match self {
            Self::Office => instance.service(),
            Self::Intune => instance.intune(),
        }
    }

    const fn head(self, instance: Instance) -> &'static str {
        match (self, instance) {
            (Self::Intune, _) => INTUNE,
            (Self::Office, Instance::Worldwide) => WORLDWIDE,
            (Self::Office, _) => NATIONAL,
        }
    }
}

/// The text of the catalog file of some sets; nothing, and a finding, when a head is not one.
#[must_use]
pub fn file(part: Part, sets: &[Set], about: &About, report: &mut Report) -> Option<String> {
    let snapshot = SNAPSHOTS.iter().find(|snapshot| snapshot.sha256 == about.sha256);
    let mut text = head(part, sets, about, snapshot);
    let raw = decoded(part.service(about.instance), &text, report)?;
    text.push_str("endpoints:\n");
    let rows = rows(sets);
    let mut ids = BTreeSet::new();
    // The rows below each set, and those above it that it names too.
    let mut below: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
    let mut above: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        below.entry(row.home()).or_default().push(row);
        for set in row.sets.iter().skip(1) {
            above.entry(set.id).or_default().insert(shown(row.dest));
        }
    }
    for (at, set) in sets.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text.push_str(&title(part, set, about.instance, above.get(&set.id)));
        for row in below.get(&set.id).into_iter().flatten() {
            let id = id(row, &mut ids);
            text.push_str(&line(part, row, &id, &raw, (snapshot, about.live)));
        }
    }
    Some(text)
}

/// The head with what is known of the answer filled in.
fn head(part: Part, sets: &[Set], about: &About, snapshot: Option<&Snapshot>) -> String {
    let instance = about.instance;
    let published = instance.published();
    let (title, title_ja) = instance.titles(part == Part::Intune);
    let (citation, state) = match (snapshot, part) {
        (None, _) => (
            format!("endpoints.office.com/endpoints/{published}, an answer with the SHA-256 {}", about.sha256),
            "State of the answer that was imported.".to_owned(),
        ),
        (Some(s), Part::Office) => (format!("{}, {}", s.citation, s.checked), format!("{} {}", s.state, s.found)),
        (Some(s), Part::Intune) => (s.citation.to_owned(), s.state.to_owned()),
    };
    let fields = BTreeMap::from([
        ("cloud", instance.cloud().to_owned()),
        ("citation", quoted(&citation)),
        ("express_route", express_route(sets)),
        ("instance", published.to_owned()),
        ("needs", instance.service().to_owned()),
        ("page", instance.page().to_owned()),
        ("reviewed", about.reviewed.to_owned()),
        ("service", part.service(instance).to_owned()),
        ("sets", sets.len().to_string()),
        ("state", quoted(&state)),
        ("title", title.to_owned()),
        ("title_ja", title_ja.to_owned()),
    ]);
    let mut text = format!("{}\n{}", crate::import::first_line(super::COMMAND), part.head(instance));
    for (name, value) in fields {
        text = text.replace(&format!("{{{{ {name} }}}}"), &value);
    }
    text
}

/// The head as the catalog reads it: what rows inherit.
fn decoded(service: &str, head: &str, report: &mut Report) -> Option<RawService> {
    let file = report.files.add(format!("{service}.yaml"), head);
    let node = match yaml::parse(&report.files, file) {
        Ok(node) => node,
        Err(error) => {
            report.sink.push(Code::Internal.nowhere(format!("the head of `{service}`: {}", error.message)));
            return None;
        }
    };
    RawService::decode(&node, &mut Context { files: &report.files, sink: &mut report.sink })
}

fn express_route(sets: &[Set]) -> String {
    let marked: Vec<String> = sets.iter().filter(|s| s.express_route).map(|s| s.id.to_string()).collect();
    match marked.split_last() {
        None => "No set is marked for ExpressRoute".to_owned(),
        Some((one, [])) => format!("Set {one} is marked for ExpressRoute"),
        Some((last, others)) => format!("Sets {} and {last} are marked for ExpressRoute", others.join(", ")),
    }
}

/// The comments above the rows of a set.
fn title(part: Part, set: &Set, instance: Instance, above: Option<&BTreeSet<String>>) -> String {
    let area = match set.area {
        Area::Common => "Common and Office Online",
        Area::Exchange => "Exchange Online",
        Area::SharePoint => "SharePoint Online and OneDrive",
        Area::Skype => "Teams",
        Area::Mem => "Intune",
    };
    let required = if set.required { "required" } else { "optional" };
    let mut out = format!("  # set {}, {area}, {}, {required}\n", set.id, word(set.category));
    if instance == Instance::Worldwide && part == Part::Office {
        let names = |text: &str| set.dests.iter().any(|dest| shown(dest) == text);
        for (_, _, remark) in REMARKS.iter().filter(|(id, dest, _)| *id == set.id && names(dest)) {
            let _ = writeln!(out, "  # {remark}");
        }
    }
    if let Some(above) = above {
        let above: Vec<&str> = above.iter().map(String::as_str).collect();
        let _ = writeln!(out, "  # above: {}", above.join(", "));
    }
    out
}

const fn word(category: Category) -> &'static str {
    match category {
        Category::Optimize => "optimize",
        Category::Allow => "allow",
        Category::Default => "default",
    }
}

/// A destination as the list writes it: networks keep their length.
fn shown(dest: &crate::dest::Dest) -> String {
    order(dest).0.map_or_else(|| dest.to_string(), |net| net.to_string())
}

/// The id of a row, from its destination and ports, so that it stays the same in the next list.
fn id(row: &Row, taken: &mut BTreeSet<String>) -> String {
    let text = shown(row.dest).replace("*.", "star.").replace('*', "star");
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    let base: String = text.chars().map(plain).take(150).collect();
    let first = row.ports.first().map_or(0, |range| range.first);
    let suffix = match row.role {
        Role::Web if row.ports == [PortRange::tcp(80)] => "-http".to_owned(),
        Role::Web => String::new(),
        Role::Relay => "-25".to_owned(),
        Role::Mail => "-mail".to_owned(),
        Role::Quic => "-udp".to_owned(),
        Role::Other => {
            let protocol = row.ports.first().map_or(Protocol::Tcp, |range| range.protocol);
            format!("-{}-{first}", protocol.word())
        }
    };
    let candidates = [format!("{base}{suffix}"), format!("{base}{suffix}-{first}")].into_iter();
    // Two destinations may differ in nothing but what an id cannot say.
    let mut candidates = candidates.chain((2..).map(|n| format!("{base}{suffix}-no-{n}")));
    let id = candidates.find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(id.clone());
    id
}

fn groups(part: Part, row: &Row, raw: &RawService) -> Vec<&'static str> {
    let own = match row.role {
        Role::Relay => Some("mail-relay"),
        Role::Mail => Some("mail-clients"),
        _ => None,
    };
    if let Some(own) = own.filter(|own| raw.groups.get(own).is_some()) {
        return vec![own];
    }
    let mut groups = Vec::new();
    for set in &row.sets {
        let group = match (part, set.area) {
            (Part::Intune, _) => INTUNE_GROUPS.iter().find(|(id, _)| *id == set.id).map_or("core", |(_, group)| group),
            (_, Area::Exchange) => "exchange",
            (_, Area::SharePoint) => "sharepoint",
            (_, Area::Skype) => "teams",
            (_, Area::Common | Area::Mem) => "common",
        };
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// The line of a row.
fn line(part: Part, row: &Row, id: &str, raw: &RawService, known: (Option<&Snapshot>, &Live)) -> String {
    let (snapshot, live) = known;
    let category = word(row.category());
    let groups = groups(part, row, raw);
    let group = groups.first().and_then(|name| raw.groups.get(name)).map(|group| &group.defaults);
    let above: Vec<&Defaults> = [raw.categories.get(category).map(|c| &c.defaults), group, raw.defaults.as_ref()]
        .into_iter()
        .flatten()
        .collect();
    let dest = shown(row.dest);
    let quote = dest.contains(['*', ':']);
    let mut out = format!("  - {{id: {id}, dest: {}", if quote { quoted(&dest) } else { dest.clone() });
    let ports = above.iter().find_map(|d| d.ports.as_ref()).map(|p| Ports::listed(p.value.0.iter().copied()));
    if ports != Some(Ports::Listed(row.ports.clone())) {
        let words: Vec<String> = row.ports.iter().map(|range| port(*range)).collect();
        let _ = write!(out, ", ports: [{}]", words.join(", "));
    }
    let _ = write!(out, ", group: {}, category: {category}", one_or_many(&groups));
    let sets: Vec<String> = row.sets.iter().map(|set| set.id.to_string()).collect();
    let _ = write!(out, ", set: {}", one_or_many(&sets));
    let required = above.iter().find_map(|d| d.required.as_ref()).is_none_or(|required| required.value);
    if row.required() != required {
        let _ = write!(out, ", required: {}", row.required());
    }
    if let Some(day) = live.day(row) {
        let _ = write!(out, ", effective: {}", day.0);
    }
    if let Some((why, _)) = snapshot.map(|s| s.disputed).filter(|(_, dests)| dests.contains(&dest.as_str())) {
        let _ = write!(out, ", disputed: {}", quoted(why));
    }
    let note = note(row);
    if !note.is_empty() {
        let _ = write!(out, ", note: {}", quoted(&note));
    }
    out.push_str("}\n");
    out
}

/// The notes of the sets that speak as the row does: what an optional set says is lost without it is no word about a row
/// that another set requires.
fn note(row: &Row) -> String {
    let required = row.required();
    let mut notes: Vec<&str> = Vec::new();
    for set in row.sets.iter().filter(|set| set.required == required) {
        let ours = NOTES.iter().find(|(theirs, _)| *theirs == set.note).map_or(set.note.as_str(), |(_, ours)| ours);
        if !ours.is_empty() && !notes.contains(&ours) {
            notes.push(ours);
        }
    }
    notes.join("; ")
}

fn port(range: PortRange) -> String {
    match range {
        range if range == PortRange::tcp(80) => "http".to_owned(),
        range if range == PortRange::tcp(443) => "https".to_owned(),
        range => range.to_string(),
    }
}

fn one_or_many<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    if let [one] = items.as_slice() { (*one).to_owned() } else { format!("[{}]", items.join(", ")) }
}

/// A text in double quotes. YAML reads what JSON writes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
