//! Catalogs compared, service by service: where an endpoint leads, at which ports, and everything that decides who gets it.
//! Ids, the order of rows, notes and citations are no difference.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Behind, Diff, Kind, Line, Part, Said, Subject, witness};
use crate::catalog::raw::{Direction, Lifecycle, Speaker};
use crate::catalog::{Catalog, Cloud, Endpoint, Service, Via, What};
use crate::dest::{Dest, Pattern, Ports};
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
    let of = |wanted: fn(&Said) -> bool| {
        let lines = diff.parts.iter().flat_map(|part| &part.lines);
        lines.flat_map(|line| &line.said).filter(|said| !said.ports.is_empty() && wanted(said)).count() as u128
    };
    let services = diff.parts.len() as u128;
    let new_rows = of(|said| said.before.is_empty());
    let gone = of(|said| said.after.is_empty());
    let other = of(|said| !said.before.is_empty() && !said.after.is_empty());
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
    let rows = [
        ("status", status(old), status(new)),
        ("variants", variants(old), variants(new)),
        ("groups", groups(old), groups(new)),
        ("parameters", params(old), params(new)),
        ("needs", needs(old), needs(new)),
    ];
    let changed = rows.into_iter().filter(|(_, before, after)| before != after);
    changed.map(|(name, before, after)| Line::named(name, before, after)).collect()
}

const fn word(status: Lifecycle) -> &'static str {
    status.word()
}

/// What is the same of rows that say the same destination twice.
type Key = (String, Ports);

/// Endpoints of one side by where they lead; each in words, and its id.
type Rows = BTreeMap<Key, BTreeSet<(String, String)>>;

/// Endpoints by where they lead.
fn endpoints(old: Option<&Service>, new: Option<&Service>) -> Vec<Line> {
    let rows = |service: Option<&'_ Service>| -> Rows {
        let mut rows = Rows::new();
        for endpoint in service.iter().flat_map(|service| &service.endpoints) {
            let key = (destination(endpoint), endpoint.ports.clone());
            rows.entry(key).or_default().insert((words(endpoint), endpoint.id.clone()));
        }
        rows
    };
    let (was, is) = (rows(old), rows(new));
    let (old_covers, new_covers) = (Covers::of(old), Covers::of(new));
    let mut lines: Vec<Line> = Vec::new();
    let keys: BTreeSet<&Key> = was.keys().chain(is.keys()).collect();
    for key in keys {
        let said = |rows: &Rows| {
            let own = rows.get(key);
            let words: BTreeSet<&str> = own.into_iter().flatten().map(|(words, _)| words.as_str()).collect();
            let ids: BTreeSet<&str> = own.into_iter().flatten().map(|(_, id)| id.as_str()).collect();
            (words.into_iter().collect::<Vec<_>>().join("; "), ids.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let ((mut before, old_ids), (mut after, new_ids)) = (said(&was), said(&is));
        if before == after {
            continue;
        }
        let (dest, ports) = key;
        // What another row of the service covers, for the same clients, is no loss, and nothing that was not open before.
        if after.is_empty()
            && let Some(cover) = new_covers.cover(&old_covers, key)
        {
            after = format!("still covered by {cover}");
        }
        if before.is_empty()
            && let Some(cover) = old_covers.cover(&new_covers, key)
        {
            before = format!("was covered by {cover}");
        }
        let one = Said { ports: ports.to_string(), before, after };
        // Other ports of the same destination: one line says both.
        match lines.last_mut().filter(|line| line.subject == Subject::Named(dest.clone())) {
            Some(line) => {
                line.said.push(one);
                line.behind.old.extend(old_ids);
                line.behind.new.extend(new_ids);
            }
            None => lines.push(Line {
                witness: Dest::parse(dest).ok().and_then(|dest| witness(&dest.pattern, ports)),
                behind: Behind { old: old_ids, new: new_ids },
                ..Line::new(Subject::Named(dest.clone()), vec![one])
            }),
        }
    }
    lines
}

/// The endpoints of a service: by where they lead, and by what they cover.
struct Covers<'s> {
    by_key: BTreeMap<Key, Vec<&'s Endpoint>>,
    patterns: Vec<(Pattern, String, &'s Endpoint)>,
}

impl<'s> Covers<'s> {
    fn of(service: Option<&'s Service>) -> Self {
        let (mut by_key, mut patterns) = (BTreeMap::<Key, Vec<&'s Endpoint>>::new(), Vec::new());
        for endpoint in service.iter().flat_map(|service| &service.endpoints) {
            let text = destination(endpoint);
            by_key.entry((text.clone(), endpoint.ports.clone())).or_default().push(endpoint);
            patterns.extend(Dest::parse(&text).ok().map(|dest| (dest.pattern, text, endpoint)));
        }
        Self { by_key, patterns }
    }

    /// What covers all rows that the other side has of a destination: of each the narrowest, and what is said of it when that is
    /// not what was said there.
    fn cover(&self, other: &Self, key: &Key) -> Option<String> {
        let (dest, ports) = key;
        let pattern = Dest::parse(dest).ok()?.pattern;
        let mut found: BTreeSet<String> = BTreeSet::new();
        for row in other.by_key.get(key).into_iter().flatten() {
            let covers = self.patterns.iter().filter(|(wide, text, endpoint)| {
                text != dest && wide.covers(&pattern) && endpoint.ports == *ports && who(endpoint) == who(row)
            });
            let (_, text, endpoint) = covers.max_by(|a, b| a.0.compare(&b.0))?;
            let (own, words) = (words(row), words(endpoint));
            found.insert(if words == own { text.clone() } else { format!("{text} ({words})") });
        }
        (!found.is_empty()).then(|| found.into_iter().collect::<Vec<_>>().join("; "))
    }
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
        What::Dest(_) => Dest::parse(text).map_or_else(|_| text.clone(), |dest| dest.to_string()),
    }
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
