//! Rules against each other, and against the catalog.

use std::collections::BTreeSet;

use super::some;
use crate::catalog::Via;
use crate::catalog::raw::Day;
use crate::dest::{Ask, Depth, Pattern};
use crate::diag::{Code, Sink};
use crate::policy::{Entry, Policy};
use crate::resolve::Plan;

/// What makes patterns equally specific.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Equals<'p> {
    /// They are the same.
    Are(&'p Pattern),
    /// They take what is below the same labels.
    Below(&'p str),
}

/// Equally specific destinations with different routes: the earlier rule wins.
pub fn equal(plan: &Plan, policy: &Policy, sink: &mut Sink) {
    // Of a list with one route nothing can differ, and it may have a million lines.
    let Some((first, others)) = policy.entries.split_first() else { return };
    if others.iter().all(|entry| entry.route == first.route) {
        return;
    }
    let mut keyed: Vec<(Equals, usize)> = Vec::with_capacity(policy.entries.len());
    for (at, entry) in policy.entries.iter().enumerate() {
        let own = match entry.pattern.name() {
            Some(name) if name.depth() == Depth::Below => Equals::Below(name.labels()),
            _ => Equals::Are(&entry.pattern),
        };
        // `.d` and `*.d` are equally specific below d.
        let within = entry.pattern.name().filter(|name| name.depth() == Depth::Within);
        keyed.extend(
            [Some(own), within.map(|name| Equals::Below(name.labels()))].into_iter().flatten().map(|key| (key, at)),
        );
    }
    keyed.sort_unstable();
    for equals in keyed.chunk_by(|(a, _), (b, _)| a == b) {
        let mut entries = equals.iter().filter_map(|(_, at)| policy.entries.get(*at));
        let Some(first) = entries.next() else { continue };
        for later in entries {
            let differ = later.route != first.route && later.is_final == first.is_final;
            if !differ || !later.ports.overlap(&first.ports) {
                continue;
            }
            let route = |e: &Entry| plan.site.route(e.route).name.as_str();
            let message = format!(
                "`{}` ({}) goes to `{}`, not to `{}`: an earlier rule says so for `{}`",
                later.pattern,
                plan.name(later),
                route(first),
                route(later),
                first.pattern
            );
            let (Some(mine), Some(theirs)) = (plan.rule(later), plan.rule(first)) else {
                continue;
            };
            let finding = Code::EqualRules.at(mine.span, message).also(theirs.span, "the earlier rule");
            sink.push(finding.help("change the order of the rules, or take the name out of one of them"));
        }
    }
}

/// Catalog endpoints that a final rule takes.
pub fn below_final(plan: &Plan, policy: &Policy, sink: &mut Sink) {
    for (at, rule) in plan.site.rules.iter().enumerate().filter(|(_, r)| r.is_final) {
        let finals: Vec<&Entry> = policy.entries.iter().filter(|e| e.rule as usize == at).collect();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for entry in policy.entries.iter().filter(|e| !e.is_final && plan.item(e).is_some()) {
            if finals.iter().any(|f| f.route != entry.route && f.pattern.may_overlap(&entry.pattern)) {
                taken.insert(plan.name(entry));
            }
        }
        if !taken.is_empty() {
            let message = format!("this final rule takes {} selected endpoints: {}", taken.len(), some(&taken));
            sink.push(Code::BelowFinal.at(rule.span, message));
        }
    }
}

/// Names of firewall endpoints that a selected pattern sends to a proxy.
pub fn firewall_caught(plan: &Plan, policy: &Policy, sink: &mut Sink) {
    for item in plan.items.iter().filter(|i| i.endpoint.via == Via::Firewall) {
        let (Some(placed), Some(dest)) = (item.in_zone(policy.zone), item.dest()) else {
            continue;
        };
        let Some(host) = dest.pattern.sample().filter(|_| !placed.wrong_vantage) else {
            continue;
        };
        for (port, _) in item.endpoint.ports.tcp() {
            let Some(winner) = policy.winner(&Ask { host: host.clone(), port: Some(port) }) else {
                continue;
            };
            if winner.route.is_named() {
                let message = format!(
                    "`{}` ({}) needs the firewall, but `{}` ({}) sends its name to `{}`",
                    dest,
                    item.key(),
                    winner.pattern,
                    plan.name(winner),
                    plan.site.route(winner.route).name
                );
                let Some(rule) = plan.site.rules.get(placed.rule) else {
                    continue;
                };
                let finding = Code::FirewallCaught.at(rule.span, message).also(item.endpoint.span, "the endpoint");
                sink.push(finding.help(format!("add a rule for `{dest}` with the route it can take")));
                break;
            }
        }
    }
}

/// Rules whose last day is past.
pub fn until(plan: &Plan, today: &Day, sink: &mut Sink) {
    for rule in &plan.site.rules {
        if let Some(until) = rule.who.until.as_ref().filter(|until| **until < today.0) {
            let who = rule.who.owner.as_ref().map_or(String::new(), |owner| format!("; {owner} answers for it"));
            let finding = Code::UntilPast.at(rule.span, format!("the rule was meant to hold until {until}{who}"));
            sink.push(finding.help("renew it, or take it out"));
        }
    }
}
