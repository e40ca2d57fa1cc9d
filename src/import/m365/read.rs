//! From the web service's answer to endpoint sets: every field checked, ports as ranges, destinations as patterns.

// The fields have the names that the web service gives them.
#![allow(non_snake_case)]

use std::collections::BTreeMap;

use super::instance::Instance;
use super::table;
use crate::dest::{Depth, Dest, Pattern, PortRange, Ports, Protocol};
use crate::diag::{Bad, Code, Diagnostic, Report, Sink, clip};
use crate::read::json;
use crate::read::record::{Context, Decode as _, Scalar as _};
use crate::read::yaml::{Kind, Node};
use crate::source::{FileId, Span, Spanned};
use crate::{record, words};

words! {
    /// A service area of the web service.
    pub enum Area {
        /// What all of them share.
        Common = "Common",
        /// Exchange Online.
        Exchange = "Exchange",
        /// SharePoint Online and OneDrive.
        SharePoint = "SharePoint",
        /// Teams.
        Skype = "Skype",
        /// Intune; only in answers that were asked for it.
        Mem = "MEM",
    }
}

words! {
    /// How Microsoft wants traffic treated; the later one holds where sets disagree.
    pub enum Category {
        /// Ordinary internet traffic.
        Default = "Default",
        /// Not inspected, rather direct.
        Allow = "Allow",
        /// Direct.
        Optimize = "Optimize",
    }
}

record! {
    /// an endpoint set
    pub struct RawSet {
        /// Its number.
        id: Spanned<u32>,
        /// Its area.
        serviceArea: Spanned<Area>,
        /// Its area for people; it has changed for the same area, so nothing depends on it.
        serviceAreaDisplayName: Option<Spanned<String>>,
        /// Names.
        urls: Vec<Spanned<String>>,
        /// Networks.
        ips: Vec<Spanned<String>>,
        /// TCP ports.
        tcpPorts: Option<Spanned<String>>,
        /// UDP ports.
        udpPorts: Option<Spanned<String>>,
        /// Whether it can go by ExpressRoute.
        expressRoute: Spanned<bool>,
        /// Its category.
        category: Spanned<Category>,
        /// Whether Microsoft 365 fails without it.
        required: Spanned<bool>,
        /// What does not work without it.
        notes: Option<Spanned<String>>,
    }
}

/// Answers have about eighty sets of a handful of ports. More is a mistake or an attack.
const MOST_SETS: usize = 1000;
const MOST_PORTS: usize = 100;

/// An endpoint set.
#[derive(Debug, Clone)]
pub struct Set {
    /// Its number.
    pub id: u32,
    /// Its area.
    pub area: Area,
    /// Its category.
    pub category: Category,
    /// Whether Microsoft 365 fails without it.
    pub required: bool,
    /// Whether it can go by ExpressRoute.
    pub express_route: bool,
    /// What it is for, in Microsoft's words; empty without any.
    pub note: String,
    /// Its names and networks; every port belongs to each of them.
    pub dests: Vec<Dest>,
    /// Its ports.
    pub ports: Vec<PortRange>,
}

/// Reads an answer; what is wrong goes into the report. The sets come by number, whatever their order in the file.
#[must_use]
pub fn sets(file: FileId, report: &mut Report) -> Vec<Set> {
    let text = report.files.all(file);
    let parsed = if table::is_one(text) { table::parse(&report.files, file) } else { json::parse(&report.files, file) };
    let node = match parsed {
        Ok(node) => node,
        Err(error) => {
            report.sink.push(*error);
            return Vec::new();
        }
    };
    let Some(rows) = rows(&node, &mut report.sink) else { return Vec::new() };
    let mut cx = Context { files: &report.files, sink: &mut report.sink };
    let mut sets: BTreeMap<u32, (Set, Span)> = BTreeMap::new();
    for row in rows {
        let Some(raw) = RawSet::decode(&without_nulls(row), &mut cx) else { continue };
        let Some(set) = set(&raw, &mut cx) else { continue };
        if let Some((_, first)) = sets.get(&set.id) {
            let finding = Code::Duplicate.at(raw.id.span, format!("the endpoint set {} stands twice", set.id));
            cx.sink.push(
                finding.also(*first, "here first").help("two answers in one file? Import one instance at a time"),
            );
            continue;
        }
        sets.insert(set.id, (set, raw.id.span));
    }
    sets.into_values().map(|(set, _)| set).collect()
}

