//! Answers of Microsoft 365's web service compared, set by set, in the words of its `/changes` method.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogs::{joined, parts};
use super::lines::{Diff, Kind, Line, Part, Said, Subject, witness};
use crate::dest::{Dest, Pattern, Ports};
use crate::import::m365::Instance;
use crate::import::m365::read::{Category, Set, looks_like};

/// How a set changed, as the web service says it.
///
/// Source: MicrosoftDocs/microsoft-365-docs, microsoft-365/enterprise/microsoft-365-ip-web-service.md, "The changes method".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Impact {
    AddedIp,
    AddedUrl,
    AddedIpAndUrl,
    RemovedIpOrUrl,
    ChangedIsExpressRoute,
    MovedIpOrUrl,
    RemovedDuplicateIpOrUrl,
    OtherNonPriorityChanges,
}

impl Impact {
    const fn word(self) -> &'static str {
        match self {
            Self::AddedIp => "AddedIp",
            Self::AddedUrl => "AddedUrl",
            Self::AddedIpAndUrl => "AddedIpAndUrl",
            Self::RemovedIpOrUrl => "RemovedIpOrUrl",
            Self::ChangedIsExpressRoute => "ChangedIsExpressRoute",
            Self::MovedIpOrUrl => "MovedIpOrUrl",
            Self::RemovedDuplicateIpOrUrl => "RemovedDuplicateIpOrUrl",
            Self::OtherNonPriorityChanges => "OtherNonPriorityChanges",
        }
    }
}

/// Compares two answers.
#[must_use]
pub fn compare(old: &[Set], new: &[Set]) -> Diff {
    let by_id =
        |sets: &'_ [Set]| -> BTreeMap<u32, usize> { sets.iter().enumerate().map(|(at, s)| (s.id, at)).collect() };
    let (olds, news) = (by_id(old), by_id(new));
    let ids: BTreeSet<u32> = olds.keys().chain(news.keys()).copied().collect();
    let lists = Lists { old: Known::of(old), new: Known::of(new) };
    let mut diff = Diff::default();
    let [was, is] = [old, new].map(|sets| looks_like(sets, Instance::Worldwide));
    if was != is {
        diff.notes.push(format!(
            "the old list names hosts of the instance {}, the new one of {}: the same number is not the same set",
            was.word(),
            is.word()
        ));
    }
    for id in ids {
        let (was, is) = (olds.get(&id).and_then(|at| old.get(*at)), news.get(&id).and_then(|at| new.get(*at)));
        let lines = lists.lines(was, is);
        if lines.is_empty() {
            continue;
        }
        let disposition = match (was, is) {
            (None, _) => "Add",
            (_, None) => "Remove",
            _ => "Change",
        };
        let Some(set) = is.or(was) else { continue };
        let words = format!("{id}: {disposition} ({}, {}, {})", set.area.word(), set.category.word(), required(set));
        diff.parts.push(Part { name: words, kind: Kind::Set, lines, counts: Vec::new() });
    }
    // A destination that several sets gain or lose is one.
    let count = |wanted: fn(&Said) -> bool| {
        let lines = diff.parts.iter().flat_map(|part| &part.lines);
        let named: BTreeSet<String> = lines
            .filter(|line| line.said.iter().any(|said| !said.ports.is_empty() && wanted(said)))
            .map(|line| line.subject.words())
            .collect();
        named.len() as u128
    };
    diff.counts = vec![
        ("sets", diff.parts.len() as u128),
        ("destinations new to the list", count(|said| said.before.is_empty())),
        ("destinations gone from it", count(|said| said.after.is_empty())),
    ];
    diff
}

const fn required(set: &Set) -> &'static str {
    if set.required { "required" } else { "optional" }
}

/// Which sets name a destination.
struct Known<'s> {
    sets: BTreeMap<&'s Dest, Vec<&'s Set>>,
}

