//! What would make a PAC smaller: which services and rules fill it, and which wildcards would stand for many of its names.
//!
//! How many bytes something takes depends on its neighbours, in packed texts above all. So what looks largest is measured: the
//! file is made once more without it.

mod wildcards;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::policy::{Entry, Origin};
use crate::resolve::Plan;

/// How many of each are named.
const SHOWN: usize = 3;
/// How many of each are measured, the largest by their text.
const MEASURED: usize = 6;

/// Something that can be left out, or said in fewer words.
struct Saving {
    /// What it is called.
    name: String,
    /// Of each entry, whether it stays.
    stays: Vec<bool>,
    /// What stands in place of the others.
    instead: Option<Entry>,
}

impl Saving {
    /// How many entries it concerns.
    fn entries(&self) -> usize {
        self.stays.iter().filter(|stays| !**stays).count()
    }

    /// What is left of some entries.
    fn left(&self, entries: &[Entry]) -> Vec<Entry> {
        let stay = entries.iter().zip(&self.stays).filter(|(_, stays)| **stays).map(|(entry, _)| entry);
        stay.chain(&self.instead).cloned().collect()
    }
}

/// The largest savings of a file of so many bytes, in sentences. `size` is that of the file with other entries.
pub fn words(plan: &Plan, entries: &[Entry], now: usize, size: impl Fn(&[Entry]) -> usize + Sync) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let measured = |savings: Vec<Saving>| -> Vec<(usize, Saving)> {
        let by_size = savings.into_par_iter().map(|saving| (now.saturating_sub(size(&saving.left(entries))), saving));
        let mut measured: Vec<(usize, Saving)> = by_size.filter(|(bytes, _)| *bytes > 0).collect();
        measured.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        measured.truncate(SHOWN);
        measured
    };
    let sources = measured(sources(plan, entries)).into_iter();
    let sources: Vec<String> = sources
        .map(|(bytes, of)| format!("{bytes} bytes less without {} ({} entries)", of.name, of.entries()))
        .collect();
    if !sources.is_empty() {
        parts.push(format!("it would have {}", sources.join(", ")));
    }
    parts.extend(measured(wildcards::of(plan, entries)).into_iter().map(|(bytes, of)| {
        format!("`.{}` in place of {} names would save {bytes} bytes, and let in more", of.name, of.entries())
    }));
    parts.push(format!("a file that lists nothing has {} bytes", size(&[])));
    parts
}

/// Where the most text comes from.
fn sources(plan: &Plan, entries: &[Entry]) -> Vec<Saving> {
    let source = |entry: &Entry| match entry.origin {
        Origin::Item(at) => {
            let item = usize::try_from(at).ok().and_then(|at| plan.items.get(at));
            item.map_or(Source::Rule(entry.rule), |item| Source::Service(&item.service.id))
        }
        Origin::Line(_) => Source::Rule(entry.rule),
    };
    let mut shares: BTreeMap<Source, usize> = BTreeMap::new();
    for entry in entries {
        *shares.entry(source(entry)).or_default() += entry.pattern.to_string().len();
    }
    let mut shares: Vec<(Source, usize)> = shares.into_iter().collect();
    shares.sort_by_key(|(_, text)| std::cmp::Reverse(*text));
    shares.truncate(MEASURED);
    let saving = |(of, _)| Saving {
        name: match &of {
            Source::Service(id) => format!("`{id}`"),
            Source::Rule(at) => format!("the hosts of rule {}", at + 1),
        },
        stays: entries.iter().map(|entry| source(entry) != of).collect(),
        instead: None,
    };
    shares.into_iter().map(saving).collect()
}

/// What an entry comes from.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Source<'p> {
    Service(&'p str),
    /// The hosts of a rule, by its position.
    Rule(u32),
}
