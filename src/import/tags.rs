//! The weekly file of service tags of a cloud: `{changeNumber, cloud, values: [{name, properties: {…}}]}`.

mod bring;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::Deserialize;

use crate::catalog::tags::{TagFile, addresses, is_tag};
use crate::catalog::{Catalog, Cloud, Service, What};
use crate::dest::ip::{aggregate, show};
use crate::diag::{Code, Diagnostic, Sink, clip};
use crate::source::{FileId, Files, Span};
pub use bring::{Choice, Planned, plan};

/// A file of service tags, checked.
#[derive(Debug)]
pub struct List {
    /// The cloud it is of.
    pub cloud: Cloud,
    /// Its change number.
    pub change: u64,
    /// By their names in lower case.
    tags: BTreeMap<String, Tag>,
}

/// A tag.
#[derive(Debug)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its change number.
    pub change: u64,
    /// Its networks, collapsed.
    pub networks: Vec<IpNet>,
    /// Its networks as listed, sorted.
    pub listed: Vec<IpNet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawList {
    change_number: u64,
    cloud: String,
    values: Vec<RawTag>,
}

#[derive(Deserialize)]
struct RawTag {
    name: String,
    properties: RawProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawProperties {
    change_number: u64,
    address_prefixes: Vec<String>,
}

/// How the files of a cloud name it, in lower case. Only `Public` was seen in a file; the others are the names that Azure's
/// tools and download pages give the clouds.
const CLOUDS: [(&str, Cloud); 8] = [
    ("public", Cloud::Public),
    ("azuregovernment", Cloud::Usgov),
    ("azureusgovernment", Cloud::Usgov),
    ("usgov", Cloud::Usgov),
    ("china", Cloud::China),
    ("azurechina", Cloud::China),
    ("azurechinacloud", Cloud::China),
    ("azuregermany", Cloud::Germany),
];

/// Reads a list; what is wrong goes into the sink.
#[must_use]
pub fn read(files: &Files, id: FileId, sink: &mut Sink) -> Option<List> {
    let text = files.all(id);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw: RawList = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            sink.push(unreadable(text, id, &error));
            return None;
        }
    };
    let start = Span::new(id, 0, 0);
    let word = raw.cloud.to_ascii_lowercase();
    let Some((_, cloud)) = CLOUDS.iter().find(|(name, _)| *name == word) else {
        let message = format!("the file is of the cloud `{}`, which is not known", clip(&raw.cloud));
        let finding = Code::BadImport.at(place(text, id, &raw.cloud), message);
        sink.push(finding.help("known: Public, AzureGovernment, AzureChina, AzureGermany"));
        return None;
    };
    let mut tags: BTreeMap<String, Tag> = BTreeMap::new();
    for value in &raw.values {
        let kept = sink.keeps(Code::BadImport);
        let at = || if kept { place(text, id, &value.name) } else { start };
        if !is_tag(&value.name) {
            sink.push(Code::BadImport.at(at(), format!("`{}` is not the name of a tag", clip(&value.name))));
            continue;
        }
        let mut networks = Vec::new();
        for prefix in &value.properties.address_prefixes {
            match super::network(prefix) {
                Ok(net) => networks.push(net),
                Err(bad) => {
                    let message = format!("in the tag `{}`: {}", value.name, bad.message);
                    // Only what is kept is looked for: a million wrong prefixes would be a million readings of the file.
                    let at = if sink.keeps(Code::BadImport) { place(text, id, prefix) } else { start };
                    let finding = Code::BadImport.at(at, message);
                    sink.push(bad.help.into_iter().fold(finding, Diagnostic::help));
                }
            }
        }
        let mut listed = networks;
        listed.sort();
        let networks = aggregate(listed.iter());
        let tag = Tag { name: value.name.clone(), change: value.properties.change_number, networks, listed };
        if tags.insert(value.name.to_ascii_lowercase(), tag).is_some() {
            sink.push(Code::BadImport.at(at(), format!("the tag `{}` stands twice", value.name)));
        }
    }
    if raw.values.is_empty() {
        sink.push(Code::BadImport.at(start, "the file names no tag"));
    }
    (!sink.has_errors()).then_some(List { cloud: *cloud, change: raw.change_number, tags })
}

