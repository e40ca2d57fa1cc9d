//! Labels that match some of several labels with stars, and no others of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A label, and which of the stars it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    /// Positions of the labels with stars that it matches, in order.
    pub stars: Vec<usize>,
    /// The label; empty when there are no stars and any label will do.
    pub label: String,
}

/// Most steps of the search.
const MOST_STEPS: usize = 200_000;
/// Longest label of a host.
const LONGEST: usize = 63;

/// Where reading stands in each label with stars: a bit for every place it may be at.
type Positions = Vec<u128>;

/// A label for every set of stars that labels can match, the empty set included, fewest stars first; none of them is `taken`.
/// `None` when the search takes too long.
///
/// The search goes through what can be told apart of a label read so far: where it stands in each star, and, as long as it may
/// become one that is taken, the label itself.
#[must_use]
pub fn fillings<T>(stars: &[&str], taken: &BTreeMap<&str, T>) -> Option<Vec<Filling>> {
    if stars.is_empty() {
        return Some(vec![Filling { stars: Vec::new(), label: String::new() }]);
    }
    // Characters that no star names behave alike: one of them speaks for all.
    let named: BTreeSet<u8> = stars.iter().flat_map(|star| star.bytes()).filter(|b| *b != b'*').collect();
    let other = [b'x'].into_iter().chain(b'a'..=b'z').chain(b'0'..=b'9').find(|b| !named.contains(b));
    let alphabet: Vec<u8> = other.into_iter().chain(named).collect();
    let may_become_taken =
        |label: &str| taken.range(label..).next().is_some_and(|(longer, _)| longer.starts_with(label));
    let start: Positions = stars.iter().map(|star| skip(star.as_bytes(), 1)).collect();
    let mut found: BTreeMap<Vec<usize>, String> = BTreeMap::new();
    // Places that a label has reached which can become none of those taken, and whether it may not end there, with a hyphen:
    // nothing that may do better there.
    let mut free: BTreeSet<(bool, Positions)> = BTreeSet::new();
    let mut open = VecDeque::from([(String::new(), start)]);
    let mut steps = 0;
    while let Some((label, positions)) = open.pop_front() {
        if !label.is_empty() && !label.ends_with('-') && !taken.contains_key(label.as_str()) {
            let matched = (0..stars.len()).filter(|at| is_through(stars, &positions, *at)).collect();
            found.entry(matched).or_insert_with(|| label.clone());
        }
        if label.len() == LONGEST {
            continue;
        }
        for byte in alphabet.iter().filter(|byte| !(label.is_empty() && **byte == b'-')) {
            steps += 1;
            if steps > MOST_STEPS {
                return None;
            }
            let next: Positions =
                stars.iter().zip(&positions).map(|(star, at)| step(star.as_bytes(), *at, *byte)).collect();
            let longer = format!("{label}{}", char::from(*byte));
            let reached = (longer.ends_with('-'), next.clone());
            let is_new = if may_become_taken(&longer) { !free.contains(&reached) } else { free.insert(reached) };
            if is_new {
                open.push_back((longer, next));
            }
        }
    }
    let mut found: Vec<Filling> = found.into_iter().map(|(stars, label)| Filling { stars, label }).collect();
    found.sort_by(|a, b| (a.stars.len(), &a.stars).cmp(&(b.stars.len(), &b.stars)));
    Some(found)
}

/// From these places on, those that a star lets reading stand at too.
fn skip(star: &[u8], mut at: u128) -> u128 {
    for (place, byte) in star.iter().enumerate().take(127) {
        if *byte == b'*' && at & (1 << place) != 0 {
            at |= 1 << (place + 1);
        }
    }
    at
}

/// One character further.
fn step(star: &[u8], at: u128, read: u8) -> u128 {
    let mut next = 0;
    for (place, byte) in star.iter().enumerate().take(127) {
        if at & (1 << place) != 0 {
            if *byte == b'*' {
                next |= 1 << place;
            } else if *byte == read {
                next |= 1 << (place + 1);
            }
        }
    }
    skip(star, next)
}

fn is_through(stars: &[&str], positions: &Positions, at: usize) -> bool {
    let end = stars.get(at).map_or(0, |star| star.len().min(127));
    positions.get(at).is_some_and(|positions| positions & (1 << end) != 0)
}
