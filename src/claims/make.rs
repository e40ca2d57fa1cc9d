//! The claims of a build.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Claims, Endpoint, Line, Output, Placed, Positions, Route, Rule, Said, Zone};
use crate::pipeline::Built;
use crate::resolve::{Item, Leads};
use crate::site::ZoneId;
use crate::source::{Files, Span};
use crate::target::read_back::Mark;
use crate::target::translate::{LinesSaid, Said as Translated, counts, exact_lines};

/// Everything a build claims.
pub fn claims(built: &Built, files: &Files) -> Claims {
    let site = built.plan.site;
    let route = |id: &crate::site::RouteId| site.route(*id).name.clone();
    let outputs = built.outputs.iter().zip(&built.translations).map(|(output, translation)| Output {
        id: output.id.clone(),
        target: output.target.name.to_owned(),
        zones: labels(built, &output.common.zones),
        routes: output.common.routes.iter().map(route).collect(),
        serves_direct: output.common.serves(crate::site::RouteId::DIRECT),
        include_default: output.common.include_default,
        reading: output.emitter.reading(&output.common, &built.plan),
        entries: translation.entries,
        endpoints: words(counts(translation.said.iter(), 0)),
        lines: words(counts(
            translation.lines.iter().flat_map(|l| l.not_exact.values()),
            exact_lines(&translation.lines),
        )),
    });
    let rules = site.rules.iter().map(|rule| Rule {
        route: route(&rule.route),
        zones: labels(built, &rule.zones),
        ports: rule.ports.to_string(),
        is_final: rule.is_final,
        total: rule.hosts.len(),
        hosts: rule.hosts.iter().map(|host| host.text(files).to_owned()).collect(),
    });
    let mut lines = Vec::new();
    for (output, translation) in built.outputs.iter().zip(&built.translations) {
        for of_rule in &translation.lines {
            lines.extend(line_rows(of_rule, &output.id, built, files));
        }
    }
    Claims {
        zones: site
            .zones
            .iter()
            .map(|zone| Zone { name: zone.name.clone(), default: route(&zone.default), sources: zone.sources.clone() })
            .collect(),
        routes: site
            .named_routes()
            .map(|id| site.route(id))
            .map(|route| Route {
                name: route.name.clone(),
                proxies: route.proxies.iter().map(|proxy| proxy.value.to_string()).collect(),
                fallback_direct: route.fallback_direct,
            })
            .collect(),
        rules: rules.collect(),
        outputs: outputs.collect(),
        endpoints: built.plan.items.iter().enumerate().map(|(at, item)| endpoint(at, item, built)).collect(),
        marks: true,
        lines,
    }
}

fn words(counts: BTreeMap<&'static str, usize>) -> BTreeMap<String, usize> {
    counts.into_iter().map(|(word, n)| (word.to_owned(), n)).collect()
}

fn labels(built: &Built, zones: &[ZoneId]) -> Vec<String> {
    zones.iter().map(|zone| built.plan.site.zone(*zone).label().to_owned()).collect()
}

fn said(translated: &Translated, output: &str, built: &Built) -> Said {
    let carriers = translated.carried_by.iter().filter_map(|at| built.outputs.get(*at));
    Said {
        output: output.to_owned(),
        fidelity: translated.fidelity.kind(),
        reasons: translated.fidelity.reasons.clone(),
        carried_by: carriers.map(|output| output.id.clone()).collect(),
    }
}

fn endpoint(at: usize, item: &Item, built: &Built) -> Endpoint {
    let destination = item.destination();
    // As the catalog writes it, with the parameters put in by hand: what the proof reads must not have been through the
    // normal form it judges. The name of a tag is no destination: its regions have other names.
    let mut written = item.endpoint.what.template().text.value.clone();
    for (name, value) in &item.params {
        written = written.replace(&format!("${{{name}}}"), value);
    }
    let tag = matches!(item.leads, Leads::Tag(_));
    let mut placed: Vec<Placed> = Vec::new();
    let somewhere = !matches!(item.leads, Leads::Unset(_));
    for place in item.placed.iter().filter(|place| somewhere && !place.wrong_vantage) {
        let label = built.plan.site.zone(place.zone).label().to_owned();
        match placed.iter_mut().find(|p| p.rule == place.rule + 1) {
            Some(placed) => placed.zones.push(label),
            None => placed.push(Placed { rule: place.rule + 1, zones: vec![label] }),
        }
    }
    let networks: Vec<String> = item.networks().iter().filter(|_| tag).map(ToString::to_string).collect();
    let rows = built.outputs.iter().zip(&built.translations);
    Endpoint {
        endpoint: item.key(),
        written: (written != destination && !tag).then_some(written),
        destination,
        tag,
        total: networks.len(),
        networks,
        ports: item.endpoint.ports.to_string(),
        via: item.endpoint.via,
        from: item.endpoint.from,
        marks: [(Mark::NoInspect, item.endpoint.no_inspect), (Mark::NoAuth, item.endpoint.no_auth)]
            .into_iter()
            .filter_map(|(mark, is)| is.then_some(mark))
            .collect(),
        placed,
        said: rows.filter_map(|(output, t)| t.said.get(at).map(|s| said(s, &output.id, built))).collect(),
    }
}

/// A row a line for losses; lines that other outputs carry are told together: there may be a million of them.
fn line_rows(of_rule: &LinesSaid, output: &str, built: &Built, files: &Files) -> Vec<Line> {
    let mut rows: Vec<Line> = Vec::new();
    let hosts = built.plan.site.rules.get(of_rule.rule).map(|r| r.hosts.as_slice()).unwrap_or_default();
    for (at, translated) in &of_rule.not_exact {
        let said = said(translated, output, built);
        let is_loss = translated.fidelity.kind().is_loss();
        let alike = |row: &&mut Line| row.place.is_none() && row.said == said;
        if !is_loss && let Some(row) = rows.iter_mut().find(alike) {
            row.at.push(at + 1);
            continue;
        }
        let place = hosts.get(*at).filter(|_| is_loss).map(|host| place(built, files, host.span));
        let mut positions = Positions::default();
        positions.push(at + 1);
        rows.push(Line { rule: of_rule.rule + 1, at: positions, place, said });
    }
    rows
}

/// `file:line` relative to the site: the same site in another folder makes the same manifest.
fn place(built: &Built, files: &Files, span: Span) -> String {
    let site = Path::new(files.name(built.plan.site.file));
    let line = files.line(span);
    let folder = site.parent().map(|p| format!("{}/", p.display())).unwrap_or_default();
    line.strip_prefix(&folder).map(str::to_owned).unwrap_or(line)
}
