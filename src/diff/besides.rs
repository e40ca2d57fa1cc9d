//! What outputs say besides deciding about hosts and ports: paths of URLs, and what they are configured with.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Kind, Line, Part};
use super::outputs::Half;
use crate::claims::Output;
use crate::dest::{Dest, Pattern, path_covers};
use crate::prove::declared::Declared;
use crate::prove::expect::is_served;
use crate::prove::oracle::Fact;
use crate::read::record::Scalar as _;
use crate::target::read_back::Looks;

/// Hosts of which only some paths are listed, on a side: hosts and ports do not show that these changed. Only formats that say
/// paths have any.
pub fn paths(name: &str, looks: &Looks, old: Half, new: Half) -> Option<Part> {
    if !matches!(looks, Looks::AtHosts | Looks::AtRows | Looks::AtOpeners) {
        return None;
    }
    let (was, is) = (Listed::of(old, looks), Listed::of(new, looks));
    let hosts: BTreeSet<&Pattern> = was.paths.keys().chain(is.paths.keys()).collect();
    let changed = hosts.into_iter().map(|host| (host, was.words(host), is.words(host)));
    // What appears or vanishes as a whole is told by the hosts.
    let lines = changed.filter(|(_, before, after)| before != after);
    let lines: Vec<Line> = lines.map(|(host, before, after)| Line::named(&host.to_string(), before, after)).collect();
    (!lines.is_empty()).then(|| Part { name: format!("{name}, paths"), kind: Kind::List, lines, counts: Vec::new() })
}

/// What a side lists of hosts.
#[derive(Default)]
struct Listed {
    /// Of hosts the paths, as far as the format says them.
    paths: BTreeMap<Pattern, BTreeSet<String>>,
    /// Whole hosts.
    whole: BTreeSet<Pattern>,
}

impl Listed {
    fn of((build, output, zones): Half, looks: &Looks) -> Self {
        let declared = Declared::of(&build.claims, &output.id);
        let mut listed = Self::default();
        let facts = zones.iter().flat_map(|zone| zone.proxied.facts().chain(zone.opened.facts()));
        // Lists of a proxy hold what it lets through, tables everything.
        let is_listed = |fact: &&Fact| *looks != Looks::AtHosts || is_served(output, fact.route);
        for fact in facts.filter(is_listed) {
            let Ok(dest) = Dest::parse(fact.text) else { continue };
            match dest.path.filter(|_| !declared.more(fact)) {
                Some(path) => _ = listed.paths.entry(dest.pattern).or_default().insert(path.into()),
                None => _ = listed.whole.insert(dest.pattern),
            }
        }
        listed
    }

    /// Which paths of a host are listed.
    fn words(&self, host: &Pattern) -> String {
        if self.whole.iter().any(|whole| whole.covers(host)) {
            return "every path".to_owned();
        }
        let paths: Vec<&String> = self.paths.get(host).into_iter().flatten().collect();
        let own = paths.iter().filter(|path| !paths.iter().any(|wide| wide != *path && path_covers(wide, path)));
        own.map(|path| path.as_str()).collect::<Vec<_>>().join("; ")
    }
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
