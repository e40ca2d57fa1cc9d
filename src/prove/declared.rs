//! What an output has declared not to say exactly: found by the fact it is about.

use std::collections::BTreeMap;

use super::oracle::{Fact, FactId};
use crate::claims::{Claims, Said};
use crate::target::fidelity::{Kind, Reason};

/// The declarations of one output.
#[derive(Debug)]
pub struct Declared<'c> {
    endpoints: Vec<Option<&'c Said>>,
    /// By rule and first line of a range, both from 0: the line behind its last, and what is said.
    lines: BTreeMap<(usize, usize), (usize, &'c Said)>,
}

impl<'c> Declared<'c> {
    /// The declarations of an output.
    pub fn of(claims: &'c Claims, output: &str) -> Self {
        let endpoints = claims.endpoints.iter().map(|e| e.said.iter().find(|said| said.output == output)).collect();
        let mut lines = BTreeMap::new();
        for line in claims.lines.iter().filter(|line| line.said.output == output) {
            for (first, last) in line.at.ranges() {
                lines.insert((line.rule.wrapping_sub(1), first - 1), (*last, &line.said));
            }
        }
        Self { endpoints, lines }
    }

    fn said(&self, id: FactId) -> Option<&'c Said> {
        match id {
            FactId::Endpoint(at) => self.endpoints.get(at).copied().flatten(),
            FactId::Line(rule, line) => {
                let ((of_rule, _), (behind, said)) = self.lines.range(..=(rule, line)).next_back()?;
                (*of_rule == rule && line < *behind).then_some(*said)
            }
        }
    }

    /// Whether an entry may be said less than it is.
    pub fn less(&self, fact: &Fact) -> bool {
        self.has(fact, |reason| reason.says_less() && reason != Reason::MarkOfAddress)
    }

    /// Whether the lists of marked hosts may lack it.
    pub fn less_of_marks(&self, fact: &Fact) -> bool {
        self.has(fact, Reason::says_less)
    }

    /// Whether an entry may be said wider than it is.
    pub fn more(&self, fact: &Fact) -> bool {
        self.has(fact, |reason| reason.kind() == Kind::Widened && reason != Reason::ListTakesMore)
    }

    /// Whether the lists of marked hosts may take hosts that it does not mark: those that another entry lets through, or
    /// others.
    pub fn more_of_marks(&self, fact: &Fact, is_listed: bool) -> bool {
        let takes = |reason| matches!(reason, Reason::ListTakesMore | Reason::ZonesShareList);
        self.has(fact, |reason| if is_listed { takes(reason) } else { reason.kind() == Kind::Widened })
    }

    fn has(&self, fact: &Fact, is: impl Fn(Reason) -> bool) -> bool {
        self.said(fact.id).is_some_and(|said| said.reasons.iter().any(|reason| is(*reason)))
    }
}
