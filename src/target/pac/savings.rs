//! What would make a PAC smaller: which services and rules fill it, and which wildcards would stand for many of its names.

use std::collections::{BTreeMap, BTreeSet};

use crate::dest::{Dest, Pattern, Ports};
use crate::policy::{Entry, Origin, Policy};
use crate::read::record::Scalar as _;
use crate::resolve::Plan;
use crate::site::RouteId;

/// What an entry takes beside its name, in bytes.
const LINE: usize = 8;
/// Fewer names than these are not worth a wildcard.
const FEWEST: usize = 3;
/// How many of each are named.
const SHOWN: usize = 3;

/// The largest savings, in words.
pub fn words(plan: &Plan, policy: &Policy) -> String {
    let source = |(name, share): (String, Share)| format!("{name} {} ({} entries)", share.bytes, share.entries);
    let sources: Vec<String> = sources(plan, policy).into_iter().map(source).collect();
    let mut parts = vec![format!("the most bytes, about, come from {}", sources.join(", "))];
    parts.extend(wildcards(plan, policy).into_iter().map(|(suffix, share)| {
        format!("`.{suffix}` in place of {} names would save about {}, and let in more", share.entries, share.bytes)
    }));
    parts.join("; ")
}

#[derive(Debug, Clone, Copy, Default)]
struct Share {
    entries: usize,
    bytes: usize,
}

impl Share {
    fn add(&mut self, bytes: usize) {
        self.entries += 1;
        self.bytes += bytes;
    }
}

/// What stands at a suffix or below it, and which routes and ports that has.
#[derive(Default)]
struct Below<'p> {
    share: Share,
    says: BTreeSet<(RouteId, &'p Ports)>,
}

/// Where the most bytes come from.
fn sources(plan: &Plan, policy: &Policy) -> Vec<(String, Share)> {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for entry in &policy.entries {
        let name = match entry.origin {
            Origin::Item(at) => {
                usize::try_from(at).ok().and_then(|at| plan.items.get(at)).map(|i| format!("`{}`", i.service.id))
            }
            Origin::Line(_) => None,
        };
        let name = name.unwrap_or_else(|| format!("the hosts of rule {}", entry.rule + 1));
        shares.entry(name).or_default().add(entry.pattern.to_string().len() + LINE);
    }
    largest(shares)
}

/// Suffixes of two labels and more, not open to everybody, below which several names say the same and nothing says otherwise.
fn wildcards(plan: &Plan, policy: &Policy) -> Vec<(String, Share)> {
    let mut below: BTreeMap<&str, Below> = BTreeMap::new();
    for entry in &policy.entries {
        for suffix in suffixes(entry) {
            let Below { share, says } = below.entry(suffix).or_default();
            share.add(entry.pattern.to_string().len() + LINE);
            says.insert((entry.route, &entry.ports));
        }
    }
    let is_open = |suffix: &str| match Dest::parse(&format!(".{suffix}")).map(|dest| dest.pattern) {
        Ok(Pattern::Name(name)) => !suffix.contains('.') || plan.catalog.vocabulary.open_to_anybody(&name).is_some(),
        _ => true,
    };
    let fit = below
        .into_iter()
        .filter(|(suffix, all)| all.share.entries >= FEWEST && all.says.len() == 1 && !is_open(suffix));
    let shares = fit.map(|(suffix, Below { share, .. })| {
        let bytes = share.bytes.saturating_sub(suffix.len() + LINE);
        (suffix.to_owned(), Share { bytes, ..share })
    });
    let all: BTreeMap<String, Share> = shares.collect();
    // The widest that say one thing: what lies below them is in their count.
    let is_within = |name: &String| {
        name.match_indices('.').any(|(dot, _)| name.get(dot + 1..).is_some_and(|rest| all.contains_key(rest)))
    };
    largest(all.iter().filter(|(name, _)| !is_within(name)).map(|(name, share)| (name.clone(), *share)).collect())
}

/// The suffixes of an entry's name, with the name itself.
fn suffixes(entry: &Entry) -> impl Iterator<Item = &str> {
    let name = match &entry.pattern {
        Pattern::Name(name) if !name.has_globs() => name.labels(),
        _ => "",
    };
    let rest = name.match_indices('.').filter_map(|(dot, _)| name.get(dot + 1..));
    std::iter::once(name).chain(rest).filter(|suffix| !suffix.is_empty())
}

fn largest(shares: BTreeMap<String, Share>) -> Vec<(String, Share)> {
    let mut list: Vec<(String, Share)> = shares.into_iter().collect();
    list.sort_by_key(|(_, share)| std::cmp::Reverse(share.bytes));
    list.truncate(SHOWN);
    list
}
