//! Positions in a list, many in few words: `1-4,9`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Positions from 1, ascending, as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions(Vec<(usize, usize)>);

impl Positions {
    /// Adds one that is greater than all before.
    pub fn push(&mut self, at: usize) {
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => self.0.push((at, at)),
        }
    }

    /// The ranges, first and last.
    #[must_use]
    pub fn ranges(&self) -> &[(usize, usize)] {
        &self.0
    }

    /// The first.
    #[must_use]
    pub fn first(&self) -> Option<usize> {
        self.0.first().map(|(first, _)| *first)
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for word in text.split(',') {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            let range: (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            let after = found.last().map_or(0, |(_, last)| *last);
            if range.0 <= after || range.1 < range.0 {
                return None;
            }
            found.push(range);
        }
        Some(Self(found))
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            if first == last { write!(f, "{first}")? } else { write!(f, "{first}-{last}")? }
        }
        Ok(())
    }
}

impl Serialize for Positions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Positions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<str>>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` are no ascending positions")))
    }
}
