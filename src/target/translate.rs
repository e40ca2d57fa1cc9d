//! One loop over endpoints and lines for all targets: how each is said, so that no target can forget one.

use std::collections::BTreeMap;

use super::fidelity::{Fidelity, Kind, Reason};
use super::{Output, Sheet, Subject};
use ipnet::IpNet;
use rayon::prelude::*;

use crate::catalog::Via;
use crate::dest::{Dest, Pattern};
use crate::diag::Sink;
use crate::policy::Origin;
use crate::resolve::{Item, Leads, Plan};

/// What an output makes of a plan.
#[derive(Debug)]
pub struct Translation {
    /// How many entries they hold.
    pub entries: usize,
    /// How each item of the plan is said, in their order.
    pub said: Vec<Said>,
    /// How each line of each rule is said.
    pub lines: Vec<LinesSaid>,
}

/// How something is said, and by which other outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// How.
    pub fidelity: Fidelity,
    /// For `elsewhere`: the outputs that carry it, by position.
    pub carried_by: Vec<usize>,
}

/// How the lines of a rule are said.
#[derive(Debug, Default)]
pub struct LinesSaid {
    /// The rule, by position.
    pub rule: usize,
    /// How many lines it has.
    pub total: usize,
    /// The lines that are not said exactly, by position.
    pub not_exact: BTreeMap<usize, Said>,
}

/// How often each kind occurs among endpoints and lines of an output.
#[must_use]
pub fn counts<'s>(said: impl Iterator<Item = &'s Said>, exact_lines: usize) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> = Kind::ALL.iter().map(|k| (k.word(), 0)).collect();
    for said in said {
        *counts.entry(said.fidelity.kind().word()).or_default() += 1;
    }
    *counts.entry(Kind::Exact.word()).or_default() += exact_lines;
    counts
}

/// How many lines of an output are said exactly.
#[must_use]
pub fn exact_lines(lines: &[LinesSaid]) -> usize {
    lines.iter().map(|l| l.total - l.not_exact.len()).sum()
}

/// Translates a plan for all outputs, and makes something of the sheets of each at once: its files. What templates are given is
/// worth as much memory, and is not kept beside them.
pub fn translate<F: Send>(
    outputs: &[Output],
    plan: &Plan,
    sink: &mut Sink,
    files: impl Fn(&Output, Vec<Sheet>) -> F + Sync,
) -> (Vec<Translation>, Vec<F>) {
    let translated: Vec<(Translation, F, Sink)> = outputs
        .par_iter()
        .map(|output| {
            let mut sink = Sink::default();
            let (translation, sheets) = one(output, plan, &mut sink);
            let files = files(output, sheets);
            (translation, files, sink)
        })
        .collect();
    let mut all = Vec::with_capacity(translated.len());
    let mut made = Vec::with_capacity(translated.len());
    for (translation, files, of_output) in translated {
        sink.append(of_output);
        all.push(translation);
        made.push(files);
    }
    settle(&mut all, plan.items.len());
    (all, made)
}

fn one(output: &Output, plan: &Plan, sink: &mut Sink) -> (Translation, Vec<Sheet>) {
    let emission = output.emitter.emit(&output.common, plan, sink);
    let mut said: Vec<Fidelity> = plan.items.iter().map(|item| say_item(output, item, plan)).collect();
    let mut lines = Vec::new();
    for (at, rule) in plan.site.rules.iter().enumerate().filter(|(_, r)| !r.hosts.is_empty()) {
        let here = rule.zones.iter().any(|z| output.common.zones.contains(z));
        let mut not_exact = BTreeMap::new();
        for (line, host) in rule.hosts.iter().enumerate() {
            let subject =
                Subject { dest: Some(&host.dest), ports: &rule.ports, via: Via::Proxy, route: rule.route, item: None };
            let fidelity =
                if here { output.emitter.say(&output.common, &subject) } else { Fidelity::because(Reason::OtherZone) };
            if fidelity.kind() != Kind::Exact {
                not_exact.insert(line, Said { fidelity, carried_by: Vec::new() });
            }
        }
        lines.push(LinesSaid { rule: at, total: rule.hosts.len(), not_exact });
    }
    for (rule, origin, reason) in &emission.more {
        match origin {
            Origin::Item(at) => {
                if let Some(fidelity) = said.get_mut(*at as usize) {
                    fidelity.add(*reason);
                }
            }
            Origin::Line(at) => {
                if let Some(of_rule) = lines.iter_mut().find(|l| l.rule == *rule as usize) {
                    of_rule.not_exact.entry(*at as usize).or_default().fidelity.add(*reason);
                }
            }
        }
    }
    let said = said.into_iter().map(|fidelity| Said { fidelity, carried_by: Vec::new() }).collect();
    (Translation { entries: emission.entries, said, lines }, emission.sheets)
}

