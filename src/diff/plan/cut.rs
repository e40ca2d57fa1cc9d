//! Lines of a comparison, cut to what one step does of them.
//!
//! The lines of a step are read like those of the comparison: for a host and a port the most specific line that speaks of it holds. So
//! where a narrower line belongs to another step, its ports stay in this one as "no change", lest the wider line is read for them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Way;
use crate::dest::{Dest, Pattern};
use crate::diff::lines::{Behind, Kind, Line, Part, Said, Subject, Where};
use crate::read::record::Scalar as _;
use crate::target::read_back::{EVERY_PATH, Mark, Verdict};

/// The steps that do something of what lists decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The lists open or close.
    Of(Way),
    /// Clients, and proxies that hand on, go another way.
    ChangeOver,
    /// Everything at once.
    Any,
}

/// What a step does of a part.
pub fn cut(part: &Part, turn: Turn) -> Part {
    let cut: Vec<(Line, bool)> = part.lines.iter().map(|line| of_line(line, part.kind, turn)).collect();
    let is_around = |line: &Line| cut.iter().any(|(wide, does)| *does && may_speak(wide, line));
    let lines = cut.iter().filter(|(line, does)| *does || is_around(line)).map(|(line, _)| line.clone());
    Part { name: part.name.clone(), kind: part.kind, lines: lines.collect(), counts: Vec::new() }
}

