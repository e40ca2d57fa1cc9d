//! `pacwright list`.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::service::{self, Language};
use super::{Format, Global, Outcome, fail, print, print_json, say};
use crate::catalog::{Catalog, Cloud, Service, What as Leads};
use crate::diag::{Report, clip, nearest};
use crate::pipeline::load_catalog;
use crate::target::TARGETS;

#[derive(Debug, Args)]
pub struct Options {
    /// What to list
    what: What,
    /// One service, as a page
    #[arg(value_name = "SERVICE")]
    name: Option<String>,
    /// The language of texts
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// What a network team can be asked for.
    Services,
    /// The parameters of services.
    Params,
    /// The output formats.
    Targets,
    /// The service tags and FQDN tags that services name.
    Tags,
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    if let (Some(name), false) = (&options.name, matches!(options.what, What::Services)) {
        say(&format!("error: `{}` names one of the services; list those", clip(name)));
        return Outcome::Failed;
    }
    if let What::Targets = options.what {
        targets(global);
        return Outcome::Done;
    }
    let mut report = Report::default();
    let catalog = load_catalog(global.catalog.as_deref(), &mut report);
    if report.sink.has_errors() {
        return fail(report, global);
    }
    match options.what {
        What::Services => return services(&catalog, options, global),
        What::Params => params(&catalog, global),
        What::Tags => tags(&catalog, global),
        What::Targets => {}
    }
    Outcome::Done
}

/// The columns a text takes on a terminal: two for East Asian characters.
fn width_of(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}') { 2 } else { 1 }).sum()
}

