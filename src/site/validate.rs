//! From the raw files to [`Site`]: routes, zones and parameters exist, zones do not overlap.

use std::collections::BTreeMap;

use super::raw::{Fallback, HostText, RawRoute, RawRule, RawSite, RawZone, Waiver, Written};
use super::{Filters, HostLine, Prefer, Route, RouteId, Rule, Site, Vantage, Who, Zone, ZoneId};
use crate::catalog::Cloud;
use crate::dest::Ports;
use crate::diag::{Code, Sink, clip, did_you_mean};
use crate::read::glob::NameGlob;
use crate::read::record::{OneOrMany, Table};
use crate::source::{FileId, Span, Spanned};

/// Checks a site; `None` when it has no usable route or zone.
pub(super) fn site(parts: Written, file: FileId, digest: String, sink: &mut Sink) -> Option<Site> {
    let Written { site: raw, keys, includes, rules, templates } = parts;
    match &raw.site {
        Some(site) => name(site, "site", sink),
        // One that could not be read has said so.
        None if keys.contains("site") => {}
        None => sink.push(Code::MissingKey.at(raw.span, "the key `site` is missing here").help("add `site: my-site`")),
    }
    let routes = routes(&raw.routes, includes.iter().map(|i| &i.routes), sink);
    let broken: Vec<String> = raw.routes.1.iter().chain(includes.iter().flat_map(|i| &i.routes.1)).cloned().collect();
    let zones = zones(&raw, keys.contains("default"), &routes, &broken, sink);
    let params = params(std::iter::once(&raw.params).chain(includes.iter().map(|i| &i.params)), sink);
    let rules =
        rules.into_iter().filter_map(|(raw, lines)| rule(raw, lines, (&routes, &broken), &zones, sink)).collect();
    if raw.outputs.as_ref().is_none_or(Vec::is_empty) && !(raw.broken && keys.contains("outputs")) {
        let at = raw.site.as_ref().map_or(raw.span, |site| site.span);
        sink.push(Code::MissingKey.at(at, "the site has no `outputs`").help("add `outputs: [{target: pac}]`"));
    }
    if zones.is_empty() {
        return None;
    }
    Some(Site {
        name: raw.site.map_or_else(String::new, |site| site.value),
        file,
        cloud: raw.cloud.map_or(Cloud::Public, |c| c.value),
        params,
        zones,
        routes,
        rules,
        outputs: raw.outputs.unwrap_or_default(),
        waivers: waivers(raw.waivers, sink),
        templates,
        digest,
    })
}

/// Squid's ACL names and file names on Windows know no case: two names that differ in it only would be one.
fn same_but_for_case<'a>(
    key: &Spanned<String>,
    before: impl Iterator<Item = &'a Spanned<String>>,
    what: &str,
    sink: &mut Sink,
) {
    for other in before.filter(|o| o.value != key.value && o.value.eq_ignore_ascii_case(&key.value)) {
        let message = format!("the {what}s `{}` and `{}` differ in case only", other.value, key.value);
        sink.push(Code::Duplicate.at(key.span, message).also(other.span, "the other one"));
    }
}

/// Waivers of codes that exist.
fn waivers(raw: Vec<Waiver>, sink: &mut Sink) -> Vec<Waiver> {
    for waiver in &raw {
        let codes = || Code::ALL.iter().map(|c| c.id());
        if !codes().any(|id| id == waiver.code.value) {
            let finding =
                Code::UnknownReference.at(waiver.code.span, format!("no finding has the code `{}`", waiver.code.value));
            sink.push(did_you_mean(finding, &waiver.code.value, codes(), "codes"));
        }
        if let Err(bad) = NameGlob::parse(&waiver.r#for.value) {
            sink.push(bad.code.at(waiver.r#for.span, bad.message));
        }
    }
    raw
}

/// Checks a name of the author's choice: it becomes part of file and ACL names.
fn name(name: &Spanned<String>, what: &str, sink: &mut Sink) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let text = &name.value;
    if text.is_empty() || text.len() > 40 || !text.chars().all(plain) || text.starts_with(['-', '_']) {
        let message = format!("the name of a {what} is made of at most 40 letters, digits, `-` and `_`");
        sink.push(Code::BadName.at(name.span, message));
    }
}

fn routes<'a>(
    own: &'a Table<RawRoute>,
    more: impl Iterator<Item = &'a Table<RawRoute>>,
    sink: &mut Sink,
) -> Vec<Route> {
    let built_in = |name: &str| Route { name: name.into(), proxies: Vec::new(), fallback_direct: false, span: None };
    let mut routes = vec![built_in("direct"), built_in("block")];
    for (key, raw) in own.0.iter().chain(more.flat_map(|t| &t.0)) {
        name(key, "route", sink);
        same_but_for_case(key, own.0.iter().map(|(k, _)| k).take_while(|k| k.span != key.span), "route", sink);
        match routes.iter().find(|r| r.name == key.value) {
            Some(Route { span: None, .. }) => {
                let message = format!("`{}` is built in and cannot be declared", key.value);
                sink.push(Code::Duplicate.at(key.span, message));
                continue;
            }
            // The site's own route wins over an included one of the same name.
            Some(_) => continue,
            None => {}
        }
        if raw.proxies.is_empty() && !raw.broken {
            sink.push(Code::MissingKey.at(key.span, format!("the route `{}` has no proxies", key.value)));
        }
        routes.push(Route {
            name: key.value.clone(),
            proxies: raw.proxies.clone(),
            fallback_direct: raw.fallback.as_ref().is_some_and(|f| f.value == Fallback::Direct),
            span: Some(key.span),
        });
    }
    routes
}

