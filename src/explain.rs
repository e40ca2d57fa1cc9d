//! Where a host goes, who won, who lost and why, and the line of each artifact that says so.
//!
//! In: [`Built`] and a question. Out: [`Answer`], for people and programs. Never: deciding; it asks the policy.

use rayon::prelude::*;
use serde::Serialize;

use crate::catalog::Via;
use crate::dest::{Ask, Host};
use crate::pipeline::Built;
use crate::policy::{Entry, Origin, Policy};
use crate::resolve::Item;
use crate::source::Files;
use crate::target::fidelity::{Kind, Reason};
use crate::target::translate::{Said, Translation};
use crate::target::{Output, Sought, Subject};

/// The answer to one question.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The question as asked.
    pub asked: String,
    /// Its host and port.
    pub host_port: String,
    /// Per zone.
    pub zones: Vec<ZoneAnswer>,
    /// Selected endpoints of this destination that no proxy carries.
    pub not_by_proxy: Vec<Other>,
    /// What some clients do on their own.
    pub note: Option<String>,
}

/// The answer in one zone.
#[derive(Debug, Serialize)]
pub struct ZoneAnswer {
    /// The zone.
    pub zone: Option<String>,
    /// The route's name.
    pub route: String,
    /// Why, in a sentence.
    pub why: String,
    /// What matches the host, the strongest first.
    pub candidates: Vec<Candidate>,
    /// The lines of the artifacts.
    pub lines: Vec<Line>,
}

/// An entry that matches the host.
#[derive(Debug, Serialize)]
pub struct Candidate {
    /// Whether it decides.
    pub wins: bool,
    /// Its pattern.
    pub destination: String,
    /// Its ports.
    pub ports: String,
    /// Its route.
    pub route: String,
    /// `service/endpoint`, or the rule.
    pub endpoint: String,
    /// Its `file:line`.
    pub place: String,
    /// The rule's `file:line`.
    pub rule: String,
    /// Why it loses.
    pub why: Option<String>,
    /// The day from which the endpoint is live, when the catalog names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_from: Option<String>,
}

/// A line of an artifact.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The output.
    pub output: String,
    /// How it says the winner.
    pub how: String,
    /// The file.
    pub file: Option<String>,
    /// The line's number.
    pub line: Option<usize>,
    /// The line.
    pub text: Option<String>,
}

/// An endpoint that the firewall has to carry.
#[derive(Debug, Serialize)]
pub struct Other {
    /// `service/endpoint`.
    pub endpoint: String,
    /// Its destination.
    pub destination: String,
    /// Its ports.
    pub ports: String,
    /// Its `file:line`.
    pub place: String,
    /// The day from which it is live, when the catalog names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_from: Option<String>,
    /// The lines that say it.
    pub lines: Vec<Line>,
}

/// Answers one question.
#[must_use]
pub fn explain(built: &Built, files: &Files, asked: &str, ask: &Ask) -> Answer {
    let zones = built.plan.policies.iter().map(|policy| in_zone(built, files, policy, ask)).collect();
    let matching = |item: &&Item| {
        item.endpoint.via == Via::Firewall
            && item.dest().is_some_and(|d| d.pattern.matches(&ask.host))
            && item.placed.iter().any(|p| !p.wrong_vantage && !built.plan.twin_is_proxied(p.zone, item))
    };
    let not_by_proxy = built.plan.items.iter().filter(matching).map(|item| Other {
        endpoint: item.key(),
        destination: item.destination(),
        ports: item.endpoint.ports.to_string(),
        place: files.line(item.endpoint.span),
        live_from: item.endpoint.effective.clone(),
        lines: firewall_lines(built, item, &ask.host),
    });
    Answer {
        asked: asked.to_owned(),
        host_port: ask.to_string(),
        zones,
        not_by_proxy: not_by_proxy.collect(),
        note: own_ways(&ask.host).map(str::to_owned),
    }
}

/// The lines that say an endpoint no proxy carries.
fn firewall_lines(built: &Built, item: &Item, host: &Host) -> Vec<Line> {
    let (Some(placed), Some(dest)) = (item.placed.first(), item.dest()) else { return Vec::new() };
    let sought = Sought {
        plan: &built.plan,
        zone: placed.zone,
        host,
        pattern: &dest.pattern,
        dest,
        item: Some(item),
        rule: placed.rule,
        is_final: false,
    };
    let says = |(at, output): (usize, &Output)| {
        let (file, line, text) = built.find(at, &sought)?;
        Some(Line {
            output: output.id.clone(),
            how: "exact".to_owned(),
            file: Some(file),
            line: Some(line),
            text: Some(text),
        })
    };
    built.outputs.iter().enumerate().filter(|(_, o)| o.target.lists_firewall).filter_map(says).collect()
}

/// Hosts that Chrome sends direct before it asks a PAC (since version 71).
fn own_ways(host: &Host) -> Option<&'static str> {
    let implicit = match host {
        Host::Name(name) => name.as_str() == "localhost" || name.as_str().ends_with(".localhost"),
        Host::Ip(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Host::Ip(std::net::IpAddr::V6(ip)) => ip.is_loopback() || (ip.segments()[0] & 0xffc0) == 0xfe80,
    };
    implicit.then_some("Chrome and Edge reach this host directly without asking the PAC")
}

