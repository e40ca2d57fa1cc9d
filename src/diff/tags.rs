//! Files of service tags compared: the networks of each tag.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::lines::{Diff, Kind, Line, Part};
use crate::catalog::Cloud;
use crate::catalog::tags::{Tags, addresses};
use crate::dest::ip::{aggregate, show};
use crate::import::tags::{List, Tag};

/// A tag on one side.
#[derive(Debug, Clone, Copy)]
struct Side<'t> {
    name: &'t str,
    /// Its networks, collapsed.
    networks: &'t [IpNet],
    /// As listed.
    listed: &'t [IpNet],
}

/// Compares two files. Networks that are listed in another way and open the same addresses are no difference.
#[must_use]
pub fn compare(old: &List, new: &List) -> Diff {
    let mut diff = Diff::default();
    if old.cloud != new.cloud {
        diff.notes.push(format!("the old file is of the cloud {}, the new one of {}", old.cloud, new.cloud));
    }
    if old.change > new.change {
        diff.notes.push(format!("the old file is the newer one: change {} and {}", old.change, new.change));
    }
    fn side(tag: &Tag) -> Side<'_> {
        Side { name: &tag.name, networks: &tag.networks, listed: &tag.listed }
    }
    let names: BTreeSet<&String> = old.tags().keys().chain(new.tags().keys()).collect();
    let mut respelled = 0;
    for name in names {
        let (was, is) = (old.tags().get(name), new.tags().get(name));
        match part(was.map(side), is.map(side)) {
            Some(part) => diff.parts.push(part),
            None => respelled += usize::from(was.map(|tag| &tag.listed) != is.map(|tag| &tag.listed)),
        }
    }
    if respelled > 0 {
        diff.notes.push(format!("{respelled} tags list other networks that open the same addresses"));
    }
    diff.counts = counts(&diff.parts);
    diff
}

/// The tags of two catalogs, of all clouds; files of a catalog list networks collapsed.
pub fn of_catalogs(old: &Tags, new: &Tags) -> Vec<Part> {
    let mut parts = Vec::new();
    for (_, cloud) in Cloud::WORDS {
        let tags = |tags: &Tags| -> BTreeMap<String, (String, Vec<IpNet>)> {
            let file = tags.of(*cloud);
            let names = file.into_iter().flat_map(|file| file.names().map(move |(name, _)| (file, name)));
            names
                .map(|(file, name)| {
                    (name.to_ascii_lowercase(), (name.to_owned(), file.networks(name).unwrap_or_default()))
                })
                .collect()
        };
        let (was, is) = (tags(old), tags(new));
        fn side((name, nets): &(String, Vec<IpNet>)) -> Side<'_> {
            Side { name, networks: nets, listed: nets }
        }
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        parts.extend(names.into_iter().filter_map(|name| part(was.get(name).map(side), is.get(name).map(side))));
    }
    parts
}

const ADDED: &str = "networks added";
const REMOVED: &str = "networks removed";

/// What is counted over all tags.
pub fn counts(parts: &[Part]) -> Vec<(&'static str, u128)> {
    let total = |sign: &str| -> u128 {
        parts.iter().flat_map(|part| &part.counts).filter(|(words, _)| *words == sign).map(|(_, n)| n).sum()
    };
    vec![("tags", parts.len() as u128), (ADDED, total(ADDED)), (REMOVED, total(REMOVED))]
}

fn part(old: Option<Side>, new: Option<Side>) -> Option<Part> {
    let (was, is) = (old.map_or(&[][..], |tag| tag.networks), new.map_or(&[][..], |tag| tag.networks));
    if was == is && old.is_some() == new.is_some() {
        return None;
    }
    let name = new.or(old)?.name;
    let listed =
        |tag: Option<Side>| -> BTreeSet<IpNet> { tag.into_iter().flat_map(|t| t.listed.iter().copied()).collect() };
    let (before, after) = (listed(old), listed(new));
    let (removed, added): (Vec<&IpNet>, Vec<&IpNet>) =
        (before.difference(&after).collect(), after.difference(&before).collect());
    let mut lines = Vec::new();
    match (old, new) {
        (None, Some(_)) => lines.push(Line::named(name, String::new(), "a tag".to_owned())),
        (Some(_), None) => lines.push(Line::named(name, "a tag".to_owned(), String::new())),
        _ => {}
    }
    // A network of which every address stays, in a wider or in narrower ones, is only listed otherwise.
    let still = |net: &IpNet, others: &[IpNet]| {
        let inside: Vec<IpNet> = others.iter().filter(|other| net.contains(*other)).copied().collect();
        others.iter().any(|other| other.contains(net)) || aggregate(inside.iter()) == [*net]
    };
    for net in &removed {
        let after = if still(net, is) { "listed otherwise" } else { "" };
        lines.push(Line::named(&show(net), "listed".to_owned(), after.to_owned()));
    }
    for net in &added {
        let before = if still(net, was) { "listed otherwise" } else { "" };
        lines.push(Line::named(&show(net), before.to_owned(), "listed".to_owned()));
    }
    let ((old_v4, old_v6), (new_v4, new_v6)) = (addresses(was), addresses(is));
    let counts = vec![
        (ADDED, added.len() as u128),
        (REMOVED, removed.len() as u128),
        ("IPv4 addresses before", old_v4),
        ("IPv4 addresses after", new_v4),
        ("IPv6 addresses before", old_v6),
        ("IPv6 addresses after", new_v6),
    ];
    Some(Part { name: name.to_owned(), kind: Kind::Tag, lines, counts })
}
