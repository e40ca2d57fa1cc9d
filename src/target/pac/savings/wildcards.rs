//! Wildcards that would stand for many names and change nothing that is said of those.

use std::collections::{BTreeMap, BTreeSet};

use super::{MEASURED, Saving};
use crate::dest::{Depth, Dest, NamePattern, Pattern, Ports, is_below, parents};
use crate::policy::Entry;
use crate::read::record::Scalar as _;
use crate::resolve::Plan;
use crate::site::RouteId;

/// Fewer names than these are not worth a wildcard.
const FEWEST: usize = 3;

/// What is said: where to, on which ports, and whether that beats specificity.
type Says<'p> = (RouteId, &'p Ports, bool);

/// How often something is said at a suffix and below, and how long the names are of which it is.
#[derive(Clone, Copy, Default)]
struct Share {
    names: usize,
    text: usize,
}

/// Suffixes that could stand for the most text, and what is left of the entries then.
pub fn of(plan: &Plan, entries: &[Entry]) -> Vec<Saving> {
    let mut savings = Vec::new();
    for (suffix, says) in candidates(plan, entries) {
        if savings.len() == MEASURED {
            break;
        }
        savings.extend(saving(entries, suffix, says));
    }
    savings
}

/// Suffixes of two labels and more, not open to everybody, with what is said most often there, the most text first; none lies
/// below another one.
fn candidates<'p>(plan: &Plan, entries: &'p [Entry]) -> Vec<(&'p str, Says<'p>)> {
    let mut shares: BTreeMap<(&str, Says), Share> = BTreeMap::new();
    for entry in entries {
        for suffix in name(entry).into_iter().flat_map(suffixes).filter(|suffix| suffix.contains('.')) {
            let share = shares.entry((suffix, says(entry))).or_default();
            share.names += 1;
            share.text += suffix.len();
        }
    }
    // Of each suffix what is said most often.
    let mut most: BTreeMap<&str, (Says, Share)> = BTreeMap::new();
    for ((suffix, says), share) in shares.into_iter().filter(|(_, share)| share.names >= FEWEST) {
        let best = most.entry(suffix).or_insert((says, share));
        if share.text > best.1.text {
            *best = (says, share);
        }
    }
    // Where nearly all names lie further down, the suffix down there lets in less.
    let mut is_wide: BTreeSet<&str> = BTreeSet::new();
    for (suffix, (_, share)) in &most {
        for above in parents(suffix) {
            if most.get(above).is_some_and(|(_, wide)| share.text * 10 >= wide.text * 9) {
                is_wide.insert(above);
            }
        }
    }
    let mut list: Vec<(&str, (Says, Share))> =
        most.into_iter().filter(|(suffix, _)| !is_wide.contains(suffix)).collect();
    list.sort_by_key(|(suffix, (_, share))| (std::cmp::Reverse(share.text), suffix.len()));
    let is_open = |suffix: &str| match pattern(suffix) {
        Some(Pattern::Name(name)) => plan.catalog.vocabulary.open_to_anybody(&name).is_some(),
        _ => true,
    };
    let mut picked: Vec<(&str, Says)> = Vec::new();
    for (suffix, (says, _)) in list {
        let is_known = picked.iter().any(|(other, _)| is_below(suffix, other) || is_below(other, suffix));
        if picked.len() < 2 * MEASURED && !is_known && !is_open(suffix) {
            picked.push((suffix, says));
        }
    }
    picked
}

/// A wildcard in place of the entries that say the same at a suffix and below. The others stay, and names that one of
/// them would take from the wildcard stay with them; a pattern with stars may take any.
fn saving(entries: &[Entry], suffix: &str, says_most: Says) -> Option<Saving> {
    let wildcard = pattern(suffix)?;
    let is_other = |entry: &Entry| says(entry) != says_most && entry.pattern.may_overlap(&wildcard);
    let others: Vec<&Pattern> = entries.iter().filter(|entry| is_other(entry)).map(|entry| &entry.pattern).collect();
    let has_stars = |pattern: &&Pattern| matches!(pattern, Pattern::Name(name) if name.has_globs());
    let (_, _, is_final) = says_most;
    if others.iter().any(has_stars) || (is_final && !others.is_empty()) {
        return None;
    }
    let names = |is_wide: bool| -> BTreeSet<&str> {
        let of_others = others.iter().filter_map(|pattern| pattern.name());
        of_others.filter(|name| (name.depth() != Depth::Exact) == is_wide).map(NamePattern::labels).collect()
    };
    let (same, above) = (names(false), names(true));
    let is_replaced = |entry: &Entry| {
        says(entry) == says_most
            && name(entry).is_some_and(|name| {
                let mut up_to = suffixes(name).take_while(|at| *at == suffix || is_below(at, suffix));
                (name == suffix || is_below(name, suffix))
                    && !same.contains(name)
                    && !up_to.any(|at| above.contains(at))
            })
    };
    let stays: Vec<bool> = entries.iter().map(|entry| !is_replaced(entry)).collect();
    let mut replaced = entries.iter().zip(&stays).filter(|(_, stays)| !**stays).map(|(entry, _)| entry);
    let instead = Entry { pattern: wildcard, ..replaced.next()?.clone() };
    // One was taken for its route and ports.
    (1 + replaced.count() >= FEWEST).then(|| Saving { name: suffix.to_owned(), stays, instead: Some(instead) })
}

fn says(entry: &Entry) -> Says<'_> {
    (entry.route, &entry.ports, entry.is_final)
}

/// The name of an entry without stars.
fn name(entry: &Entry) -> Option<&str> {
    match &entry.pattern {
        Pattern::Name(name) if !name.has_globs() => Some(name.labels()),
        _ => None,
    }
}

fn pattern(suffix: &str) -> Option<Pattern> {
    Dest::parse(&format!(".{suffix}")).ok().map(|dest| dest.pattern)
}

/// A name and what it lies below.
fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once(name).chain(parents(name))
}