fn in_zone(built: &Built, files: &Files, policy: &Policy, ask: &Ask) -> ZoneAnswer {
    let plan = &built.plan;
    let winner = policy.winner(ask);
    let route = winner.map_or(policy.default, |w| w.route);
    let mut candidates = Vec::new();
    let mut won = false;
    for entry in policy.matching(&ask.host) {
        let covers = entry.ports.covers(ask.port);
        let wins = covers && !won;
        let why = if wins {
            None
        } else if !covers {
            Some(ask.port.map_or_else(|| "not for an unknown port".to_owned(), |p| format!("not for port {p}")))
        } else {
            Some(loses(winner, entry))
        };
        won |= wins;
        candidates.push(Candidate {
            wins,
            destination: plan.item(entry).map_or_else(|| entry.pattern.to_string(), Item::destination),
            ports: entry.ports.to_string(),
            route: plan.site.route(entry.route).name.clone(),
            endpoint: plan.name(entry),
            place: files.line(plan.span(entry)),
            rule: plan.rule(entry).map_or_else(String::new, |r| files.line(r.span)),
            why,
            live_from: plan.item(entry).and_then(|item| item.endpoint.effective.clone()),
        });
    }
    let why = match winner {
        None => "no rule lists it: the zone's default".to_owned(),
        Some(entry) => {
            let more = if entry.is_final { ", a final rule" } else { "" };
            let rule = plan.rule(entry).map_or_else(String::new, |r| files.line(r.span));
            format!("`{}` of {} decides, by rule {} at {rule}{more}", entry.pattern, plan.name(entry), entry.rule + 1)
        }
    };
    ZoneAnswer {
        zone: plan.site.zone(policy.zone).name.clone(),
        route: plan.site.route(route).name.clone(),
        why,
        candidates,
        lines: lines(built, policy, winner, &ask.host),
    }
}

fn loses(winner: Option<&Entry>, entry: &Entry) -> String {
    let Some(winner) = winner else {
        return String::new();
    };
    if winner.is_final && !entry.is_final {
        "a final rule decides".to_owned()
    } else if winner.pattern.compare(&entry.pattern) == std::cmp::Ordering::Greater {
        "less specific".to_owned()
    } else {
        "as specific, but a later rule".to_owned()
    }
}

/// The line of each output of the zone that says the winner.
fn lines(built: &Built, policy: &Policy, winner: Option<&Entry>, host: &Host) -> Vec<Line> {
    let of_zone = |at: &usize| built.outputs.get(*at).is_some_and(|o| o.common.zones.contains(&policy.zone));
    let outputs = (0..built.outputs.len()).into_par_iter().filter(of_zone);
    outputs.filter_map(|at| line(built, at, policy, winner, host)).collect()
}

fn line(built: &Built, at: usize, policy: &Policy, winner: Option<&Entry>, host: &Host) -> Option<Line> {
    let (output, translation) = (built.outputs.get(at)?, built.translations.get(at)?);
    let without = |how: String| Some(Line { output: output.id.clone(), how, file: None, line: None, text: None });
    // A PAC that looks at ports otherwise may list what the strict policy does not.
    let looser = || {
        policy.matching(host).into_iter().find(|entry| {
            said_of(translation, entry).is_some_and(|s| {
                s.fidelity.reasons.iter().any(|r| matches!(r, Reason::PortsWeb | Reason::PortsIgnored))
            })
        })
    };
    let Some(winner) = winner.or_else(looser) else {
        return without("no line: what no rule lists takes the default".to_owned());
    };
    let said = said_of(translation, winner);
    let dest = built.plan.dest(winner);
    // In this zone: another zone's route may be one this output serves.
    let subject = Subject {
        dest: Some(&dest),
        ports: &winner.ports,
        via: Via::Proxy,
        route: winner.route,
        item: built.plan.item(winner),
    };
    let here = output.emitter.say(&output.common, &subject);
    if here.kind() == Kind::Elsewhere {
        let carried_by = said.map(|s| s.carried_by.clone()).unwrap_or_default();
        return without(how(Some(&Said { fidelity: here, carried_by }), &built.outputs));
    }
    let sought = Sought {
        plan: &built.plan,
        zone: policy.zone,
        host,
        pattern: &winner.pattern,
        dest: &dest,
        item: built.plan.item(winner),
        rule: winner.rule as usize,
        is_final: winner.is_final,
    };
    // What another output carries has no line here, whatever else spells the same.
    let carried = said.is_none_or(|s| !matches!(s.fidelity.kind(), Kind::Elsewhere | Kind::Dropped));
    let found = if carried { built.find(at, &sought) } else { None };
    let how = how(said, &built.outputs);
    let Some((file, number, text)) = found else {
        let implied = said.is_none_or(|s| s.fidelity.reasons.is_empty());
        return without(if implied { "said by a wider line, or by the absence of one".to_owned() } else { how });
    };
    Some(Line { output: output.id.clone(), how, file: Some(file), line: Some(number), text: Some(text) })
}

/// How an output says an entry; `None`: exactly, for a line of a rule.
fn said_of<'t>(translation: &'t Translation, entry: &Entry) -> Option<&'t Said> {
    match entry.origin {
        Origin::Item(item) => translation.said.get(item as usize),
        Origin::Line(line) => {
            let of_rule = translation.lines.iter().find(|l| l.rule == entry.rule as usize)?;
            of_rule.not_exact.get(&(line as usize))
        }
    }
}

fn how(said: Option<&Said>, outputs: &[Output]) -> String {
    let Some(said) = said else {
        return "exact".to_owned();
    };
    let mut text = said.fidelity.kind().word().to_owned();
    let reasons: Vec<&str> = said.fidelity.reasons.iter().map(|r| r.text()).collect();
    if !reasons.is_empty() {
        text.push_str(&format!(": {}", reasons.join("; ")));
    }
    let carriers: Vec<&str> = said.carried_by.iter().filter_map(|o| outputs.get(*o)).map(|o| o.id.as_str()).collect();
    if !carriers.is_empty() {
        text.push_str(&format!(" (see {})", carriers.join(", ")));
    }
    text
}
