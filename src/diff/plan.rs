//! The order in which a change is made so that nobody is cut off: what is opened comes before those who go there, what is closed
//! after they have left.

use std::collections::BTreeSet;

use super::lines::{Diff, Kind, Line, Part, Said};

/// A step.
#[derive(Debug)]
pub struct Step {
    /// What to do.
    pub what: &'static str,
    /// Why now, and when to go on.
    pub why: &'static str,
    /// How it is taken back.
    pub undo: &'static str,
    /// What it is about: lines of the comparison, each cut to what this step does of it.
    pub parts: Vec<Part>,
}

/// Whether a step opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Close,
}

/// The steps from the old files to the new ones; those without parts have nothing to do.
#[must_use]
pub fn plan(diff: &Diff) -> Vec<Step> {
    let of = |kinds: &[Kind], way: Option<Way>| -> Vec<Part> {
        let parts = diff.parts.iter().filter(|part| kinds.contains(&part.kind));
        let cut = |part: &Part| {
            let lines: Vec<Line> = part.lines.iter().filter_map(|line| cut(line, part.kind, way)).collect();
            Part { name: part.name.clone(), kind: part.kind, lines, counts: Vec::new() }
        };
        parts.map(cut).filter(|part| !part.lines.is_empty()).collect()
    };
    let proxies = [Kind::Proxy, Kind::Marks];
    vec![
        Step {
            what: "firewalls: open",
            why: "nobody uses it yet; go on when the rules are active",
            undo: "take these rules out again",
            parts: of(&[Kind::Firewall], Some(Way::Open)),
        },
        Step {
            what: "proxies: allow",
            why: "the new lists, with the old entries that a later step takes out still in them; go on when they are loaded",
            undo: "load the old lists",
            parts: of(&proxies, Some(Way::Open)),
        },
        Step {
            what: "clients and routes: change over",
            why: "publish the new PAC files, hand on by the new routes; go on when every client has fetched its file, which may take a day",
            undo: "publish the old PAC files and routes: everything they need is still open",
            parts: of(&[Kind::Clients, Kind::Parents], None),
        },
        Step {
            what: "proxies: refuse",
            why: "nobody comes this way any more; look into the log before",
            undo: "load the lists of the step before",
            parts: of(&proxies, Some(Way::Close)),
        },
        Step {
            what: "firewalls: close",
            why: "the last step, as a proxy that still asks would fail",
            undo: "put these rules back",
            parts: of(&[Kind::Firewall], Some(Way::Close)),
        },
        Step {
            what: "in no order",
            why: "outputs, files and lists of which is not known who uses them, or people read",
            undo: "put the old files back",
            parts: of(&[Kind::Outputs, Kind::Text, Kind::List], None),
        },
    ]
}

/// What a line says of one way; all of it without a way.
fn cut(line: &Line, kind: Kind, way: Option<Way>) -> Option<Line> {
    let Some(way) = way else { return Some(line.clone()) };
    let said: Vec<Said> = line.said.iter().filter_map(|said| one_way(said, kind, way)).collect();
    (!said.is_empty()).then(|| Line { said, ..line.clone() })
}

fn one_way(said: &Said, kind: Kind, way: Way) -> Option<Said> {
    if kind != Kind::Firewall {
        let opens = said.before == "refused" || (kind == Kind::Marks && said.after.starts_with("not "));
        return (opens == (way == Way::Open) && said.before != said.after).then(|| said.clone());
    }
    // Who opens it: all of the old side and those that come, then without those that go.
    let who =
        |words: &str| -> BTreeSet<String> { words.split(", ").filter(|w| *w != NOBODY).map(str::to_owned).collect() };
    let words = |who: &BTreeSet<String>| {
        if who.is_empty() { NOBODY.to_owned() } else { who.iter().cloned().collect::<Vec<_>>().join(", ") }
    };
    let (before, after) = (who(&said.before), who(&said.after));
    let both: BTreeSet<String> = before.union(&after).cloned().collect();
    let (from, to) = if way == Way::Open { (&before, &both) } else { (&both, &after) };
    (from != to).then(|| Said { ports: said.ports.clone(), before: words(from), after: words(to) })
}

/// How readers of firewall lists say that no rule speaks of it.
const NOBODY: &str = "nobody opens it";