/// The endpoint sets of an answer, or what it is instead.
fn rows<'n>(node: &'n Node, sink: &mut Sink) -> Option<&'n [Node]> {
    const HELP: &str = "import what https://endpoints.office.com/endpoints/<instance> answers";
    const TAGS: &str = "values";
    const CHANGES: &str = "endpointSetId";
    let (first, list) = match &node.kind {
        Kind::List(items) => (items.first(), Some(items.as_slice())),
        _ => (Some(node), None),
    };
    let instead = first.and_then(|first| {
        [
            (CHANGES, "the answer of /changes, not of /endpoints"),
            ("latest", "the answer of /version, not of /endpoints"),
            (TAGS, "a list of Azure service tags, not of endpoint sets"),
        ]
        .into_iter()
        .find(|(key, _)| has(first, key))
    });
    let help = match instead {
        Some((TAGS, _)) => "`pacwright import service-tags` takes it",
        Some((CHANGES, _)) => {
            "it belongs behind `--changes`, beside what https://endpoints.office.com/endpoints/<instance> answers"
        }
        _ => HELP,
    };
    let wrong = |message: String| Some(Code::WrongType.at(node.span, message).help(help));
    let finding: Option<Diagnostic> = match (instead, list) {
        (Some((_, what)), _) => wrong(format!("this is {what}")),
        (None, None) => wrong(format!("expected a list of endpoint sets, found {}", node.kind.name())),
        (None, Some([])) => wrong("the list of endpoint sets is empty".to_owned()),
        (None, Some(list)) if list.len() > MOST_SETS => {
            wrong(format!("a list of {} endpoint sets; no answer has more than {MOST_SETS}", list.len()))
        }
        (None, Some(_)) => None,
    };
    match finding {
        Some(finding) => sink.push(Diagnostic { at: finding.at.map(|at| Span { end: at.start, ..at }), ..finding }),
        None => return list,
    }
    None
}

/// Whether a mapping has a key.
pub(super) fn has(node: &Node, key: &str) -> bool {
    matches!(&node.kind, Kind::Map(entries) if entries.iter().any(|(known, _)| known.value == key))
}

/// A key that says `null` is as good as not there.
pub(super) fn without_nulls(row: &Node) -> Node {
    let mut row = row.clone();
    if let Kind::Map(entries) = &mut row.kind {
        entries.retain(|(_, value)| !matches!(value.kind, Kind::Null));
    }
    row
}

fn set(raw: &RawSet, cx: &mut Context) -> Option<Set> {
    let before = cx.sink.errors();
    let mut dests = Vec::new();
    for url in &raw.urls {
        match name(&url.value) {
            Ok(dest) => dests.push(dest),
            Err(bad) => cx.bad(url.span, &url.value, bad),
        }
    }
    for ip in &raw.ips {
        match network(&ip.value) {
            Ok(dest) => dests.push(dest),
            Err(bad) => cx.bad(ip.span, &ip.value, bad),
        }
    }
    let mut list = Vec::new();
    for (text, protocol) in [(&raw.tcpPorts, Protocol::Tcp), (&raw.udpPorts, Protocol::Udp)] {
        let Some(text) = text else { continue };
        match ports(&text.value, protocol) {
            Ok(ranges) => list.extend(ranges),
            Err(bad) => cx.bad(text.span, &text.value, bad),
        }
    }
    if cx.sink.errors() > before || raw.broken {
        return None;
    }
    let id = raw.id.value;
    if dests.is_empty() {
        cx.sink.push(Code::MissingKey.at(raw.id.span, format!("the endpoint set {id} has neither `urls` nor `ips`")));
    }
    if list.is_empty() {
        let message = format!("the endpoint set {id} has neither `tcpPorts` nor `udpPorts`");
        cx.sink.push(Code::MissingKey.at(raw.id.span, message));
    }
    dests.sort_by_key(order);
    dests.dedup();
    Some(Set {
        id,
        area: raw.serviceArea.value,
        category: raw.category.value,
        required: raw.required.value,
        express_route: raw.expressRoute.value,
        note: raw.notes.iter().flat_map(|n| n.value.split_whitespace()).collect::<Vec<_>>().join(" "),
        dests,
        ports: Ports::listed(list).ranges().to_vec(),
    })
}