/// A line at a step, and whether the step does something of it.
fn of_line(line: &Line, kind: Kind, turn: Turn) -> (Line, bool) {
    let mut does = false;
    let said = line.said.iter().map(|said| match of_said(said, kind, turn) {
        Some(said) => {
            does |= !said.is_kept();
            said
        }
        None => Said { ports: said.ports.clone(), before: KEPT.to_owned(), after: KEPT.to_owned() },
    });
    let said: Vec<Said> = said.collect();
    let mut line = Line { said, ..line.clone() };
    if !does {
        line = Line::new(line.subject, line.said);
    }
    // What a step before has opened has the answer by now that everything of the old side had, and keeps it.
    if let (Subject::Decision(hosts), Turn::Of(Way::Close)) = (&mut line.subject, turn)
        && let Where::All(answer) = hosts
    {
        *hosts = Where::AllOfOld(std::mem::take(answer));
    }
    let of_step = |at: &str| line.said.iter().filter(|said| !said.is_kept()).any(|said| holds(&said.ports, at));
    if let Some((host, at)) = line.witness.as_deref().and_then(port_of)
        && does
        && !of_step(at)
    {
        // What decides at another port is not known here.
        let first = line.said.iter().filter(|said| !said.is_kept()).find_map(|said| first_port(&said.ports));
        line.witness = Some(first.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        line.behind = Behind::default();
    }
    (line, does)
}

/// What is said of ports at which a step does nothing; words for it are made where it is printed.
const KEPT: &str = "as before";

/// What a step does of a change; `None`: nothing.
fn of_said(said: &Said, kind: Kind, turn: Turn) -> Option<Said> {
    let refused = Verdict::Refused.words();
    let own = match (kind, turn) {
        (_, Turn::Any) => true,
        (Kind::Firewall, Turn::Of(way)) => return of_openers(said, way),
        (Kind::Paths, Turn::Of(way)) => return of_paths(said, way),
        (Kind::Proxy, Turn::Of(way)) => (said.after != refused) == (way == Way::Open),
        (Kind::Marks, Turn::Of(way)) => Mark::ALL.iter().any(|mark| said.after == mark.done()) == (way == Way::Open),
        // What a proxy begins to let through is handed on from the first moment, to where the new lists say.
        (Kind::Parents, Turn::Of(Way::Open)) => said.before == refused,
        (Kind::Parents, Turn::Of(Way::Close)) => said.after == refused,
        (Kind::Parents, Turn::ChangeOver) => said.before != refused && said.after != refused,
        (_, Turn::ChangeOver) => kind == Kind::Clients,
        _ => false,
    };
    (own && !said.is_kept()).then(|| said.clone())
}

/// Who opens it.
fn of_openers(said: &Said, way: Way) -> Option<Said> {
    of_all(said, way, Verdict::Openers)
}

/// Which paths of it are listed.
fn of_paths(said: &Said, way: Way) -> Option<Said> {
    of_all(said, way, |paths| {
        let all = paths.contains(EVERY_PATH);
        Verdict::Rows(paths.into_iter().filter(|path| !all || path == EVERY_PATH).collect())
    })
}

/// All of the old side and what comes, then without what goes.
fn of_all(said: &Said, way: Way, verdict: fn(BTreeSet<String>) -> Verdict) -> Option<Said> {
    let none = verdict(BTreeSet::new()).words();
    let all =
        |words: &str| -> BTreeSet<String> { words.split(", ").filter(|w| *w != none).map(str::to_owned).collect() };
    let (before, after) = (all(&said.before), all(&said.after));
    let both: BTreeSet<String> = before.union(&after).cloned().collect();
    let (from, to) = if way == Way::Open { (before, both) } else { (both, after) };
    let (from, to) = (verdict(from).words(), verdict(to).words());
    (from != to).then(|| Said { ports: said.ports.clone(), before: from, after: to })
}

/// Whether a line may be read where a narrower one says nothing; yes, where that is not known.
fn may_speak(wide: &Line, narrow: &Line) -> bool {
    let (Subject::Decision(wider), Subject::Decision(narrower)) = (&wide.subject, &narrow.subject) else {
        return false;
    };
    let spoken = wide.said.iter().filter(|said| !said.is_kept());
    let mut kept = narrow.said.iter().filter(|said| said.is_kept());
    let do_meet =
        |a: &Said, b: &Said| ranges(&a.ports).any(|a| ranges(&b.ports).any(|b| a.0 == b.0 && a.1 <= b.2 && b.1 <= a.2));
    kept.any(|kept| spoken.clone().any(|spoken| do_meet(spoken, kept))) && may_be_around(wider, narrower)
}

fn may_be_around(wide: &Where, narrow: &Where) -> bool {
    let pattern = |text: &str| Dest::parse(text).ok().map(|dest| dest.pattern);
    let nets = |hosts: &Where| match hosts {
        Where::Net(net) | Where::Every(net) => vec![*net],
        Where::Tagged(_, nets) => nets.clone(),
        _ => Vec::new(),
    };
    match (wide, narrow) {
        _ if wide == narrow => false,
        (Where::All(_) | Where::AllOfOld(_) | Where::Besides(_), _) | (_, Where::All(_) | Where::AllOfOld(_)) => false,
        (Where::Everything, _) => true,
        (Where::Rest, Where::Names(_) | Where::Besides(_)) => true,
        (Where::Names(wide), Where::Names(narrow)) => match (pattern(wide), pattern(narrow)) {
            (Some(Pattern::Name(wide)), Some(Pattern::Name(narrow))) => {
                wide.may_overlap(&narrow) && wide.compare(&narrow) != Ordering::Greater
            }
            _ => true,
        },
        (Where::Names(_), Where::Besides(_)) => true,
        _ => nets(wide).iter().any(|wide| nets(narrow).iter().any(|narrow| wide.contains(narrow))),
    }
}

/// A witness and its port; an address of IPv6 stands in brackets before one.
fn port_of(witness: &str) -> Option<(&str, &str)> {
    witness.rsplit_once(':').filter(|(_, port)| !port.is_empty() && !port.contains(']'))
}

/// The ranges of a text such as `tcp/1-79 udp other-schemes`: protocol, first and last port; none: every scheme.
fn ranges(ports: &str) -> impl Iterator<Item = (&str, u16, u16)> {
    let words = if ports.is_empty() || ports == "all" { "tcp udp other-schemes" } else { ports };
    words.split(' ').filter_map(|word| {
        let (protocol, range) = word.split_once('/').unwrap_or((word, "1-65535"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some((protocol, first.parse().ok()?, last.parse().ok()?))
    })
}

/// Whether ports hold one that is written `443` or `443/udp`.
fn holds(ports: &str, at: &str) -> bool {
    let (port, protocol) = at.split_once('/').unwrap_or((at, "tcp"));
    let Ok(port) = port.parse::<u16>() else { return true };
    ranges(ports).any(|(own, first, last)| own == protocol && first <= port && port <= last)
}

/// A port of some, the web's before others.
fn first_port(ports: &str) -> Option<String> {
    let web = ["443", "80"].into_iter().find(|port| holds(ports, port));
    web.map(str::to_owned).or_else(|| {
        ranges(ports).find_map(|(protocol, first, _)| match protocol {
            "tcp" => Some(first.to_string()),
            "udp" => Some(format!("{first}/udp")),
            _ => None,
        })
    })
}