fn route_id(routes: &[Route], broken: &[String], given: &Spanned<String>, sink: &mut Sink) -> Option<RouteId> {
    let found = routes.iter().position(|r| r.name == given.value).and_then(|at| u16::try_from(at).ok());
    // A route that could not be read has said so.
    if found.is_none() && !broken.contains(&given.value) {
        let finding = Code::UnknownReference.at(given.span, format!("no route `{}`", given.value));
        sink.push(did_you_mean(finding, &given.value, routes.iter().map(|r| r.name.as_str()), "routes"));
    }
    found.map(RouteId)
}

fn zones(raw: &RawSite, has_default: bool, routes: &[Route], broken: &[String], sink: &mut Sink) -> Vec<Zone> {
    let one = RawZone { sources: Vec::new(), vantage: None, default: None, span: raw.span, broken: false };
    let declared: Vec<(Option<&Spanned<String>>, &RawZone)> = if raw.zones.0.is_empty() {
        vec![(None, &one)]
    } else {
        raw.zones.0.iter().map(|(name, zone)| (Some(name), zone)).collect()
    };
    let mut zones = Vec::new();
    for (key, zone) in &declared {
        let at = key.map_or(raw.site.as_ref().map_or(raw.span, |s| s.span), |k| k.span);
        if let Some(key) = key {
            name(key, "zone", sink);
            // Lists say `all` where a site has no zones.
            if key.value.eq_ignore_ascii_case("all") {
                sink.push(Code::BadName.at(key.span, "`all` means every zone and cannot be the name of one"));
            }
            let before = declared.iter().filter_map(|(k, _)| *k).take_while(|k| k.span != key.span);
            same_but_for_case(key, before, "zone", sink);
        }
        if declared.len() > 1 && zone.sources.is_empty() && !zone.broken {
            let message = "with several zones, each says who its clients are";
            sink.push(Code::MissingKey.at(at, message).help("add `sources: [10.1.0.0/16]`"));
        }
        let default = zone.default.as_ref().or(raw.default.as_ref());
        if default.is_none() && !has_default && !zone.broken {
            let message = "nothing says where clients send what no rule lists";
            sink.push(Code::MissingKey.at(at, message).help("add `default: <route>`; usually a named route"));
        }
        // After an error nothing is written: what follows is checked with any route.
        let id = default.and_then(|d| route_id(routes, broken, d, sink)).unwrap_or(RouteId::DIRECT);
        zones.push(Zone {
            name: key.map(|k| k.value.clone()),
            sources: zone.sources.iter().map(|s| s.value.0).collect(),
            vantage: zone.vantage.as_ref().map_or(Vantage::Mixed, |v| v.value),
            default: id,
            default_span: default.map_or(at, |d| d.span),
        });
    }
    overlaps(&declared, sink);
    zones
}

/// A client must be in one zone: else two files give it two answers.
fn overlaps(declared: &[(Option<&Spanned<String>>, &RawZone)], sink: &mut Sink) {
    for (i, (_, zone)) in declared.iter().enumerate() {
        for (_, other) in declared.iter().skip(i + 1) {
            for mine in &zone.sources {
                for theirs in &other.sources {
                    let (a, b) = (mine.value.0, theirs.value.0);
                    if a.contains(&b) || b.contains(&a) {
                        let message = format!("`{b}` and `{a}` of another zone have clients in common");
                        let finding = Code::Duplicate.at(theirs.span, message).also(mine.span, "the other zone");
                        sink.push(finding.help("write the networks of each zone so that no client is in two"));
                    }
                }
            }
        }
    }
}