impl<'s> Known<'s> {
    fn of(sets: &'s [Set]) -> Self {
        let mut known: BTreeMap<&Dest, Vec<&Set>> = BTreeMap::new();
        for set in sets {
            set.dests.iter().for_each(|dest| known.entry(dest).or_default().push(set));
        }
        Self { sets: known }
    }

    /// Other sets that name it, at some of these ports.
    fn others(&self, dest: &Dest, id: u32, ports: &Ports) -> Vec<&'s Set> {
        let is_other = |set: &&Set| set.id != id && Ports::listed(set.ports.iter().copied()).overlap(ports);
        self.sets.get(dest).into_iter().flatten().copied().filter(is_other).collect()
    }

    /// The narrowest other pattern that takes it in too, at all its ports or else at some, and its set.
    fn cover(&self, dest: &Dest, ports: &Ports) -> Option<String> {
        let mut covers: Vec<(bool, &Dest, &Set)> = Vec::new();
        for (other, sets) in
            self.sets.iter().filter(|(other, _)| **other != dest && other.pattern.covers(&dest.pattern))
        {
            for set in sets {
                let own = Ports::listed(set.ports.iter().copied());
                if own.overlap(ports) {
                    covers.push((ports.lies_in(&own), *other, *set));
                }
            }
        }
        let best = |a: &(bool, &Dest, &Set), b: &(bool, &Dest, &Set)| {
            a.0.cmp(&b.0).then_with(|| a.1.pattern.compare(&b.1.pattern)).then_with(|| b.2.id.cmp(&a.2.id))
        };
        let (is_whole, cover, set) = covers.into_iter().max_by(best)?;
        let own = Ports::listed(set.ports.iter().copied());
        let only = if is_whole { String::new() } else { format!(" ({own} only)") };
        Some(format!("{} of set {}{only}", shown(cover), set.id))
    }
}

struct Lists<'s> {
    old: Known<'s>,
    new: Known<'s>,
}

impl Lists<'_> {
    /// What changed in a set.
    fn lines(&self, old: Option<&Set>, new: Option<&Set>) -> Vec<Line> {
        let Some(id) = new.or(old).map(|set| set.id) else { return Vec::new() };
        let dests = |set: Option<&Set>| -> BTreeSet<Dest> {
            set.into_iter().flat_map(|set| set.dests.iter().cloned()).collect()
        };
        let (was, is) = (dests(old), dests(new));
        let mut found: Vec<(Impact, Line)> = Vec::new();
        let added: Vec<&Dest> = is.difference(&was).collect();
        let ports = |set: Option<&Set>| Ports::listed(set.into_iter().flat_map(|set| set.ports.iter().copied()));
        let (old_ports, new_ports) = (&ports(old), &ports(new));
        let (fresh, from_others): (Vec<&Dest>, Vec<&Dest>) =
            added.iter().partition(|dest| self.old.others(dest, id, new_ports).is_empty());
        let is_net = |dest: &&Dest| matches!(dest.pattern, Pattern::Net(_));
        let impact = match (fresh.iter().any(is_net), fresh.iter().any(|d| !is_net(d))) {
            (true, true) => Impact::AddedIpAndUrl,
            (true, false) => Impact::AddedIp,
            _ => Impact::AddedUrl,
        };
        for dest in fresh {
            let mut line = about(dest, new_ports, String::new(), new.map(words).unwrap_or_default());
            line.remarks.extend(self.old.cover(dest, new_ports).map(|cover| format!("was covered by {cover}")));
            found.push((impact, line));
        }
        for dest in from_others {
            let after = new.map(words).unwrap_or_default();
            let said = at_ports(new_ports, &self.old.others(dest, id, new_ports));
            let said = said.into_iter().map(|(ports, before)| Said { ports, before, after: after.clone() });
            found.push((Impact::MovedIpOrUrl, line(dest, new_ports, said.collect())));
        }
        for dest in was.difference(&is) {
            let before = old.map(words).unwrap_or_default();
            let others = self.new.others(dest, id, old_ports);
            let impact = if others.is_empty() {
                Impact::RemovedIpOrUrl
            } else if self.old.others(dest, id, old_ports).is_empty() {
                Impact::MovedIpOrUrl
            } else {
                Impact::RemovedDuplicateIpOrUrl
            };
            let said = at_ports(old_ports, &others);
            let said: Vec<Said> =
                said.into_iter().map(|(ports, after)| Said { ports, before: before.clone(), after }).collect();
            let is_gone = said.iter().any(|said| said.after.is_empty());
            let mut line = line(dest, old_ports, said);
            if is_gone {
                line.remarks.extend(self.new.cover(dest, old_ports).map(|cover| format!("still covered by {cover}")));
            }
            found.push((impact, line));
        }
        if let (Some(old), Some(new)) = (old, new) {
            found.extend(attributes(old, new));
        }
        found.into_iter().map(|(impact, line)| Line { impact: Some(impact.word()), ..line }).collect()
    }
}

