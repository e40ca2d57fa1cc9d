//! Catalogs compared, service by service: where an endpoint leads, at which ports, and everything that decides who gets it.
//! Ids, the order of rows, notes and citations are no difference.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Behind, Diff, Kind, Line, Part, Said, Subject, witness};
use crate::catalog::raw::{Direction, Lifecycle, Speaker};
use crate::catalog::{Catalog, Cloud, Derive, Endpoint, Service, Use, Via, What};
use crate::dest::{Depth, Dest, Pattern, PortRange, Ports, Protocol, path_covers};
use crate::read::record::Scalar as _;

/// Compares two catalogs: services, and the networks of service tags.
#[must_use]
pub fn compare(old: &Catalog, new: &Catalog) -> Diff {
    let mut diff = Diff::default();
    let ids: BTreeSet<&String> = old.services.keys().chain(new.services.keys()).collect();
    for id in ids {
        let (was, is) = (old.services.get(id), new.services.get(id));
        let mut lines = Vec::new();
        match (was, is) {
            (None, Some(_)) => lines.push(Line::named(id, String::new(), "a service".to_owned())),
            (Some(_), None) => lines.push(Line::named(id, "a service".to_owned(), String::new())),
            (Some(was), Some(is)) => lines.extend(attributes(was, is)),
            (None, None) => {}
        }
        lines.extend(endpoints(was, is));
        if !lines.is_empty() {
            diff.parts.push(Part { name: id.clone(), kind: Kind::Service, lines, counts: Vec::new() });
        }
    }
    let of = |wanted: fn(&Line) -> bool| {
        let lines = diff.parts.iter().flat_map(|part| &part.lines);
        lines.filter(|line| line.said.iter().all(|said| !said.ports.is_empty()) && wanted(line)).count() as u128
    };
    let is_new = |line: &Line| line.behind.old.is_empty() && line.said.iter().all(|said| said.before.is_empty());
    let is_gone = |line: &Line| line.behind.new.is_empty() && line.said.iter().all(|said| said.after.is_empty());
    let services = diff.parts.len() as u128;
    let (new_rows, gone, all) = (of(is_new), of(is_gone), of(|_| true));
    let other = all - new_rows - gone;
    diff.counts = vec![
        ("services", services),
        ("endpoints new", new_rows),
        ("endpoints gone", gone),
        ("endpoints changed", other),
    ];
    let tags = super::tags::of_catalogs(&old.tags, &new.tags);
    if !tags.is_empty() {
        diff.counts.extend(super::tags::counts(&tags));
        diff.parts.extend(tags);
    }
    diff
}

