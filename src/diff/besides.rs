//! What outputs say besides deciding about hosts and ports: paths of URLs, and what they are configured with.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Kind, Line, Part};
use super::outputs::Half;
use crate::claims::Output;
use crate::dest::Dest;
use crate::read::record::Scalar as _;
use crate::target::read_back::{Looks, Verdict};

/// Lines of destinations that have a path: hosts and ports do not show that they changed. Only formats that say paths have any.
pub fn paths(name: &str, looks: &Looks, old: Half, new: Half) -> Option<Part> {
    let (kind, words): (Kind, fn(&Output, &str) -> String) = match looks {
        Looks::AtHosts => (Kind::Proxy, |output, route| {
            let is_served = output.routes.iter().any(|own| own == route);
            if is_served { Verdict::Allowed.words() } else { Verdict::Refused.words() }
        }),
        Looks::AtRows | Looks::AtOpeners => (Kind::List, |_, route| route.to_owned()),
        _ => return None,
    };
    let of = |(_, output, zones): Half| -> BTreeMap<String, BTreeSet<String>> {
        let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let facts = zones.iter().flat_map(|zone| zone.proxied.facts().chain(zone.opened.facts()));
        for fact in facts.filter(|fact| fact.text.contains('/')) {
            if let Ok(dest @ Dest { path: Some(_), .. }) = Dest::parse(fact.text) {
                said.entry(dest.to_string()).or_default().insert(words(output, fact.route));
            }
        }
        said
    };
    let (was, is) = (of(old), of(new));
    let nothing = || if kind == Kind::Proxy { Verdict::Refused.words() } else { String::new() };
    let word = |said: Option<&BTreeSet<String>>| {
        said.map_or_else(nothing, |said| said.iter().cloned().collect::<Vec<_>>().join("; "))
    };
    let dests: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let changed = dests.into_iter().map(|dest| (dest, word(was.get(dest)), word(is.get(dest))));
    let lines = changed.filter(|(_, before, after)| before != after);
    let lines: Vec<Line> = lines.map(|(dest, before, after)| Line::named(dest, before, after)).collect();
    (!lines.is_empty()).then(|| Part { name: format!("{name}, paths"), kind, lines, counts: Vec::new() })
}

/// What an output is configured with, as far as its lists mean something else by it: the ACL that authenticates, and what the
/// lists are called that somebody's rules name.
pub fn options(name: &str, old: &Output, new: &Output) -> Option<Part> {
    let of = |output: &Output, key: &str| output.reading.get(key).cloned().unwrap_or_default();
    let known = ["auth_acl", "others", "prefix"].map(|key| (key, of(old, key), of(new, key)));
    let changed = known.into_iter().filter(|(_, before, after)| before != after);
    let lines: Vec<Line> = changed.map(|(key, before, after)| Line::named(key, before, after)).collect();
    (!lines.is_empty()).then(|| Part {
        name: format!("{name}, options"),
        kind: Kind::Options,
        lines,
        counts: Vec::new(),
    })
}