/// Where a destination stands: names by their text, then networks by their addresses, whatever the order of the answer.
pub type Order = (Option<ipnet::IpNet>, String);

/// Where a destination stands.
pub fn order(dest: &Dest) -> Order {
    match &dest.pattern {
        Pattern::Net(net) => (Some(*net), String::new()),
        _ => (None, dest.to_string()),
    }
}

fn name(text: &str) -> Result<Dest, Bad> {
    let dest = Dest::parse(text)?;
    let single = matches!(&dest.pattern, Pattern::Plain)
        || dest.pattern.name().is_some_and(|name| name.depth() == Depth::Exact && !name.labels().contains('.'));
    if single {
        return Err(Bad::whole(Code::BadHost, format!("`{}` is no name of the internet", clip(text))));
    }
    Ok(dest)
}

fn network(text: &str) -> Result<Dest, Bad> {
    let dest = Dest::parse(text)?;
    match dest.pattern {
        Pattern::Net(_) => super::super::network(text).map(|_| dest),
        _ => Err(Bad::whole(Code::BadAddress, format!("`{}` is not a network", clip(text)))),
    }
}

/// `80,443`, `143, 587`, `3478-3481`, in any order and with any blanks.
fn ports(text: &str, protocol: Protocol) -> Result<Vec<PortRange>, Bad> {
    // A range may have blanks around its dash, and the dash may be the long one of a word processor.
    let text = text.replace(['\u{2010}', '\u{2011}', '\u{2013}'], "-");
    let parts: Vec<&str> = text.split('-').map(str::trim).collect();
    let text = parts.join("-");
    let parts: Vec<&str> = text.split([',', ';', ' ', '\t', '\n']).filter(|part| !part.is_empty()).collect();
    if parts.len() > MOST_PORTS {
        return Err(Bad::whole(Code::BadPort, format!("{} ports; no set has more than {MOST_PORTS}", parts.len())));
    }
    parts.into_iter().map(|part| PortRange::parse(&format!("{}/{part}", protocol.word()))).collect()
}

/// The instance that the names of an answer speak for, when it is another than was named: it does not say so itself.
#[must_use]
pub fn looks_like_another(sets: &[Set], named: Instance) -> Option<Instance> {
    Some(looks_like(sets, named)).filter(|most| *most != named)
}

/// The instance that the names of an answer speak for; the usual one when they speak for none more than for it.
#[must_use]
pub fn looks_like(sets: &[Set], usual: Instance) -> Instance {
    // The names that Default sets share are the same everywhere.
    let names: Vec<String> = sets
        .iter()
        .filter(|set| set.category != Category::Default && set.area != Area::Mem)
        .flat_map(|set| &set.dests)
        .filter(|dest| dest.pattern.name().is_some())
        .map(ToString::to_string)
        .collect();
    let of = |instance: Instance| names.iter().filter(|name| instance.marks().contains(&name.as_str())).count();
    Instance::ALL.iter().copied().max_by_key(|instance| (of(*instance), *instance == usual)).unwrap_or(usual)
}
