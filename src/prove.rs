//! The proof: every artifact is read back by its format's own meaning and compared with a naive oracle over what people
//! wrote, on a witness for every class of the policy. Nothing is published that differs without having said so.
//!
//! In: [`Built`]. Out: [`Proof`], or findings that stop the build. Never: the tables, patterns and normal forms of the
//! stages it judges.

pub mod compare;
mod facts;
pub mod oracle;
pub mod witness;

use std::collections::BTreeMap;

use crate::diag::{Code, Sink};
use crate::pipeline::Built;
use crate::reader::File;
use crate::source::Files;
use crate::target::read_back::Back;
use compare::{Difference, compare};
use facts::ZoneFacts;
use witness::Witnesses;

/// What a proof came to.
#[derive(Debug, Default)]
pub struct Proof {
    /// Classes of hosts: states of the automaton over labels, and ranges of addresses.
    pub classes: usize,
    /// Hosts asked for.
    pub hosts: usize,
    /// Outputs proved: name, and questions asked of it.
    pub outputs: Vec<(String, usize)>,
    /// Outputs that no reader can read: the user's own templates.
    pub unread: Vec<String>,
    /// Differences found.
    pub differences: usize,
}

/// Most differences that are told of one output; the first few show the cause.
const TOLD: usize = 5;

/// Proves everything that was built; what differs goes into the sink.
#[must_use]
pub fn prove(built: &Built, files: &Files, sink: &mut Sink) -> Proof {
    let zones: Vec<ZoneFacts> = built.plan.policies.iter().map(|p| facts::of_zone(built, files, p.zone)).collect();
    let texts = zones.iter().flat_map(|zone| zone.oracle.facts().map(|fact| fact.text.as_str()));
    let witnesses = witness::witnesses(texts);
    let mut proof = Proof { classes: witnesses.classes, hosts: witnesses.hosts.len(), ..Proof::default() };
    for zone in &zones {
        for fact in zone.oracle.unreadable() {
            sink.push(Code::Unproved.nowhere(format!("the oracle cannot read `{}`", fact.text)));
        }
    }
    for at in 0..built.outputs.len() {
        one(built, at, &zones, &witnesses, &mut proof, sink);
    }
    proof
}

fn one(built: &Built, at: usize, zones: &[ZoneFacts], witnesses: &Witnesses, proof: &mut Proof, sink: &mut Sink) {
    let Some(output) = built.outputs.get(at) else { return };
    let bytes: Vec<File> = built
        .artifacts
        .iter()
        .filter(|a| a.output == at)
        .map(|a| File { path: a.path.strip_prefix(&output.common.place).unwrap_or(&a.path), bytes: &a.bytes })
        .collect();
    let mut back: Box<dyn Back> = match output.emitter.read_back(&output.common, &built.plan, &bytes) {
        None => {
            proof.unread.push(output.id.clone());
            return;
        }
        Some(Ok(back)) => back,
        Some(Err(problems)) => {
            for problem in problems.iter().take(TOLD) {
                let message = format!("`{}` line {}: {}", problem.path, problem.line, problem.message);
                sink.push(Code::Unproved.at(output.common.span, message));
            }
            proof.differences += problems.len();
            return;
        }
    };
    let mut asked = 0;
    let mut found: Vec<Difference> = Vec::new();
    for zone in zones.iter().filter(|z| output.common.zones.contains(&z.zone)) {
        asked += compare(built, at, (zone, zones), witnesses, back.as_mut(), &mut found);
    }
    proof.differences += found.len();
    proof.outputs.push((output.id.clone(), asked));
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for difference in &found {
        let count = told.entry(difference.entry.clone()).or_default();
        *count += 1;
        if *count == 1 && told.len() <= TOLD {
            sink.push(Code::Unproved.at(output.common.span, difference.message(&output.id)));
        }
    }
}