/// What a set says of all its destinations.
fn attributes(old: &Set, new: &Set) -> Vec<(Impact, Line)> {
    let ports = |set: &Set| Ports::listed(set.ports.iter().copied()).to_string();
    let express = |set: &Set| if set.express_route { "yes" } else { "no" }.to_owned();
    let note = |set: &Set| set.note.clone();
    let rows = [
        ("ExpressRoute", express(old), express(new), Impact::ChangedIsExpressRoute),
        ("ports", ports(old), ports(new), Impact::OtherNonPriorityChanges),
        ("category", old.category.word().to_owned(), new.category.word().to_owned(), Impact::OtherNonPriorityChanges),
        ("required", required(old).to_owned(), required(new).to_owned(), Impact::OtherNonPriorityChanges),
        ("area", old.area.word().to_owned(), new.area.word().to_owned(), Impact::OtherNonPriorityChanges),
        ("notes", note(old), note(new), Impact::OtherNonPriorityChanges),
    ];
    let changed = rows.into_iter().filter(|(_, before, after, _)| before != after);
    changed.map(|(name, before, after, impact)| (impact, Line::named(name, before, after))).collect()
}

fn words(set: &Set) -> String {
    let category = match set.category {
        Category::Optimize => "optimize",
        Category::Allow => "allow",
        Category::Default => "default",
    };
    format!("set {}, {category}, {}", set.id, required(set))
}

fn sets(sets: &[&Set]) -> String {
    sets.iter().map(|set| words(set)).collect::<Vec<_>>().join("; ")
}

fn shown(dest: &Dest) -> String {
    match &dest.pattern {
        Pattern::Net(net) => net.to_string(),
        _ => dest.to_string(),
    }
}

/// What other sets say of a destination at some ports, which may be some of theirs.
fn at_ports(ports: &Ports, others: &[&Set]) -> Vec<(String, String)> {
    let listed: Vec<(Ports, &Set)> =
        others.iter().map(|set| (Ports::listed(set.ports.iter().copied()), *set)).collect();
    let mut found: BTreeMap<String, Vec<Ports>> = BTreeMap::new();
    let parts = parts(listed.iter().map(|(ports, _)| ports).chain([ports]));
    for part in parts.into_iter().filter(|part| part.lies_in(ports)) {
        let own: Vec<&Set> = listed.iter().filter(|(ports, _)| part.lies_in(ports)).map(|(_, set)| *set).collect();
        found.entry(sets(&own)).or_default().push(part);
    }
    let mut found: Vec<(Ports, String)> = found.into_iter().map(|(words, parts)| (joined(parts), words)).collect();
    found.sort();
    found.into_iter().map(|(ports, words)| (ports.to_string(), words)).collect()
}

fn about(dest: &Dest, ports: &Ports, before: String, after: String) -> Line {
    line(dest, ports, vec![Said { ports: ports.to_string(), before, after }])
}

fn line(dest: &Dest, ports: &Ports, said: Vec<Said>) -> Line {
    Line { witness: witness(&dest.pattern, ports), ..Line::new(Subject::Named(shown(dest)), said) }
}
