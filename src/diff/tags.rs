//! Files of service tags compared: the networks of each tag.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::lines::{Diff, Kind, Line, Part};
use crate::catalog::tags::addresses;
use crate::dest::ip::show;
use crate::import::tags::{List, Tag};

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
    let names: BTreeSet<&String> = old.tags().keys().chain(new.tags().keys()).collect();
    let mut respelled = 0;
    for name in names {
        let (was, is) = (old.tags().get(name), new.tags().get(name));
        match part(was, is) {
            Some(part) => diff.parts.push(part),
            None => respelled += usize::from(was.map(|tag| &tag.listed) != is.map(|tag| &tag.listed)),
        }
    }
    if respelled > 0 {
        diff.notes.push(format!("{respelled} tags list other networks that open the same addresses"));
    }
    let total = |sign: &str| -> u128 {
        diff.parts.iter().flat_map(|part| &part.counts).filter(|(words, _)| *words == sign).map(|(_, n)| n).sum()
    };
    let (added, removed) = (total(ADDED), total(REMOVED));
    diff.counts = vec![("tags", diff.parts.len() as u128), (ADDED, added), (REMOVED, removed)];
    diff
}

const ADDED: &str = "networks added";
const REMOVED: &str = "networks removed";

fn part(old: Option<&Tag>, new: Option<&Tag>) -> Option<Part> {
    let nets = |tag: Option<&Tag>| tag.map(|tag| tag.networks.clone()).unwrap_or_default();
    let listed =
        |tag: Option<&Tag>| -> BTreeSet<IpNet> { tag.into_iter().flat_map(|t| t.listed.iter().copied()).collect() };
    let (was, is) = (nets(old), nets(new));
    if was == is && old.is_some() == new.is_some() {
        return None;
    }
    let name = new.or(old)?.name.clone();
    let (before, after) = (listed(old), listed(new));
    let (removed, added): (Vec<&IpNet>, Vec<&IpNet>) =
        (before.difference(&after).collect(), after.difference(&before).collect());
    let mut lines = Vec::new();
    match (old, new) {
        (None, Some(_)) => lines.push(Line::named(&name, String::new(), "a tag".to_owned())),
        (Some(_), None) => lines.push(Line::named(&name, "a tag".to_owned(), String::new())),
        _ => {}
    }
    // A network of which every address stays, in a wider or in narrower ones, is only listed otherwise.
    let still = |net: &IpNet, others: &[IpNet]| {
        let inside: Vec<IpNet> = others.iter().filter(|other| net.contains(*other)).copied().collect();
        others.iter().any(|other| other.contains(net)) || crate::dest::ip::aggregate(inside.iter()) == [*net]
    };
    for net in &removed {
        let after = if still(net, &is) { "listed otherwise" } else { "" };
        lines.push(Line::named(&show(net), "listed".to_owned(), after.to_owned()));
    }
    for net in &added {
        let before = if still(net, &was) { "listed otherwise" } else { "" };
        lines.push(Line::named(&show(net), before.to_owned(), "listed".to_owned()));
    }
    let ((old_v4, old_v6), (new_v4, new_v6)) = (addresses(&was), addresses(&is));
    let counts = vec![
        (ADDED, added.len() as u128),
        (REMOVED, removed.len() as u128),
        ("IPv4 addresses before", old_v4),
        ("IPv4 addresses after", new_v4),
        ("IPv6 addresses before", old_v6),
        ("IPv6 addresses after", new_v6),
    ];
    Some(Part { name, kind: Kind::Tag, lines, counts })
}
