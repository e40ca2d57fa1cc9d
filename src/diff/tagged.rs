//! Networks of service tags among the lines of a comparison: a tag is one thing to those who read them, not some hundred
//! networks.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Line, Subject, Where};
use crate::claims::Claims;

/// Makes one line of all networks that change alike and that the same tags are behind, on both sides.
pub fn fold(lines: &mut Vec<Line>, old: &Claims, new: &Claims) {
    let tags = |claims: &Claims| -> BTreeMap<String, String> {
        let tagged = claims.endpoints.iter().filter(|endpoint| endpoint.tag);
        tagged.map(|endpoint| (endpoint.endpoint.clone(), endpoint.destination.clone())).collect()
    };
    let (old, new) = (tags(old), tags(new));
    let mut folded: Vec<Line> = Vec::with_capacity(lines.len());
    // Where the line of the same tags and changes is.
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines.drain(..) {
        let of = |entries: &[String], tags: &BTreeMap<String, String>| -> Option<Vec<String>> {
            entries.iter().map(|entry| tags.get(entry).cloned()).collect()
        };
        let net = match &line.subject {
            Subject::Decision(Where::Net(net)) => Some(*net),
            _ => None,
        };
        let names = of(&line.behind.old, &old).zip(of(&line.behind.new, &new)).map(|(old, new)| [old, new].concat());
        let (Some(net), Some(names)) = (net, names.filter(|names| !names.is_empty())) else {
            folded.push(line);
            continue;
        };
        let names: Vec<String> = names.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let key = format!("{names:?} {:?} {:?}", line.said, line.behind);
        let at = *known.entry(key).or_insert(folded.len());
        match folded.get_mut(at) {
            Some(Line { subject: Subject::Decision(Where::Tagged(_, nets)), except, .. }) => {
                nets.push(net);
                except.extend(line.except);
            }
            _ => folded.push(Line { subject: Subject::Decision(Where::Tagged(names, vec![net])), ..line }),
        }
    }
    *lines = folded;
}