/// What a service says of itself that decides something.
fn attributes(old: &Service, new: &Service) -> Vec<Line> {
    let status = |service: &Service| {
        let since = service.since.as_ref().map_or_else(String::new, |since| format!(" since {since}"));
        format!("{}{since}", word(service.status))
    };
    let variants = |s: &Service| s.variants.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let groups = |s: &Service| {
        let names =
            s.groups.iter().map(|(name, group)| if group.default { format!("{name} (default)") } else { name.clone() });
        names.collect::<Vec<_>>().join(", ")
    };
    let params = |s: &Service| s.params.keys().cloned().collect::<Vec<_>>().join(", ");
    let needs = |s: &Service| {
        s.needs
            .iter()
            .map(|need| need.value.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let uses =
        |s: &Service| s.uses.iter().map(used).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ");
    let rows = [
        ("status", status(old), status(new)),
        ("variants", variants(old), variants(new)),
        ("groups", groups(old), groups(new)),
        ("parameters", params(old), params(new)),
        ("needs", needs(old), needs(new)),
        ("uses", uses(old), uses(new)),
    ];
    let rows = rows.into_iter().map(|(name, before, after)| (name.to_owned(), before, after));
    let changed = rows.chain(derived(old, new)).chain(ids(old, new)).filter(|(_, before, after)| before != after);
    changed.map(|(name, before, after)| Line::named(&name, before, after)).collect()
}

/// Something that a service says: its name, and what it is on the two sides.
type Attribute = (String, String, String);

/// What parameters are derived from, and what values become.
fn derived(old: &Service, new: &Service) -> Vec<Attribute> {
    let mut found = Vec::new();
    for (name, was) in &old.params {
        let Some(is) = new.params.get(name) else { continue };
        let sides = [&was.derive, &is.derive];
        let [before, after] =
            sides.map(|derive| derive.as_ref().map_or_else(String::new, |d| format!("from {}", d.from)));
        found.push((format!("parameter {name}"), before, after));
        let values: BTreeSet<&String> = sides.into_iter().flatten().flat_map(|derive| derive.table.keys()).collect();
        for value in values {
            let result = |derive: &Option<Derive>| derive.as_ref().and_then(|d| d.table.get(value).cloned());
            let [before, after] = sides.map(|derive| result(derive).unwrap_or_default());
            found.push((format!("parameter {name}, {value}"), before, after));
        }
    }
    found
}

/// Ids that name another endpoint than before, while both sides have both: rules that select by the id select the other one.
fn ids(old: &Service, new: &Service) -> Vec<Attribute> {
    let of = |service: &Service| -> BTreeMap<String, String> {
        service.endpoints.iter().map(|row| (row.id.clone(), destination(row))).collect()
    };
    let (was, is) = (of(old), of(new));
    let [old_all, new_all] = [&was, &is].map(|rows| rows.values().cloned().collect::<BTreeSet<_>>());
    let named = was.into_iter().filter_map(|(id, before)| Some((format!("id {id}"), before, is.get(&id)?.clone())));
    named.filter(|(_, before, after)| new_all.contains(before) && old_all.contains(after)).collect()
}

/// Endpoints of another service, in words.
fn used(from: &Use) -> String {
    let ids: BTreeSet<&str> = from.ids.iter().map(String::as_str).collect();
    let group = from.group.as_ref().map_or_else(String::new, |group| format!(" (group {group})"));
    format!("{} {}{group}", from.service, ids.into_iter().collect::<Vec<_>>().join(" "))
}

const fn word(status: Lifecycle) -> &'static str {
    status.word()
}

/// Where endpoints lead and what else decides of them: lines of the destinations of which something changed, at the ports at
/// which it did.
fn endpoints(old: Option<&Service>, new: Option<&Service>) -> Vec<Line> {
    let (was, is) = (Rows::of(old), Rows::of(new));
    let mut lines: Vec<Line> = Vec::new();
    for dest in was.by_dest.keys().chain(is.by_dest.keys()).collect::<BTreeSet<_>>() {
        // Ports of which the same is said are one change.
        let mut changes: BTreeMap<(String, String), Vec<Ports>> = BTreeMap::new();
        for ports in parts(was.at(dest).chain(is.at(dest)).map(|row| &row.ports)) {
            let (mut before, mut after) = (was.words(dest, &ports), is.words(dest, &ports));
            if before == after {
                continue;
            }
            // What another row of the service covers, for the same clients, is no loss, and nothing that was not open before.
            if after.is_empty()
                && let Some(cover) = is.cover(&was, dest, &ports)
            {
                after = format!("still covered by {cover}");
            }
            if before.is_empty()
                && let Some(cover) = was.cover(&is, dest, &ports)
            {
                before = format!("was covered by {cover}");
            }
            changes.entry((before, after)).or_default().push(ports);
        }
        let mut changes: Vec<(Ports, Said)> = changes
            .into_iter()
            .map(|((before, after), ports)| {
                let ports = joined(ports);
                let said = Said { ports: ports.to_string(), before, after };
                (ports, said)
            })
            .collect();
        changes.sort_by(|(a, _), (b, _)| a.cmp(b));
        let Some((first, _)) = changes.first() else { continue };
        let ids = |rows: &Rows| rows.at(dest).map(|row| row.id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        lines.push(Line {
            witness: Dest::parse(dest).ok().and_then(|dest| witness(&dest.pattern, first)),
            behind: Behind { old: ids(&was), new: ids(&is) },
            ..Line::new(Subject::Named(dest.clone()), changes.into_iter().map(|(_, said)| said).collect())
        });
    }
    lines
}

/// The ports of rows, cut so that each row has all of a part or nothing of it. Where one has all ports, those of each row are a
/// part.
pub(super) fn parts<'p>(rows: impl Iterator<Item = &'p Ports>) -> Vec<Ports> {
    let all: BTreeSet<&Ports> = rows.collect();
    if all.contains(&Ports::All) {
        return all.into_iter().cloned().collect();
    }
    let mut parts = Vec::new();
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let ranges = || all.iter().flat_map(|ports| ports.ranges()).filter(|range| range.protocol == protocol);
        let ends = ranges().filter_map(|range| range.last.checked_add(1));
        let starts: Vec<u16> =
            ranges().map(|range| range.first).chain(ends).collect::<BTreeSet<_>>().into_iter().collect();
        for (at, first) in starts.iter().enumerate() {
            let last = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
            if ranges().any(|range| range.first <= *first && last <= range.last) {
                parts.push(Ports::listed([PortRange { protocol, first: *first, last }]));
            }
        }
    }
    parts
}