/// What is wrong with a text that cannot be read, in the words of what it probably is.
fn unreadable(text: &str, id: FileId, error: &serde_json::Error) -> Diagnostic {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (line_start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let span = Span::new(id, at, at);
    if let Some((what, help)) = of_m365(text) {
        let finding = Code::BadImport.at(Span::new(id, 0, 0), format!("this is {what}, not a file of service tags"));
        return finding.help(help);
    }
    let finding = match text.trim_start().chars().next() {
        None => Code::BadImport.at(span, "the file is empty"),
        Some('<') => Code::BadImport
            .at(Span::new(id, 0, 0), "the file is a page, not JSON")
            .help("the download page has a button; the file behind it is named ServiceTags_<Cloud>_<date>.json"),
        _ if error.is_eof() => Code::BadImport.at(span, "the file ends in the middle: it was cut off"),
        _ => Code::BadImport.at(span, format!("this is no file of service tags: {error}")),
    };
    finding.help("expected `{\"changeNumber\": …, \"cloud\": …, \"values\": [{\"name\": …, \"properties\": {…}}]}`")
}

/// What a text of the Microsoft 365 web service is, and who takes it.
fn of_m365(text: &str) -> Option<(&'static str, &'static str)> {
    /// So far in stands what names it.
    const HEAD: usize = 2000;
    const HELP: &str = "the file of service tags is named ServiceTags_<Cloud>_<date>.json";
    let head: String = text.chars().take(HEAD).collect();
    let has = |key: &str| head.contains(&format!("\"{key}\""));
    if has("values") {
        return None;
    }
    if has("endpointSetId") {
        return Some(("the answer of /changes of the Microsoft 365 web service", HELP));
    }
    if has("serviceArea") || head.starts_with("id,serviceArea") {
        return Some(("a list of Microsoft 365 endpoint sets", "`pacwright import m365` takes it"));
    }
    (has("latest") && has("instance")).then_some(("the answer of /version of the Microsoft 365 web service", HELP))
}

/// Where a text stands for the first time, quoted.
fn place(text: &str, id: FileId, quoted: &str) -> Span {
    let found = text.find(&format!("\"{quoted}\"")).map(|at| (at + 1, at + 1 + quoted.len()));
    let (start, end) = found.unwrap_or((0, 0));
    Span::new(id, start, end)
}

/// The tags that a catalog names, in lower case; `azurecloud.*` where a parameter stands.
#[must_use]
pub fn named(catalog: &Catalog) -> BTreeSet<String> {
    let of_service = |service: &Service| {
        let rows = service.endpoints.iter().filter_map(|endpoint| match &endpoint.what {
            What::Tag(template) => Some(template.fill(|_| Some("*"))),
            What::Dest(_) => None,
        });
        let methods = service.methods.iter().flat_map(|m| m.service_tags.iter().map(|tag| tag.value.clone()));
        rows.chain(methods).map(|tag| tag.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    catalog.services.values().flat_map(of_service).collect()
}

/// Whether a tag is among those that are named.
fn is_named(tag: &str, named: &BTreeSet<String>) -> bool {
    let by_region = tag.split_once('.').map(|(base, _)| format!("{base}.*"));
    named.contains(tag) || by_region.is_some_and(|pattern| named.contains(&pattern))
}

impl List {
    /// All tags, by their names in lower case.
    #[must_use]
    pub const fn tags(&self) -> &BTreeMap<String, Tag> {
        &self.tags
    }

    /// Its tags that are named; all without `named`.
    fn wanted<'l>(&'l self, named: Option<&'l BTreeSet<String>>) -> impl Iterator<Item = &'l Tag> {
        self.tags.iter().filter(move |(key, _)| named.is_none_or(|named| is_named(key, named))).map(|(_, tag)| tag)
    }

    /// The catalog file: the tags that are named, or all.
    #[must_use]
    pub fn write(&self, named: Option<&BTreeSet<String>>) -> String {
        let mut out = format!(
            "{}\n# Service tags of the cloud {}: name and change number, then the networks, collapsed.\nchange {}\n",
            super::first_line("service-tags"),
            self.cloud,
            self.change
        );
        for tag in self.wanted(named) {
            out.push_str(&format!("\n{} {}\n", tag.name, tag.change));
            let mut before = String::new();
            for net in &tag.networks {
                // A line for each first byte, or first two groups: what changes is seen in one line.
                let text = show(net);
                let groups = if net.addr().is_ipv4() { 1 } else { 2 };
                let head: String = text.split_inclusive(['.', ':']).take(groups).collect();
                let is_new = head != before;
                if is_new && !before.is_empty() {
                    out.push('\n');
                }
                out.push_str(if is_new { "  " } else { " " });
                out.push_str(&text);
                before = head;
            }
            if !before.is_empty() {
                out.push('\n');
            }
        }
        out
    }

    /// How many tags and networks would be written.
    #[must_use]
    pub fn counts(&self, named: Option<&BTreeSet<String>>) -> (usize, usize) {
        self.wanted(named).fold((0, 0), |(tags, networks), tag| (tags + 1, networks + tag.networks.len()))
    }

    /// What an earlier file of the same cloud has and this one has not: tags that are gone, or that lost more than half of
    /// their addresses; and that it is older.
    #[must_use]
    pub fn losses(&self, before: &TagFile) -> Vec<String> {
        let lost = before.names().filter_map(|(name, _)| {
            let Some(tag) = self.tags.get(&name.to_ascii_lowercase()) else { return Some(format!("{name} is gone")) };
            let old = before.networks(name).unwrap_or_default();
            let ((old_v4, old_v6), (new_v4, new_v6)) = (addresses(&old), addresses(&tag.networks));
            let told = [("IPv4", old_v4, new_v4), ("IPv6", old_v6, new_v6)];
            let (family, old, new) = told.into_iter().find(|(_, old, new)| *new < *old / 2)?;
            Some(format!("{name} has {new} {family} addresses instead of {old}"))
        });
        let lost: Vec<String> = lost.collect();
        let less = (!lost.is_empty()).then(|| format!("the file has less than the one before: {}", some(&lost)));
        let is_older = self.change < before.change;
        let older = is_older
            .then(|| format!("the file is older than the one before: change {} after {}", self.change, before.change));
        less.into_iter().chain(older).collect()
    }
}

/// The first few of a list.
fn some(words: &[String]) -> String {
    const FEW: usize = 5;
    let mut text = words.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if words.len() > FEW {
        text.push_str(&format!(", and {} more", words.len() - FEW));
    }
    text
}
