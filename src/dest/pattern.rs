//! Patterns, what they match, and which of two is the more specific (design section 3).

use std::cmp::Ordering;
use std::fmt;

use ipnet::IpNet;

use super::host::{Host, HostName};
use super::ip;
use super::order::is_below;

/// How deep below its labels a name pattern reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// `a.d`: that name only.
    Exact,
    /// `*.d`: one or more labels left of `d`, never `d` itself.
    Below,
    /// `.d`: `d` and everything below.
    Within,
}

/// A pattern of names. The labels are normalised; a `*` in one stands for any run of characters inside that label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern {
    labels: Box<str>,
    depth: Depth,
    globs: bool,
}

impl NamePattern {
    /// A pattern from labels that are normalised already (see [`super::text`]).
    pub(super) fn new(labels: Box<str>, depth: Depth) -> Self {
        let globs = labels.contains('*');
        Self { labels, depth, globs }
    }

    /// The pattern that matches one name.
    #[must_use]
    pub fn exact(name: &HostName) -> Self {
        Self::new(name.as_str().into(), Depth::Exact)
    }

    /// The labels, joined by dots, without the `*.` or `.` of the depth.
    #[must_use]
    pub fn labels(&self) -> &str {
        &self.labels
    }

    /// The depth.
    #[must_use]
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether a label holds a `*`.
    #[must_use]
    pub const fn has_globs(&self) -> bool {
        self.globs
    }

    /// The labels right of the last one with a `*`: the suffix that every match ends in. All labels when none has one.
    #[must_use]
    pub fn anchor(&self) -> &str {
        let star = if self.globs { self.labels.rfind('*') } else { None };
        match star {
            None => &self.labels,
            Some(star) => match self.labels.get(star..).and_then(|rest| rest.find('.')) {
                Some(dot) => self.labels.get(star + dot + 1..).unwrap_or_default(),
                None => "",
            },
        }
    }

    /// The labels left of the anchor, from right to left; empty without globs.
    #[must_use]
    pub fn above_anchor(&self) -> Vec<&str> {
        let anchor = self.anchor();
        if anchor.len() == self.labels.len() {
            return Vec::new();
        }
        let end = if anchor.is_empty() { self.labels.len() } else { self.labels.len() - anchor.len() - 1 };
        self.labels.get(..end).unwrap_or_default().rsplit('.').collect()
    }

    /// Whether a name matches.
    #[must_use]
    pub fn matches(&self, name: &HostName) -> bool {
        let mut theirs = name.labels();
        for mine in self.labels.rsplit('.') {
            if !theirs.next().is_some_and(|label| label_matches(mine, label)) {
                return false;
            }
        }
        match self.depth {
            Depth::Exact => theirs.next().is_none(),
            Depth::Below => theirs.next().is_some(),
            Depth::Within => true,
        }
    }

    /// Whether it takes every name of a pattern without stars. Unlike [`Pattern::covers`] it looks at stars of its own.
    #[must_use]
    pub fn takes(&self, other: &Self) -> bool {
        let deep_enough = other.depth == Depth::Exact || self.depth == Depth::Within;
        !other.globs && deep_enough && HostName::parse(&other.labels).is_ok_and(|host| self.matches(&host))
    }

    /// A name: the labels with an `x` for each star, or one below them. None where that would be too long.
    #[must_use]
    pub fn sample(&self, below: bool) -> Option<HostName> {
        let labels = self.labels.replace('*', "x");
        HostName::parse(&if below { format!("x-pacwright.{labels}") } else { labels }).ok()
    }

