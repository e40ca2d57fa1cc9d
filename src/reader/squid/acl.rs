//! ACLs: what their values are, which of them are in each other's way, and what they match.

use super::domain;
use super::ere::Pattern;
use super::request::Asked;
use crate::reader::names::Names;
use crate::reader::net::{Span, Spans, port_in, ports, span};
use crate::reader::text::quoted;

/// An ACL that a line names, or its opposite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    pub(super) acl: usize,
    pub(super) not: bool,
}

/// What is defined under one name.
#[derive(Debug)]
pub(super) struct Acl {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it asks who the user is, itself or by what it names.
    pub(super) asks: bool,
}

/// What an ACL looks at.
#[derive(Debug)]
pub(super) enum Kind {
    /// Everything.
    All,
    /// A user, who is taken as known.
    User,
    Domains(Names),
    Regexes {
        patterns: Vec<Pattern>,
        /// The patterns by what a host must end with; those without such an end beside them.
        by_tail: Names,
        others: Vec<usize>,
    },
    Destinations(Spans),
    Clients(Spans),
    Ports(Vec<(u16, u16)>),
    /// One of the lines matches in all it names.
    AllOf(Vec<Vec<Named>>),
    /// One of the names matches.
    AnyOf(Vec<Named>),
}

impl Kind {
    /// An ACL of a type without values yet.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "dstdomain" => Self::Domains(Names::default()),
            "dstdom_regex" => Self::Regexes { patterns: Vec::new(), by_tail: Names::default(), others: Vec::new() },
            "dst" => Self::Destinations(Spans::default()),
            "src" => Self::Clients(Spans::default()),
            "port" => Self::Ports(Vec::new()),
            "all-of" => Self::AllOf(Vec::new()),
            "any-of" => Self::AnyOf(Vec::new()),
            _ => return None,
        })
    }

    /// The type in Squid's word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::All | Self::Clients(_) => "src",
            Self::User => "proxy_auth",
            Self::Domains(_) => "dstdomain",
            Self::Regexes { .. } => "dstdom_regex",
            Self::Destinations(_) => "dst",
            Self::Ports(_) => "port",
            Self::AllOf(_) => "all-of",
            Self::AnyOf(_) => "any-of",
        }
    }

    /// Whether the type looks at the host and nothing else.
    pub(super) fn is_of_host(&self) -> bool {
        matches!(self, Self::Domains(_) | Self::Regexes { .. } | Self::Destinations(_))
    }

    /// Whether the type may look names up, which `-n` forbids.
    pub(super) fn looks_up(&self) -> bool {
        self.is_of_host()
    }

    /// Makes room for so many values.
    pub(super) fn reserve(&mut self, more: usize) {
        if let Self::Domains(names) = self {
            names.reserve(more);
        }
    }

    /// Adds a value; `tag` is where it stands.
    pub(super) fn add(&mut self, value: &str, any_case: bool, tag: u32) -> Result<(), String> {
        match self {
            Self::Domains(names) => {
                let (name, below) = domain::value(value)?;
                names.add(name, below, tag);
            }
            Self::Regexes { patterns, by_tail, others } => {
                let pattern = Pattern::read(value, any_case)?;
                if pattern.tail.is_empty() {
                    others.push(patterns.len());
                } else {
                    by_tail.add(&pattern.tail, true, u32::try_from(patterns.len()).unwrap_or(u32::MAX));
                }
                patterns.push(pattern);
            }
            Self::Destinations(spans) => {
                let span = addresses(value)?;
                if span.last == 0 {
                    return Err(format!("{} is a name to Squid, not an address", quoted(value)));
                }
                spans.add(span, tag);
            }
            Self::Clients(spans) => spans.add(addresses(value)?, tag),
            Self::Ports(ranges) => ranges.push(ports(value)?),
            Self::All | Self::User | Self::AllOf(_) | Self::AnyOf(_) => {
                return Err("no value can stand here".to_owned());
            }
        }
        Ok(())
    }

    /// After the last value: the tags of those that others cover or overlap, each with the other's.
    pub(super) fn finish(&mut self) -> Vec<(u32, u32)> {
        match self {
            Self::Domains(names) => {
                names.finish();
                names.covered()
            }
            Self::Regexes { by_tail, .. } => {
                by_tail.finish();
                Vec::new()
            }
            Self::Destinations(spans) | Self::Clients(spans) => spans.finish(),
            _ => Vec::new(),
        }
    }

    /// Whether an ACL with values matches; groups are the business of `Passage`.
    pub(super) fn matches(&self, asked: &Asked) -> bool {
        match self {
            Self::All | Self::User => true,
            Self::Domains(names) => names.find(&asked.host).any(|f| f.below || f.depth == 0),
            Self::Regexes { patterns, by_tail, others } => {
                let matches = |at: usize| patterns.get(at).is_some_and(|p| p.matches(asked.host.host()));
                by_tail.find(&asked.host).any(|f| matches(f.tag as usize)) || others.iter().any(|at| matches(*at))
            }
            Self::Destinations(spans) => asked.address.is_some_and(|a| spans.hold(a)),
            Self::Clients(spans) => asked.client.is_some_and(|a| spans.hold(a)),
            Self::Ports(ranges) => port_in(ranges, asked.port),
            Self::AllOf(_) | Self::AnyOf(_) => false,
        }
    }
}

/// Addresses, of one family: Squid keeps IPv4 as a part of IPv6.
fn addresses(value: &str) -> Result<Span, String> {
    let span = span(value)?;
    if span.is_everything() {
        return Err(format!("{} is every address: Squid wants `all`", quoted(value)));
    }
    if span.holds_mapped() {
        return Err(format!("{} holds IPv4 addresses, as IPv6", quoted(value)));
    }
    Ok(span)
}
