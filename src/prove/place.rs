//! Where a difference comes from: the output, the entry that people wrote, and the line of the file that speaks of it.

use super::Unproved;
use super::difference::Culprit;
use super::oracle::FactId;
use crate::dest::{Dest, Host};
use crate::diag::{Code, Diagnostic};
use crate::pipeline::Built;
use crate::site::ZoneId;
use crate::source::Span;
use crate::target::Sought;

/// The finding for something that a build could not prove.
pub fn finding(built: &Built, unproved: &Unproved) -> Diagnostic {
    let output = built.outputs.iter().position(|output| Some(&output.id) == unproved.output.as_ref());
    let Some((at, output)) = output.and_then(|at| Some((at, built.outputs.get(at)?))) else {
        return Code::Unproved.nowhere(unproved.message.clone());
    };
    let mut finding = Code::Unproved.at(output.common.span, unproved.message.clone());
    if let Some(culprit) = &unproved.entry {
        if let Some((span, _, _)) = entry(built, culprit.id) {
            finding = finding.also(span, "the entry");
        }
        finding = finding.help(match line(built, at, culprit) {
            Some((path, number, line)) => format!("`{path}` line {number}: `{}`", crate::diag::clip(line.trim())),
            None => "no line of its files names the entry".to_owned(),
        });
    }
    finding
}

/// The place of an entry, its destination when it has one, and its rule.
fn entry<'b>(built: &'b Built, id: FactId) -> Option<(Span, Option<&'b Dest>, usize)> {
    match id {
        FactId::Endpoint(at) => {
            let item = built.plan.items.get(at)?;
            Some((item.endpoint.span, item.dest(), item.placed.first().map_or(0, |placed| placed.rule)))
        }
        FactId::Line(rule, line) => {
            let line = built.plan.site.rules.get(rule)?.hosts.get(line)?;
            Some((line.span, Some(&line.dest), rule))
        }
    }
}

/// The line of the output's files for an entry.
fn line(built: &Built, output: usize, culprit: &Culprit) -> Option<(String, usize, String)> {
    let (_, dest, rule) = entry(built, culprit.id)?;
    let (dest, host) = (dest?, Host::parse(&culprit.host).ok()?);
    let item = match culprit.id {
        FactId::Endpoint(at) => built.plan.items.get(at),
        FactId::Line(..) => None,
    };
    let sought = Sought {
        plan: &built.plan,
        zone: ZoneId(u16::try_from(culprit.zone).unwrap_or(u16::MAX)),
        host: &host,
        pattern: &dest.pattern,
        dest,
        item,
        rule,
        is_final: built.plan.site.rules.get(rule).is_some_and(|rule| rule.is_final),
    };
    built.find(output, &sought)
}
