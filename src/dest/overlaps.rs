//! Things found by a pattern with which theirs may have a host in common.

use super::{Ends, Pattern};

/// Things by their patterns: of many, those for which [`Pattern::may_overlap`] is worth asking.
#[derive(Debug)]
pub struct Overlaps<'p, T> {
    names: Ends<'p, T>,
    plain: Vec<T>,
    nets: Vec<T>,
}

impl<'p, T> FromIterator<(&'p Pattern, T)> for Overlaps<'p, T> {
    fn from_iter<I: IntoIterator<Item = (&'p Pattern, T)>>(things: I) -> Self {
        let (mut names, mut plain, mut nets) = (Vec::new(), Vec::new(), Vec::new());
        for (pattern, thing) in things {
            match pattern {
                Pattern::Name(name) => names.push((name.anchor(), thing)),
                Pattern::Plain => plain.push(thing),
                Pattern::Net(_) => nets.push(thing),
            }
        }
        Self { names: names.into_iter().collect(), plain, nets }
    }
}

impl<T> Overlaps<'_, T> {
    /// What may have a host in common with a pattern.
    pub fn near<'s>(&'s self, pattern: &'s Pattern) -> impl Iterator<Item = &'s T> {
        let below = pattern.name().into_iter().flat_map(|name| self.names.below(name.anchor()));
        self.up(pattern).chain(below)
    }

    /// The same, but of names only those that end no deeper: all that can take everything of a pattern, or be less specific.
    pub fn up<'s>(&'s self, pattern: &'s Pattern) -> impl Iterator<Item = &'s T> {
        let (plain, nets): (&[T], &[T]) = match pattern {
            Pattern::Net(_) => (&[], &self.nets),
            Pattern::Name(_) | Pattern::Plain => (&self.plain, &[]),
        };
        let up = pattern.name().into_iter().flat_map(|name| self.names.up(name.anchor()));
        // Names without a dot are anywhere.
        let all = matches!(pattern, Pattern::Plain).then(|| self.names.near(""));
        plain.iter().chain(nets).chain(up).chain(all.into_iter().flatten())
    }
}
