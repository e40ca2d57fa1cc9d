//! What is not wrong but worth a look: findings over the whole plan.
//!
//! In: [`Built`]. Out: warnings. Never: what loading, resolving or translating reports by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Via;
use crate::catalog::raw::PacUse;
use crate::dest::{Ask, Depth, Host, HostName, NamePattern, Pattern};
use crate::diag::{Code, Sink};
use crate::pipeline::Built;
use crate::policy::{Entry, Policy};
use crate::resolve::{Item, Leads, Plan};
use crate::target::fidelity::Kind;

/// Runs every check.
pub fn check(built: &Built, sink: &mut Sink) {
    let plan = &built.plan;
    for policy in &plan.policies {
        equal_rules(plan, policy, sink);
        below_final(plan, policy, sink);
        firewall_caught(plan, policy, sink);
    }
    wrong_vantage(plan, sink);
    tags(plan, sink);
    pac_ignored(built, sink);
}

/// Equally specific destinations with different routes: the earlier rule wins.
fn equal_rules(plan: &Plan, policy: &Policy, sink: &mut Sink) {
    let mut by_pattern: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in &policy.entries {
        // `.d` and `*.d` are equally specific below d.
        let below = |name: &NamePattern| format!("*.{}", name.labels());
        let mut keys = vec![entry.pattern.to_string()];
        if let Some(name) = entry.pattern.name().filter(|n| n.depth() == Depth::Within) {
            keys.push(below(name));
        }
        for key in keys {
            by_pattern.entry(key).or_default().push(entry);
        }
    }
    for entries in by_pattern.values() {
        let Some((first, rest)) = entries.split_first() else {
            continue;
        };
        for later in rest {
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
fn below_final(plan: &Plan, policy: &Policy, sink: &mut Sink) {
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
fn firewall_caught(plan: &Plan, policy: &Policy, sink: &mut Sink) {
    for item in plan.items.iter().filter(|i| i.endpoint.via == Via::Firewall) {
        let (Some(placed), Some(dest)) = (item.in_zone(policy.zone), item.dest()) else {
            continue;
        };
        let Some(host) = sample(&dest.pattern).filter(|_| !placed.wrong_vantage) else {
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

/// A host that a pattern matches.
fn sample(pattern: &Pattern) -> Option<Host> {
    match pattern {
        Pattern::Plain => None,
        Pattern::Net(net) => Some(Host::Ip(net.addr())),
        Pattern::Name(name) => {
            let below = if name.depth() == Depth::Below { "x." } else { "" };
            HostName::parse(&format!("{below}{}", name.labels().replace('*', "x"))).ok().map(Host::Name)
        }
    }
}

fn wrong_vantage(plan: &Plan, sink: &mut Sink) {
    let mut found: BTreeMap<(u16, &str, usize), Vec<&Item>> = BTreeMap::new();
    for item in &plan.items {
        for placed in item.placed.iter().filter(|p| p.wrong_vantage) {
            found.entry((placed.zone.0, &item.service.id, placed.rule)).or_default().push(item);
        }
    }
    for ((zone, service, rule), items) in found {
        let zone = plan.site.zone(crate::site::ZoneId(zone)).label();
        let names: BTreeSet<String> = items.iter().map(|i| i.endpoint.id.clone()).collect();
        let message = format!(
            "{} endpoints of `{service}` are left out in the zone `{zone}`: their source must be in Azure: {}",
            names.len(),
            some(&names)
        );
        let Some(rule) = plan.site.rules.get(rule) else {
            continue;
        };
        let mut finding = Code::WrongVantage.at(rule.span, message);
        let instead: BTreeSet<&str> = items
            .iter()
            .flat_map(|i| i.endpoint.groups.iter().filter_map(|g| i.service.groups.get(g)))
            .filter_map(|g| g.instead.as_ref())
            .map(|text| text.en.as_str())
            .collect();
        for text in instead {
            finding = finding.help(text);
        }
        sink.push(finding);
    }
}

fn tags(plan: &Plan, sink: &mut Sink) {
    for item in &plan.items {
        let Leads::Tag(tag) = &item.leads else {
            continue;
        };
        let Some(rule) = item.placed.first().and_then(|p| plan.site.rules.get(p.rule)) else {
            continue;
        };
        let message = format!("the addresses of the service tag `{tag}` are not in the catalog");
        let finding = Code::TagNotImported.at(rule.span, message).also(item.endpoint.span, "the endpoint");
        sink.push(finding.help("csv and firewall.csv carry the tag by its name; pacwright.nft cannot"));
    }
}

/// Services whose clients ignore PAC files, sent to a route that no proxy output serves.
fn pac_ignored(built: &Built, sink: &mut Sink) {
    let plan = &built.plan;
    let on_proxy: Vec<_> =
        built.outputs.iter().zip(&built.translations).filter(|(output, _)| output.target.on_proxy).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (at, item) in plan.items.iter().enumerate() {
        let Some(clients) = item.service.clients.as_ref().filter(|c| c.pac.value == PacUse::Ignored) else {
            continue;
        };
        let named = item.placed.iter().find(|p| p.route.is_named());
        let Some(placed) = named.filter(|_| item.endpoint.via == Via::Proxy) else {
            continue;
        };
        let carried = on_proxy.iter().any(|(_, translation)| {
            let kind = translation.said.get(at).map(|s| s.fidelity.kind());
            matches!(kind, Some(Kind::Exact | Kind::Widened | Kind::Narrowed))
        });
        if carried || !seen.insert(&item.service.id) {
            continue;
        }
        let Some(rule) = plan.site.rules.get(placed.rule) else {
            continue;
        };
        let message =
            format!("the clients of `{}` ignore PAC files, and no output allows it on a proxy", item.service.id);
        let mut finding = Code::PacIgnored.at(rule.span, message);
        if let Some(setting) = &clients.setting {
            finding = finding.help(format!("they want: {}", setting.en));
        }
        sink.push(finding);
    }
}

/// A few names, and how many more.
fn some(names: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = names.iter().take(6).map(String::as_str).collect();
    let more = names.len().saturating_sub(6);
    if more == 0 { shown.join(", ") } else { format!("{}, and {more} more", shown.join(", ")) }
}