    /// Orders two patterns that match a common name by how specific they are for it; the greater one wins. Labels are
    /// compared from the right: literal, then with a `*`, then any depth; with equal labels exact depth wins.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let kind = |label: Option<&str>| match label {
            Some(label) if label.contains('*') => 1,
            Some(_) => 2,
            None => 0,
        };
        let (mut mine, mut theirs) = (self.labels.rsplit('.'), other.labels.rsplit('.'));
        loop {
            let (a, b) = (mine.next(), theirs.next());
            if a.is_none() && b.is_none() {
                break;
            }
            match kind(a).cmp(&kind(b)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
        (self.depth == Depth::Exact).cmp(&(other.depth == Depth::Exact))
    }

    /// Whether a name could match both; may say yes where globs leave no common name.
    #[must_use]
    pub fn may_overlap(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (self.labels.rsplit('.'), other.labels.rsplit('.'));
        loop {
            return match (mine.next(), theirs.next()) {
                (Some(a), Some(b)) => {
                    let compatible = match (a.contains('*'), b.contains('*')) {
                        (false, false) => a == b,
                        (true, false) => label_matches(a, b),
                        (false, true) => label_matches(b, a),
                        (true, true) => true,
                    };
                    if compatible {
                        continue;
                    }
                    false
                }
                (None, Some(_)) => self.depth != Depth::Exact,
                (Some(_), None) => other.depth != Depth::Exact,
                (None, None) => {
                    !matches!((self.depth, other.depth), (Depth::Exact, Depth::Below) | (Depth::Below, Depth::Exact))
                }
            };
        }
    }
}

/// Whether a label matches a label pattern; `*` is any run of characters, the empty one too.
#[must_use]
pub fn label_matches(pattern: &str, label: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = label.strip_prefix(first) else {
        return false;
    };
    let mut pending: Option<&str> = None;
    for part in parts {
        if let Some(middle) = pending {
            match rest.find(middle) {
                Some(at) => rest = rest.get(at + middle.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        pending = Some(part);
    }
    match pending {
        None => rest.is_empty(),
        Some(last) => rest.ends_with(last),
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = match self.depth {
            Depth::Exact => "",
            Depth::Below => "*.",
            Depth::Within => ".",
        };
        f.write_str(before)?;
        f.write_str(&self.labels)
    }
}

/// What a destination matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Names without a dot.
    Plain,
    /// Names.
    Name(NamePattern),
    /// Hosts written as an address of this network.
    Net(IpNet),
}

impl Pattern {
    /// Whether a host matches.
    #[must_use]
    pub fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Plain, Host::Name(name)) => !name.as_str().contains('.'),
            (Self::Name(pattern), Host::Name(name)) => pattern.matches(name),
            (Self::Net(net), Host::Ip(ip)) => net.contains(ip),
            _ => false,
        }
    }

    /// Orders two patterns that match a common host by how specific they are for it; the greater one wins.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.compare(b),
            (Self::Net(a), Self::Net(b)) => a.prefix_len().cmp(&b.prefix_len()),
            (Self::Plain, Self::Name(_)) => Ordering::Less,
            (Self::Name(_), Self::Plain) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }

    /// Whether every host that matches the other matches this; may say no where globs would have to be compared.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            _ if self == other => true,
            (Self::Net(a), Self::Net(b)) => a.contains(b),
            (Self::Name(a), Self::Name(b)) => {
                let under = is_below(&b.labels, &a.labels);
                let same = a.labels == b.labels;
                !a.globs
                    && match a.depth {
                        Depth::Exact => false,
                        Depth::Below => under || (same && b.depth == Depth::Below),
                        Depth::Within => under || same,
                    }
            }
            _ => false,
        }
    }

    /// Whether a host could match both; may say yes where globs leave no common name.
    #[must_use]
    pub fn may_overlap(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.may_overlap(b),
            (Self::Net(a), Self::Net(b)) => a.contains(b) || b.contains(a),
            (Self::Plain, Self::Plain) => true,
            (Self::Plain, Self::Name(n)) | (Self::Name(n), Self::Plain) => {
                n.depth() != Depth::Below && !n.labels().contains('.')
            }
            _ => false,
        }
    }

    /// A host that matches: an `x` for each star, below a `*.`.
    #[must_use]
    pub fn sample(&self) -> Option<Host> {
        match self {
            Self::Plain => HostName::parse("x").ok().map(Host::Name),
            Self::Net(net) => Some(Host::Ip(net.network())),
            Self::Name(name) => name.sample(name.depth == Depth::Below).map(Host::Name),
        }
    }

    /// The name pattern, if it is one.
    #[must_use]
    pub const fn name(&self) -> Option<&NamePattern> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("plain"),
            Self::Name(name) => name.fmt(f),
            Self::Net(net) => f.write_str(&ip::show(net)),
        }
    }
}