fn params<'a>(
    tables: impl Iterator<Item = &'a Table<OneOrMany<Spanned<String>>>>,
    sink: &mut Sink,
) -> BTreeMap<String, (Span, Vec<Spanned<String>>)> {
    let mut params = BTreeMap::new();
    for (key, values) in tables.flat_map(|t| &t.0) {
        if values.0.is_empty() {
            sink.push(Code::MissingParameter.at(key.span, format!("the parameter `{}` has no value", key.value)));
        }
        for (at, value) in values.0.iter().enumerate() {
            if let Some(first) = values.0.iter().take(at).find(|v| v.value == value.value) {
                let message = format!("`{}` stands twice among the values of `{}`", clip(&value.value), key.value);
                sink.push(Code::Duplicate.at(value.span, message).also(first.span, "here first"));
            }
            // A value is part of a label, or labels: what would make another destination of the endpoint is refused.
            let wrong = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
            let text = &value.value;
            if text.is_empty()
                || text.starts_with('.')
                || text.ends_with('.')
                || text.contains("..")
                || text.contains(wrong)
            {
                let message = format!("`{}` is no value for `{}`", clip(text), key.value);
                let finding = Code::BadText.at(value.span, message);
                sink.push(finding.help("letters, digits, `-`, `_` and single dots inside make a value"));
            }
        }
        // The site's own value wins over an included one.
        params.entry(key.value.clone()).or_insert_with(|| (key.span, values.0.clone()));
    }
    params
}

fn rule(
    raw: RawRule,
    mut lines: Vec<HostLine>,
    (routes, broken): (&[Route], &[String]),
    zones: &[Zone],
    sink: &mut Sink,
) -> Option<Rule> {
    let has_lists = raw.hosts_file.is_some();
    if raw.services.is_empty() && raw.hosts.is_empty() && !has_lists && !raw.broken {
        let message = "the rule names neither `services` nor `hosts` nor a `hosts_file`";
        sink.push(Code::MissingKey.at(raw.route.span, message));
    }
    let filters = filters(&raw);
    if raw.services.is_empty() {
        let spans = [
            raw.category.as_ref().and_then(|f| f.0.first()).map(|f| f.span),
            raw.required.as_ref().map(|f| f.span),
            raw.ids.as_ref().and_then(|f| f.0.first()).map(|f| f.span),
            raw.geography.as_ref().and_then(|f| f.0.first()).map(|f| f.span),
        ];
        if let Some(span) = spans.into_iter().flatten().next() {
            sink.push(Code::MissingKey.at(span, "this filters services, and the rule names none"));
        }
    }
    if let (Some(ports), true) = (&raw.ports, raw.hosts.is_empty() && !has_lists) {
        let message = "`ports` belongs to `hosts`; the ports of services are in the catalog";
        sink.push(Code::MissingKey.at(ports.span, message));
    }
    let route = route_id(routes, broken, &raw.route, sink).unwrap_or(RouteId::DIRECT);
    let zones = zone_ids(raw.zones.as_ref(), zones, sink);
    let text = |t: &Option<Spanned<String>>| t.as_ref().map(|t| t.value.clone());
    let who = Who {
        ticket: text(&raw.ticket),
        owner: text(&raw.owner),
        reason: text(&raw.reason),
        until: raw.until.as_ref().map(|u| u.value.0.clone()),
    };
    let own = raw.hosts.into_iter().map(|host| {
        let HostText { dest, text } = host.value;
        HostLine { dest, span: host.span, text: Some(text) }
    });
    // The lines of lists stay where they are: there may be a million.
    lines.splice(0..0, own);
    Some(Rule {
        route,
        zones,
        selectors: raw.services,
        filters,
        hosts: lines,
        ports: raw.ports.map_or(Ports::All, |p| Ports::listed(p.value.0)),
        is_final: raw.r#final.is_some_and(|f| f.value),
        who,
        span: raw.span,
    })
}

fn filters(raw: &RawRule) -> Filters {
    let list = |l: &Option<OneOrMany<Spanned<String>>>| l.as_ref().map(|l| l.0.clone()).unwrap_or_default();
    Filters {
        category: list(&raw.category),
        required: raw.required.clone(),
        ids: list(&raw.ids),
        legacy: raw.legacy.as_ref().is_some_and(|l| l.value),
        geography: list(&raw.geography),
        prefer_tags: raw.prefer.as_ref().is_some_and(|p| p.value == Prefer::Tags),
    }
}

/// The zones of a list of names; all when there is no list.
pub fn zone_ids(names: Option<&OneOrMany<Spanned<String>>>, zones: &[Zone], sink: &mut Sink) -> Vec<ZoneId> {
    let all = (0..zones.len()).filter_map(|at| u16::try_from(at).ok().map(ZoneId));
    let Some(names) = names else {
        return all.collect();
    };
    let mut ids = Vec::new();
    for name in &names.0 {
        let found = zones.iter().position(|z| z.name.as_deref() == Some(&name.value));
        match found.and_then(|at| u16::try_from(at).ok()) {
            Some(at) => ids.push(ZoneId(at)),
            None => {
                let finding = Code::UnknownReference.at(name.span, format!("no zone `{}`", name.value));
                let known = zones.iter().filter_map(|z| z.name.as_deref());
                sink.push(did_you_mean(finding, &name.value, known, "zones"));
            }
        }
    }
    ids
}
