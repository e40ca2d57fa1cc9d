//! One line of a URL category. Only [`spell`] makes one, so that a line Zscaler would reject cannot exist.

use std::fmt;

use serde::Serialize;

use crate::dest::{Depth, Dest, Pattern};
use crate::target::fidelity::{Fidelity, Reason};

/// Levels below a leading dot that Zscaler matches.
pub const LEVELS: usize = 5;
/// Longest URL (help.zscaler.com, URL format guidelines).
const MOST_URL: usize = 1024;

/// A valid line: lower-case ASCII, no scheme, no `*`, perhaps a leading dot, perhaps a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    dotted: bool,
    labels: Box<str>,
    path: Box<str>,
}

impl Line {
    /// Whether it begins with a dot: the domain and five levels below it.
    #[must_use]
    pub const fn is_dotted(&self) -> bool {
        self.dotted
    }
    /// The host, without the dot.
    #[must_use]
    pub fn labels(&self) -> &str {
        &self.labels
    }
    /// Whether it names a path.
    #[must_use]
    pub fn has_path(&self) -> bool {
        !self.path.is_empty()
    }
    /// The domain and what is below, or the host alone.
    #[must_use]
    pub fn of_host(dotted: bool, labels: &str) -> Option<Self> {
        is_valid(labels, dotted).then(|| Self { dotted, labels: labels.into(), path: "".into() })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", if self.dotted { "." } else { "" }, self.labels, self.path)
    }
}

impl Serialize for Line {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The line of a destination and why it is not exact; `None` for what no line says.
#[must_use]
pub fn spell(dest: &Dest) -> Option<(Line, Vec<Reason>)> {
    let Pattern::Name(name) = &dest.pattern else {
        return None;
    };
    let mut reasons = Vec::new();
    let (dotted, labels) = if name.has_globs() {
        reasons.push(Reason::GlobAsDomain);
        if name.depth() != Depth::Exact || name.above_anchor().len() > LEVELS {
            reasons.push(Reason::AtMostFiveLevels);
        }
        (true, name.anchor())
    } else {
        match name.depth() {
            Depth::Exact => {}
            Depth::Below => reasons.extend([Reason::WildcardTakesApex, Reason::AtMostFiveLevels]),
            Depth::Within => reasons.push(Reason::AtMostFiveLevels),
        }
        (name.depth() != Depth::Exact, name.labels())
    };
    if !is_valid(labels, dotted) {
        return None;
    }
    let (path, whole) = dest.path.as_deref().map_or(("", true), |path| says_path(path, labels.len()));
    if !whole {
        reasons.push(Reason::PathNotSeen);
    }
    Some((Line { dotted, labels: labels.into(), path: path.into() }, reasons))
}

/// How a destination is said.
#[must_use]
pub fn said(dest: &Dest) -> Fidelity {
    let reason = match &dest.pattern {
        Pattern::Plain => Reason::PlainNotSayable,
        Pattern::Net(net) if net.addr().is_ipv6() => Reason::Ipv4Only,
        // Groups of addresses have no paths.
        Pattern::Net(_) if dest.path.is_some() => Reason::PathNotSeen,
        Pattern::Net(_) => return Fidelity::exact(),
        Pattern::Name(_) => match spell(dest) {
            Some((_, reasons)) => {
                let mut fidelity = Fidelity::exact();
                reasons.into_iter().for_each(|r| fidelity.add(r));
                return fidelity;
            }
            None => Reason::NameRefused,
        },
    };
    Fidelity::because(reason)
}

/// Zscaler's rules beyond those of a host name: more than a top-level domain, no underscore in it, and none in the label
/// before it when something stands below.
fn is_valid(labels: &str, dotted: bool) -> bool {
    let mut from_right = labels.rsplit('.');
    let (Some(top), Some(second)) = (from_right.next(), from_right.next()) else { return false };
    let below = dotted || from_right.next().is_some();
    let underscore =
        top.contains('_') || (below && second.contains('_')) || labels.split('.').any(|label| label == "_");
    !underscore
}

/// The part of a path that a line can say, and whether that is all of it: lower case, no star.
fn says_path(path: &str, host: usize) -> (&str, bool) {
    let open_ended = path.strip_suffix('*').unwrap_or(path);
    let plain =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'/' | b'-' | b'.' | b'_' | b'~' | b'%');
    let good = open_ended.bytes().all(plain) && host + 1 + open_ended.len() <= MOST_URL;
    if good { (open_ended, true) } else { ("", false) }
}
