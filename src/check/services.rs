//! Selected services: where they are reached from, what they need besides, who carries them.

use std::collections::{BTreeMap, BTreeSet};

use super::some;
use crate::catalog::raw::{Day, PacUse};
use crate::catalog::tags::addresses;
use crate::catalog::{Lifecycle, Via};
use crate::dest::Pattern;
use crate::diag::{Code, Sink};
use crate::pipeline::Built;
use crate::resolve::{Item, Leads, Plan};
use crate::site::RouteId;
use crate::source::Span;
use crate::target::fidelity::Kind;

/// Endpoints whose source must be in Azure, in zones that are not.
pub fn wrong_vantage(plan: &Plan, sink: &mut Sink) {
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

/// Service tags: how many addresses they open, or that nobody knows.
pub fn tags(plan: &Plan, sink: &mut Sink) {
    let mut told: BTreeSet<(&str, Span)> = BTreeSet::new();
    for item in &plan.items {
        let Leads::Tag(tag) = &item.leads else {
            continue;
        };
        let Some(rule) = item.placed.first().and_then(|p| plan.site.rules.get(p.rule)) else {
            continue;
        };
        let Some(networks) = &tag.networks else {
            let message = format!("the addresses of the service tag `{}` are not in the catalog", tag.name);
            let finding = Code::TagNotImported.at(rule.span, message).also(item.endpoint.span, "the endpoint");
            let finding = finding.help("csv and firewall.csv carry the tag by its name; pacwright.nft cannot");
            sink.push(finding.help("import them: `pacwright import service-tags FILE`"));
            continue;
        };
        // Several endpoints have one tag, on different ports.
        if told.insert((&tag.name, rule.span)) {
            let v4 = networks.iter().filter(|net| net.addr().is_ipv4()).count();
            let some = |n: usize| if n == 1 { "1 network".to_owned() } else { format!("{n} networks") };
            let message = format!(
                "the service tag `{}` opens {} IPv4 addresses in {}, and {} of IPv6",
                tag.name,
                addresses(networks).0,
                some(v4),
                some(networks.len() - v4)
            );
            sink.push(Code::TagOpens.at(rule.span, message).also(item.endpoint.span, "the endpoint"));
        }
    }
}

/// Selected endpoints that the list they came from has no more.
pub fn retiring(plan: &Plan, sink: &mut Sink) {
    let mut found: BTreeMap<(&str, &str), Vec<&Item>> = BTreeMap::new();
    for item in plan.items.iter().filter(|i| i.endpoint.status == Lifecycle::Retiring) {
        found.entry((&item.service.id, item.endpoint.until.as_deref().unwrap_or_default())).or_default().push(item);
    }
    for ((service, until), items) in found {
        let Some(first) = items.first() else { continue };
        let Some(rule) = first.placed.first().and_then(|p| plan.site.rules.get(p.rule)) else { continue };
        let names: BTreeSet<String> = items.iter().map(|item| item.destination()).collect();
        let count = names.len();
        let message = format!(
            "the published list of `{service}` has {count} selected {} no more; after {until} an import takes {}: {}",
            if count == 1 { "destination" } else { "destinations" },
            if count == 1 { "it out" } else { "them out" },
            some(&names)
        );
        let finding = Code::Retiring.at(rule.span, message).also(first.endpoint.span, "the first of them");
        sink.push(finding.about(service).help("whoever still needs them lists them in a rule of its own"));
    }
}

/// Selected endpoints that are opened before anybody needs them.
pub fn not_yet_live(plan: &Plan, today: &Day, sink: &mut Sink) {
    let mut found: BTreeMap<(&str, &str), Vec<&Item>> = BTreeMap::new();
    for item in &plan.items {
        if let Some(day) = item.endpoint.effective.as_deref().filter(|day| *day > today.0.as_str()) {
            found.entry((&item.service.id, day)).or_default().push(item);
        }
    }
    for ((service, day), items) in found {
        let Some(first) = items.first() else { continue };
        let Some(rule) = first.placed.first().and_then(|p| plan.site.rules.get(p.rule)) else { continue };
        let names: BTreeSet<String> = items.iter().map(|item| item.destination()).collect();
        let message = format!(
            "{} of `{service}` {} live from {day} on, and opened already: {}",
            if names.len() == 1 { "1 destination".to_owned() } else { format!("{} destinations", names.len()) },
            if names.len() == 1 { "is" } else { "are" },
            some(&names)
        );
        let finding = Code::NotYetLive.at(rule.span, message).also(first.endpoint.span, "the first of them");
        sink.push(finding.about(service).help("build and roll out before that day: they are used from then on"));
    }
}

/// Services that a selected service needs and no rule selects.
pub fn needs(plan: &Plan, sink: &mut Sink) {
    // `uses` selects endpoints of another service without selecting the service: the rules say what is selected.
    let selected: BTreeSet<&str> = plan.items.iter().map(|item| item.service.id.as_str()).collect();
    let mut missing: BTreeMap<&str, (BTreeSet<String>, &Item)> = BTreeMap::new();
    for item in &plan.items {
        for needed in item.service.needs.iter().filter(|n| !selected.contains(n.value.as_str())) {
            let (services, _) = missing.entry(&needed.value).or_insert((BTreeSet::new(), item));
            services.insert(item.service.id.clone());
        }
    }
    for (needed, (services, first)) in missing {
        let Some(rule) = first.placed.first().and_then(|p| plan.site.rules.get(p.rule)) else { continue };
        let message = format!("no rule selects `{needed}`, needed by {}", some(&services));
        let finding = Code::NeedsMissing.at(rule.span, message).about(needed);
        sink.push(finding.help(format!("add `{needed}` to the services of a rule")));
    }
}

/// Names that go direct and have no published addresses: a packet filter cannot let them through.
pub fn without_addresses(plan: &Plan, sink: &mut Sink) {
    // Microsoft 365 publishes addresses set by set; elsewhere a service has some or none.
    let is_net =
        |item: &Item| matches!(item.dest().map(|d| &d.pattern), Some(Pattern::Net(_))) || item.dest().is_none();
    let mut with: BTreeSet<(&str, u32)> = BTreeSet::new();
    for item in plan.items.iter().filter(|i| is_net(i)) {
        with.insert((&item.service.id, 0));
        with.extend(item.endpoint.sets.iter().map(|set| (item.service.id.as_str(), *set)));
    }
    let mut found: BTreeMap<(&str, usize), BTreeSet<String>> = BTreeMap::new();
    for item in plan.items.iter().filter(|i| !is_net(i) && i.endpoint.via == Via::Proxy) {
        let service = item.service.id.as_str();
        let sets = &item.endpoint.sets;
        let known = if sets.is_empty() {
            with.contains(&(service, 0))
        } else {
            sets.iter().any(|s| with.contains(&(service, *s)))
        };
        for placed in item.placed.iter().filter(|p| p.route == RouteId::DIRECT && !known) {
            found.entry((service, placed.rule)).or_default().insert(item.destination());
        }
    }
    for ((service, rule), names) in found {
        let Some(rule) = plan.site.rules.get(rule) else { continue };
        let message = format!(
            "{} names of `{service}` go direct, and no addresses are published for them: {}",
            names.len(),
            some(&names)
        );
        let finding = Code::NoAddresses.at(rule.span, message).about(service);
        sink.push(finding.help("send them through a proxy, or let the firewall filter by name"));
    }
}

/// Services whose clients ignore PAC files, sent to a route that no proxy output serves.
pub fn pac_ignored(built: &Built, sink: &mut Sink) {
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
