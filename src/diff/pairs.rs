//! Which zones and outputs of two builds are the same thing, also when only their name is another.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::claims::{Claims, Output, Zone};
use crate::dest::ip::{aggregate, show};

/// What the two sides have in common; each by its positions in the claims of the old and the new side.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// Zones.
    pub zones: Vec<(usize, usize)>,
    /// Outputs of one target, in the order of the old side.
    pub outputs: Vec<(usize, usize)>,
}

impl Pairs {
    /// Finds them: by their names, and those of one name only by what they are about, when that leaves no choice.
    #[must_use]
    pub fn of(old: &Claims, new: &Claims) -> Self {
        let has_same = |a: &Zone, b: &Zone| are_same(&a.sources, &b.sources);
        let zones = pairs(&old.zones, &new.zones, |a, b| a.label() == b.label(), &[&has_same]);
        let own = |claims: &Claims, output: &Output| -> BTreeSet<usize> {
            output.zones.iter().filter_map(|label| zone(claims, label)).collect()
        };
        // Elsewhere, for the same zones; the routes that it serves may have other names, too.
        let is_of_same = |a: &Output, b: &Output| {
            let there: BTreeSet<usize> = own(new, b);
            let led: Option<BTreeSet<usize>> =
                own(old, a).iter().map(|at| zones.iter().find(|(was, _)| was == at).map(|(_, is)| *is)).collect();
            a.target == b.target && led == Some(there)
        };
        let is_moved = |a: &Output, b: &Output| a.routes == b.routes && is_of_same(a, b);
        let likely: [Likeness<Output>; 2] = [&is_moved, &is_of_same];
        let outputs =
            pairs(&old.outputs, &new.outputs, |a, b| a.id == b.id, &likely).into_iter().filter(|(was, is)| {
                let target = |claims: &Claims, at: usize| claims.outputs.get(at).map(|output| output.target.clone());
                target(old, *was) == target(new, *is)
            });
        Self { outputs: outputs.collect(), zones }
    }

    /// Two outputs that were asked for by name, each the only one of its side.
    #[must_use]
    pub fn of_outputs(old: &Claims, new: &Claims) -> Self {
        let mut found = Self { outputs: vec![(0, 0)], ..Self::of(old, new) };
        let only = |claims: &Claims| match claims.outputs.first().map(|output| output.zones.as_slice()) {
            Some([label]) => zone(claims, label),
            _ => None,
        };
        if let (Some(was), Some(is)) = (only(old), only(new)) {
            found.zones = vec![(was, is)];
        }
        found
    }

    /// What the new side has in the place of an output of the old one.
    pub fn new_output(&self, old: usize) -> Option<usize> {
        self.outputs.iter().find(|(was, _)| *was == old).map(|(_, is)| *is)
    }

    /// What the old side had in the place of an output of the new one.
    pub fn old_output(&self, new: usize) -> Option<usize> {
        self.outputs.iter().find(|(_, is)| *is == new).map(|(was, _)| *was)
    }
}

/// Whether two of a kind may be the same under another name.
type Likeness<'f, T> = &'f dyn Fn(&T, &T) -> bool;

/// Those of one name, then those of the others that are alike and alone in that; what is most alike first.
fn pairs<T>(old: &[T], new: &[T], is_same: impl Fn(&T, &T) -> bool, likely: &[Likeness<T>]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (was, a) in old.iter().enumerate() {
        found.extend(new.iter().position(|b| is_same(a, b)).map(|is| (was, is)));
    }
    for is_like in likely {
        let olds: Vec<usize> = (0..old.len()).filter(|at| !found.iter().any(|(was, _)| was == at)).collect();
        let news: Vec<usize> = (0..new.len()).filter(|at| !found.iter().any(|(_, is)| is == at)).collect();
        let alike = |was: usize, is: usize| old.get(was).zip(new.get(is)).is_some_and(|(a, b)| is_like(a, b));
        for was in &olds {
            let fits: Vec<usize> = news.iter().copied().filter(|is| alike(*was, *is)).collect();
            if let [is] = fits[..]
                && olds.iter().filter(|other| alike(**other, is)).count() == 1
            {
                found.push((*was, is));
            }
        }
    }
    found.sort_unstable();
    found
}

/// The position of a zone.
#[must_use]
pub fn zone(claims: &Claims, label: &str) -> Option<usize> {
    claims.zones.iter().position(|zone| zone.label() == label)
}

/// Whether two lists of clients are the same, however they are written. No network stands for all clients.
#[must_use]
pub fn are_same(one: &[IpNet], other: &[IpNet]) -> bool {
    aggregate(one.iter()) == aggregate(other.iter())
}

/// All clients of both, each network as it is written.
#[must_use]
pub fn either(one: &[IpNet], other: &[IpNet]) -> Vec<IpNet> {
    if one.is_empty() || other.is_empty() {
        return Vec::new();
    }
    let all: BTreeSet<IpNet> = one.iter().chain(other).copied().collect();
    let is_inside = |net: &IpNet| all.iter().any(|wide| wide != net && wide.contains(net));
    all.iter().filter(|net| !is_inside(net)).copied().collect()
}

/// Clients in words.
#[must_use]
pub fn clients_words(nets: &[IpNet]) -> String {
    match nets {
        [] => "all clients".to_owned(),
        nets => nets.iter().map(show).collect::<Vec<_>>().join(" "),
    }
}