pub(super) fn joined(parts: Vec<Ports>) -> Ports {
    if parts.contains(&Ports::All) {
        return Ports::All;
    }
    Ports::listed(parts.iter().flat_map(|ports| ports.ranges().iter().copied()))
}

/// The endpoints of a service: by where they lead, and by what they cover.
struct Rows<'s> {
    by_dest: BTreeMap<String, Vec<&'s Endpoint>>,
    patterns: Vec<(Pattern, String, &'s Endpoint)>,
}

impl<'s> Rows<'s> {
    fn of(service: Option<&'s Service>) -> Self {
        let (mut by_dest, mut patterns) = (BTreeMap::<String, Vec<&'s Endpoint>>::new(), Vec::new());
        for endpoint in service.iter().flat_map(|service| &service.endpoints) {
            let text = destination(endpoint);
            by_dest.entry(text.clone()).or_default().push(endpoint);
            patterns.extend(Dest::parse(&text).ok().map(|dest| (dest.pattern, text, endpoint)));
        }
        Self { by_dest, patterns }
    }

    fn at<'d>(&'d self, dest: &str) -> impl Iterator<Item = &'s Endpoint> + 'd {
        self.by_dest.get(dest).into_iter().flatten().copied()
    }

    /// The rows of a destination that have some ports.
    fn having<'d>(&'d self, dest: &str, ports: &'d Ports) -> impl Iterator<Item = &'s Endpoint> + 'd {
        self.at(dest).filter(|row| ports.lies_in(&row.ports))
    }

    fn words(&self, dest: &str, ports: &Ports) -> String {
        self.having(dest, ports).map(words).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
    }

    /// What covers all rows that the other side has of a destination: of each the narrowest, and what is said of it when that is
    /// not what was said there.
    fn cover(&self, other: &Self, dest: &str, ports: &Ports) -> Option<String> {
        let own = Dest::parse(dest).ok()?;
        let mut found: BTreeSet<String> = BTreeSet::new();
        for row in other.having(dest, ports) {
            let covers = self.patterns.iter().filter(|(wide, text, endpoint)| {
                text != dest
                    && (wide.covers(&own.pattern) || takes(wide, &own.pattern))
                    && has_path(text, &own)
                    && ports.lies_in(&endpoint.ports)
                    && who(endpoint) == who(row)
            });
            let (_, text, endpoint) = covers.max_by(|a, b| a.0.compare(&b.0))?;
            let (said, words) = (words(row), words(endpoint));
            found.insert(if words == said { text.clone() } else { format!("{text} ({words})") });
        }
        (!found.is_empty()).then(|| found.into_iter().collect::<Vec<_>>().join("; "))
    }
}