fn say_item(output: &Output, item: &Item, plan: &Plan) -> Fidelity {
    if matches!(item.leads, Leads::Unset(_)) {
        return Fidelity::because(Reason::ParameterUnset);
    }
    let placed = || item.placed.iter().filter(|p| output.common.zones.contains(&p.zone));
    let mut across: Option<Fidelity> = None;
    for place in placed().filter(|p| !p.wrong_vantage) {
        let endpoint = item.endpoint;
        let subject = Subject {
            dest: item.dest(),
            ports: &endpoint.ports,
            via: endpoint.via,
            route: place.route,
            item: Some(item),
        };
        let mut said = say(output, item, &subject);
        if said.reasons == [Reason::NotByProxy] && plan.twin_is_proxied(place.zone, item) {
            said = Fidelity::because(Reason::UdpTwin);
        }
        across = Some(match across {
            Some(before) => before.across_zones(said),
            None => said,
        });
    }
    across.unwrap_or_else(|| {
        let barred = placed().next().is_some();
        Fidelity::because(if barred { Reason::WrongVantage } else { Reason::OtherZone })
    })
}

/// How an output says an item; what a proxy decides by the networks of a tag, network by network.
fn say(output: &Output, item: &Item, subject: &Subject) -> Fidelity {
    let (Leads::Tag(_), Via::Proxy, [_, ..]) = (&item.leads, subject.via, item.networks()) else {
        return output.emitter.say(&output.common, subject);
    };
    let of_one = |net: &IpNet| {
        let dest = Dest::from(Pattern::Net(*net));
        output.emitter.say(&output.common, &Subject { dest: Some(&dest), ..*subject })
    };
    let said: Vec<Fidelity> = item.networks().iter().map(of_one).collect();
    let is_dropped = |said: &Fidelity| said.kind() == Kind::Dropped;
    let in_part = said.iter().any(is_dropped) && !said.iter().all(is_dropped);
    let mut whole = Fidelity::exact();
    for one in said.iter().filter(|said| !in_part || !is_dropped(said)) {
        one.reasons.iter().for_each(|reason| whole.add(*reason));
    }
    if in_part {
        whole.add(Reason::TagInPart);
    }
    whole
}

/// Names the outputs that carry what an output leaves to others; what none carries is dropped.
fn settle(all: &mut [Translation], items: usize) {
    let carries =
        |said: Option<&Said>| said.is_none_or(|s| !matches!(s.fidelity.kind(), Kind::Elsewhere | Kind::Dropped));
    let finish = |said: &mut Said, carriers: Vec<usize>| {
        if said.fidelity.kind() == Kind::Elsewhere {
            // A QUIC twin is left out on purpose: its TCP name is carried.
            if carriers.is_empty() && !said.fidelity.reasons.contains(&Reason::UdpTwin) {
                said.fidelity.add(Reason::NoOtherOutput);
            }
            said.carried_by = carriers;
        }
    };
    for at in 0..items {
        let carriers: Vec<usize> = (0..all.len())
            .filter(|o| all.get(*o).is_some_and(|t| t.said.get(at).is_some_and(|s| carries(Some(s)))))
            .collect();
        for translation in all.iter_mut() {
            if let Some(said) = translation.said.get_mut(at) {
                finish(said, carriers.clone());
            }
        }
    }
    let rules = all.first().map_or(0, |t| t.lines.len());
    for rule in 0..rules {
        let mut lines: Vec<usize> =
            all.iter().filter_map(|t| t.lines.get(rule)).flat_map(|l| l.not_exact.keys().copied()).collect();
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            let carriers: Vec<usize> = (0..all.len())
                .filter(|o| {
                    all.get(*o).and_then(|t| t.lines.get(rule)).is_some_and(|l| carries(l.not_exact.get(&line)))
                })
                .collect();
            for translation in all.iter_mut() {
                if let Some(said) = translation.lines.get_mut(rule).and_then(|l| l.not_exact.get_mut(&line)) {
                    finish(said, carriers.clone());
                }
            }
        }
    }
}
