//! Hosts that are asked about at once, with what the oracle sees of them.

use super::expect::Seen;
use super::facts::ZoneFacts;

/// Hosts that are asked about at once: few enough to be kept, and so many that the way to the engine of a script, which is
/// worth some hundred questions, does not matter.
const AT_ONCE: usize = 256;
/// Hosts of a [`Part`] of them.
const PART: usize = AT_ONCE / 4;

/// At which ports a host is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thoroughly {
    /// At all that are worth it.
    Everywhere,
    /// At those of its entries, and at the next few of the others: there are so many hosts that each is met often.
    AtOwn,
    /// At the next few.
    AtFew,
    /// At the next one.
    AtAny,
}

impl Thoroughly {
    /// Where there are many hosts: at which ports those are asked about in a zone. Where none of its entries names ports, all are
    /// alike to the policy.
    pub(super) const fn in_zone(self, zone: &ZoneFacts) -> Self {
        match self {
            Self::AtOwn if !zone.by_port => Self::AtAny,
            Self::AtAny if zone.by_port => Self::AtFew,
            asked => asked,
        }
    }
}

/// Hosts that are asked about at once, in parts that are looked at by whoever has nothing else to do.
pub(super) struct Group<'h, 'o, 'c>(Vec<Part<'h, 'o, 'c>>);

/// Hosts with the eyes of every zone.
pub(super) struct Part<'h, 'o, 'c> {
    names: Vec<(&'h str, Thoroughly)>,
    /// Of each name what every zone sees.
    seen: Vec<Seen<'o, 'c>>,
}

/// A host with the eyes of every zone.
#[derive(Clone, Copy)]
pub(super) struct Host<'g, 'h, 'o, 'c> {
    pub(super) name: &'h str,
    pub(super) asked: Thoroughly,
    pub(super) seen: &'g [Seen<'o, 'c>],
}

impl<'h, 'o, 'c> Group<'h, 'o, 'c> {
    /// Hosts in groups. Nobody has looked at them.
    pub(super) fn all<'n>(names: &'n [(&'h str, Thoroughly)]) -> impl Iterator<Item = Self> + use<'n, 'h, 'o, 'c> {
        let part = |names: &[_]| Part { names: names.to_vec(), seen: Vec::new() };
        names.chunks(AT_ONCE).map(move |names| Self(names.chunks(PART).map(part).collect()))
    }

    pub(super) fn parts(&mut self) -> impl Iterator<Item = &mut Part<'h, 'o, 'c>> {
        self.0.iter_mut()
    }

    pub(super) fn get(&self, at: usize) -> Option<Host<'_, 'h, 'o, 'c>> {
        self.0.get(at / PART)?.get(at % PART)
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = Host<'_, 'h, 'o, 'c>> {
        self.0.iter().flat_map(|part| (0..part.names.len()).filter_map(|at| part.get(at)))
    }
}

impl<'h, 'o, 'c> Part<'h, 'o, 'c> {
    /// Looks at the hosts.
    pub(super) fn look(&mut self, zones: &'o [ZoneFacts<'c>]) {
        self.seen.reserve(self.names.len() * zones.len());
        for (name, _) in &self.names {
            self.seen.extend(zones.iter().map(|zone| Seen::host(zone, name)));
        }
    }

    fn get(&self, at: usize) -> Option<Host<'_, 'h, 'o, 'c>> {
        let (name, asked) = *self.names.get(at)?;
        let zones = self.seen.len() / self.names.len();
        let seen = self.seen.get(at * zones..)?.get(..zones)?;
        Some(Host { name, asked, seen })
    }
}
