//! What a cell `destination` says, and what hosts it means.

use crate::reader::net::{Span, network};
use crate::reader::text::quoted;

/// A destination.
#[derive(Debug)]
pub(super) enum Target {
    /// Names without a dot.
    Plain,
    Network(Span),
    Name(Name),
    /// What no host is: the name of a service tag, what no rule lists.
    Nothing,
}

/// A name, or many.
#[derive(Debug)]
pub(super) struct Name {
    depth: Depth,
    /// Lower case; without what the depth says.
    labels: Box<str>,
}

/// What stands left of the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Nothing.
    Exact,
    /// `.d`: anything or nothing.
    Any,
    /// `*.d`: one or more labels.
    Below,
}

impl Name {
    /// The longest end that every host has, without stars.
    pub(super) fn tail(&self) -> &str {
        let Some(star) = self.labels.rfind('*') else { return &self.labels };
        self.labels[star..].split_once('.').map_or("", |(_, tail)| tail)
    }

    /// What is left to look at of a host that ends in its [`tail`](Self::tail).
    pub(super) fn rest(self) -> Rest {
        let own = self.labels.bytes().filter(|b| *b == b'.').count() + 1;
        let own = u32::try_from(own).unwrap_or(u32::MAX);
        Rest { depth: self.depth, own, starred: self.labels.contains('*').then_some(self.labels) }
    }
}

/// What is left to look at of a host that ends as a name does.
#[derive(Debug)]
pub(super) struct Rest {
    depth: Depth,
    /// How many labels the name has.
    own: u32,
    /// The labels, when there is a star in any.
    starred: Option<Box<str>>,
}

impl Rest {
    /// Whether a host of so many labels is the name's.
    pub(super) fn matches(&self, host: &str, has: usize) -> bool {
        let own = self.own as usize;
        let deep = match self.depth {
            Depth::Exact => has == own,
            Depth::Any => has >= own,
            Depth::Below => has > own,
        };
        let fits = |labels: &str| {
            let own = host.split('.').skip(has.saturating_sub(own));
            labels.split('.').zip(own).all(|(pattern, label)| star(pattern.as_bytes(), label.as_bytes()))
        };
        deep && self.starred.as_ref().is_none_or(|labels| fits(labels))
    }
}

/// Whether a label is what a label with stars says.
fn star(pattern: &[u8], label: &[u8]) -> bool {
    let (mut p, mut l) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while l < label.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                back = Some((p, l));
            }
            Some(byte) if *byte == label[l] => {
                p += 1;
                l += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    (p, l) = (after, from + 1);
                    back = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

/// A destination of a row, of the kind its cell says.
pub(super) fn read(text: &str, kind: &str) -> Result<Target, String> {
    let tag = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
    match kind {
        "service-tag" if !text.is_empty() && text.bytes().all(tag) => return Ok(Target::Nothing),
        "service-tag" => return Err(format!("{} is no service tag", quoted(text))),
        "default" if text == "everything else" => return Ok(Target::Nothing),
        "default" | "plain" | "host" | "wildcard" | "glob" | "address" | "network" | "url" => {}
        _ => return Err(format!("the kind {} is not known", quoted(kind))),
    }
    let target = of(text)?;
    let is = match &target {
        Target::Plain => "plain",
        Target::Network(_) if text.split_once('/').is_some_and(|(_, path)| !is_length(path)) => "url",
        Target::Network(span) if span.first == span.last => "address",
        Target::Network(_) => "network",
        _ if text.contains('/') => "url",
        Target::Name(name) if name.labels.contains('*') => "glob",
        Target::Name(Name { depth: Depth::Exact, .. }) => "host",
        Target::Name(_) => "wildcard",
        Target::Nothing => "",
    };
    if is != kind {
        return Err(format!("{} is of the kind {is}, not {kind}", quoted(text)));
    }
    Ok(target)
}

/// Whether what stands behind an address and a slash is the length of a prefix, not a path.
fn is_length(path: &str) -> bool {
    path.bytes().all(|b| b.is_ascii_digit())
}

/// A destination by its text alone.
pub(super) fn of(text: &str) -> Result<Target, String> {
    if text == "plain" {
        return Ok(Target::Plain);
    }
    let (first, path) = text.split_once('/').unwrap_or((text, ""));
    if first.contains(':') || first.parse::<std::net::Ipv4Addr>().is_ok() {
        return Ok(Target::Network(network(if is_length(path) { text } else { first })?));
    }
    let (depth, rest) = match (first.strip_prefix("*."), first.strip_prefix('.')) {
        (Some(rest), _) => (Depth::Below, rest),
        (_, Some(rest)) => (Depth::Any, rest),
        _ => (Depth::Exact, first),
    };
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-_*".contains(&b);
    let is_wrong = |label: &[u8]| label.is_empty() || label.len() > 63 || !label.iter().copied().all(fine);
    if rest == "*" || rest.as_bytes().split(|b| *b == b'.').any(is_wrong) {
        return Err(format!("{} is no destination", quoted(text)));
    }
    Ok(Target::Name(Name { depth, labels: rest.to_ascii_lowercase().into() }))
}