/// Whether a pattern takes a name, as its stars may.
fn takes(wide: &Pattern, own: &Pattern) -> bool {
    wide.name().zip(own.name()).is_some_and(|(wide, own)| own.depth() == Depth::Exact && wide.takes(own))
}

/// Whether a destination takes the path of another, too: as it has none, or one that the other's begins with.
fn has_path(text: &str, other: &Dest) -> bool {
    let Some(path) = Dest::parse(text).ok().and_then(|dest| dest.path) else { return true };
    other.path.as_deref().is_some_and(|own| path_covers(&path, own))
}

/// Who gets an endpoint, from when to when, and who carries it: a row that differs in this covers for no other.
fn who(e: &Endpoint) -> impl PartialEq + '_ {
    fn set(items: &[String]) -> BTreeSet<&String> {
        items.iter().collect()
    }
    let clouds: BTreeSet<Cloud> = e.clouds.iter().copied().collect();
    let times = (e.status, &e.until, &e.effective);
    let told = (&e.condition, &e.alternative_to, e.via, e.from, e.direction);
    (times, told, clouds, (set(&e.groups), set(&e.variants), set(&e.geography)))
}

fn destination(endpoint: &Endpoint) -> String {
    let text = &endpoint.what.template().text.value;
    match &endpoint.what {
        What::Tag(_) => format!("service tag {text}"),
        // Another spelling of the same destination is none.
        What::Dest(_) => Dest::parse(text).map_or_else(|_| in_lower_case(text), |dest| dest.to_string()),
    }
}

/// A destination with parameters: a host in lower case but for their names, and its path as it is.
fn in_lower_case(text: &str) -> String {
    let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let mut parts = host.split("${");
    let mut out = parts.next().unwrap_or_default().to_ascii_lowercase();
    for part in parts {
        let (name, rest) = part.split_at(part.find('}').unwrap_or(part.len()));
        out.push_str("${");
        out.push_str(name);
        out.push_str(&rest.to_ascii_lowercase());
    }
    out + path
}

/// Everything that decides who gets an endpoint, and how.
fn words(endpoint: &Endpoint) -> String {
    let e = endpoint;
    let mut words: Vec<String> = vec![if e.required { "required" } else { "optional" }.to_owned()];
    words.extend(e.category.clone());
    if e.via == Via::Firewall {
        words.push("via firewall".to_owned());
    }
    words.extend(e.from.map(|from| format!("from {}", Speaker::word(from))));
    if e.direction == Direction::Inbound {
        words.push("inbound".to_owned());
    }
    if e.status != Lifecycle::Current {
        words.push(word(e.status).to_owned());
    }
    words.extend(e.until.as_ref().map(|until| format!("until {until}")));
    words.extend(e.effective.as_ref().map(|day| format!("live from {day}")));
    words.extend(e.since.as_ref().map(|since| format!("since {since}")));
    words.extend(e.replaced_by.as_ref().map(|by| format!("replaced by {by}")));
    words.extend(e.no_inspect.then(|| "no-inspect".to_owned()));
    words.extend(e.no_auth.then(|| "no-auth".to_owned()));
    let mut list = |name: &str, items: Vec<String>| {
        let items: BTreeSet<String> = items.into_iter().collect();
        if !items.is_empty() {
            words.push(format!("{name} {}", items.into_iter().collect::<Vec<_>>().join("+")));
        }
    };
    list("group", e.groups.clone());
    list("variant", e.variants.clone());
    list("geography", e.geography.clone());
    list("set", e.sets.iter().map(ToString::to_string).collect());
    let clouds: Vec<String> = e.clouds.iter().map(ToString::to_string).collect();
    if clouds != ["public"] {
        list("cloud", clouds);
    }
    words.extend(e.condition.as_ref().map(|condition| format!("if {condition}")));
    words.extend(e.alternative_to.as_ref().map(|names| format!("instead of {names}")));
    words.extend(e.seed.then(|| "seed".to_owned()));
    words.join(", ")
}