/// Lines of columns, each as wide as its widest cell.
pub fn columns(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let width = width_of(cell);
            match widths.get_mut(at) {
                Some(widest) => *widest = (*widest).max(width),
                None => widths.push(width),
            }
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = widths.get(at).copied().unwrap_or(0);
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(width_of(cell)) + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn services(catalog: &Catalog, options: &Options, global: &Global) -> Outcome {
    let chosen: Vec<&Service> = match &options.name {
        None => catalog.services.values().collect(),
        Some(name) => match catalog.services.get(name) {
            Some(service) => vec![service],
            None => {
                let known: Vec<&str> = catalog.services.keys().map(String::as_str).collect();
                let near = nearest(name, &known).map_or(String::new(), |near| format!(": did you mean `{near}`?"));
                say(&format!("error: no service `{}` in the catalog{near}", clip(name)));
                return Outcome::Failed;
            }
        },
    };
    match (global.format, &options.name, chosen.as_slice()) {
        (Format::Json, ..) => print_json(&chosen.iter().map(|s| service_json(s)).collect::<Vec<_>>()),
        (Format::Text, Some(_), [service]) => print(&service::page(service, options.lang)),
        _ => print(&service::overview(catalog, options.lang)),
    }
    Outcome::Done
}

fn service_json(s: &Service) -> serde_json::Value {
    json!({
        "id": s.id,
        "title": {"en": s.title.en, "ja": s.title.ja},
        "purpose": {"en": s.purpose.en, "ja": s.purpose.ja},
        "area": s.area.word(),
        "status": s.status.word(),
        "since": s.since,
        "replaced_by": s.replaced_by,
        "reviewed": s.reviewed,
        "docs": s.docs,
        "needs": s.needs.iter().map(|n| &n.value).collect::<Vec<_>>(),
        "variants": s.variants.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "groups": s.groups.iter().map(|(name, g)| json!({"id": name, "default": g.default, "about": g.about.en})).collect::<Vec<_>>(),
        "params": s.params.keys().collect::<Vec<_>>(),
        "uses": s.uses.iter().map(|u| json!({"service": u.service, "ids": u.ids, "group": u.group})).collect::<Vec<_>>(),
        "endpoints": s.endpoints.iter().map(|e| json!({
            "id": e.id,
            "dest": e.what.template().text.value,
            "tag": matches!(e.what, Leads::Tag(_)),
            "ports": e.ports.to_string(),
            "via": e.via.word(),
            "required": e.required,
            "category": e.category,
            "set": e.sets,
            "groups": e.groups,
            "variants": e.variants,
            "cloud": e.clouds.iter().map(|c| c.word()).collect::<Vec<_>>(),
            "status": e.status.word(),
            "effective": e.effective,
            "seed": e.seed,
            "sources": e.sources,
        })).collect::<Vec<_>>(),
    })
}

fn params(catalog: &Catalog, global: &Global) {
    let mut all: BTreeMap<&str, Vec<(&str, &crate::catalog::Param)>> = BTreeMap::new();
    for service in catalog.services.values() {
        for (name, param) in &service.params {
            all.entry(name).or_default().push((&service.id, param));
        }
    }
    if global.format == Format::Json {
        let value: Vec<_> = all
            .iter()
            .flat_map(|(name, uses)| {
                uses.iter().map(move |(service, p)| {
                    json!({"param": name, "service": service, "about": p.about.en, "example": p.example,
                        "derived_from": p.derive.as_ref().map(|d| &d.from)})
                })
            })
            .collect();
        print_json(&value);
        return;
    }
    let mut rows = Vec::new();
    for (name, uses) in &all {
        for (service, param) in uses {
            let derived = param.derive.as_ref().map_or(String::new(), |d| format!(" (from `{}`)", d.from));
            rows.push(vec![
                (*name).to_owned(),
                (*service).to_owned(),
                // Last, as the longest: a column behind it would stand out of sight.
                format!("{}{derived}; e.g. {}", param.about.en, param.example),
            ]);
        }
    }
    print(&columns(&rows));
}

fn targets(global: &Global) {
    if global.format == Format::Json {
        let value: Vec<_> = TARGETS
            .iter()
            .map(|t| {
                let says: Vec<_> = t
                    .says
                    .iter()
                    .map(|(form, how, words)| json!({"form": form, "fidelity": how, "how": words}))
                    .collect();
                json!({"target": t.name, "about": t.about, "place": t.place, "says": says})
            })
            .collect();
        print_json(&value);
        return;
    }
    let mut out = String::new();
    for target in TARGETS {
        out.push_str(&format!("{}: {} ({})\n", target.name, target.about, target.place));
        let rows: Vec<Vec<String>> = target
            .says
            .iter()
            .map(|(form, how, words)| vec![format!("  {form}"), (*how).to_owned(), (*words).to_owned()])
            .collect();
        out.push_str(&columns(&rows));
    }
    print(&out);
}

fn tags(catalog: &Catalog, global: &Global) {
    let mut all: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for service in catalog.services.values() {
        let methods = service.methods.iter();
        let named = methods.clone().flat_map(|m| &m.service_tags).map(|t| ("service tag", t.value.clone()));
        let fqdn = methods.flat_map(|m| &m.fqdn_tags).map(|t| ("FQDN tag", t.value.clone()));
        let rows = service.endpoints.iter().filter_map(|e| match &e.what {
            Leads::Tag(template) => Some(("service tag", template.text.value.clone())),
            Leads::Dest(_) => None,
        });
        for key in named.chain(fqdn).chain(rows) {
            all.entry(key).or_default().insert(&service.id);
        }
    }
    for (tag, about) in &catalog.vocabulary.fqdn_tags {
        let services = all.entry(("FQDN tag", tag.clone())).or_default();
        services.extend(about.services.iter().map(|s| s.value.as_str()));
    }
    // Of the public cloud; those of a region have other ones in each.
    let imported = catalog.tags.of(Cloud::Public);
    let networks = |kind: &str, tag: &str| {
        let found = imported.filter(|_| kind == "service tag").and_then(|tags| tags.networks(tag));
        found.map(|networks| networks.len())
    };
    if global.format == Format::Json {
        let row = |((kind, tag), services): (&(&str, String), &BTreeSet<&str>)| json!({"tag": tag, "kind": kind, "services": services, "networks": networks(kind, tag)});
        print_json(&all.iter().map(row).collect::<Vec<_>>());
        return;
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|((kind, tag), services)| {
            let networks = networks(kind, tag).map_or_else(String::new, |n| format!("{n} networks"));
            let services = services.iter().copied().collect::<Vec<_>>().join(", ");
            vec![tag.clone(), (*kind).to_owned(), networks, services]
        })
        .collect();
    print(&columns(&rows));
}
