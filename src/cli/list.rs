//! `pacwright list`.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Format, Global, Outcome, fail, print, print_json};
use crate::catalog::{Catalog, Lifecycle, Service, What as Leads};
use crate::diag::Report;
use crate::pipeline::load_catalog;
use crate::target::TARGETS;

#[derive(Debug, Args)]
pub struct Options {
    /// What to list
    what: What,
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
        What::Services => services(&catalog, global),
        What::Params => params(&catalog, global),
        What::Tags => tags(&catalog, global),
        What::Targets => {}
    }
    Outcome::Done
}

/// Lines of columns, each as wide as its widest cell.
fn columns(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
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
            line.push_str(&" ".repeat(width.saturating_sub(cell.chars().count()) + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn services(catalog: &Catalog, global: &Global) {
    if global.format == Format::Json {
        let service = |s: &Service| {
            json!({
                "id": s.id,
                "title": {"en": s.title.en, "ja": s.title.ja},
                "purpose": {"en": s.purpose.en, "ja": s.purpose.ja},
                "status": s.status.word(),
                "since": s.since,
                "replaced_by": s.replaced_by,
                "reviewed": s.reviewed,
                "docs": s.docs,
                "variants": s.variants.iter().map(|(name, _)| name).collect::<Vec<_>>(),
                "groups": s.groups.iter().map(|(name, g)| json!({"id": name, "default": g.default, "about": g.about.en})).collect::<Vec<_>>(),
                "params": s.params.keys().collect::<Vec<_>>(),
                "uses": s.uses.iter().map(|u| json!({"service": u.service, "ids": u.ids})).collect::<Vec<_>>(),
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
                    "status": e.status.word(),
                })).collect::<Vec<_>>(),
            })
        };
        print_json(&catalog.services.values().map(service).collect::<Vec<_>>());
        return;
    }
    let row = |s: &Service| {
        let retired = if s.status == Lifecycle::Current { String::new() } else { format!(" ({})", s.status) };
        vec![s.id.clone(), format!("{}{retired}", s.title.en), s.purpose.en.clone()]
    };
    print(&columns(&catalog.services.values().map(row).collect::<Vec<_>>()));
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
                format!("{}{derived}", param.about.en),
                format!("e.g. {}", param.example),
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
    if global.format == Format::Json {
        let value: Vec<_> =
            all.iter().map(|((kind, tag), services)| json!({"tag": tag, "kind": kind, "services": services})).collect();
        print_json(&value);
        return;
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|((kind, tag), services)| {
            vec![tag.clone(), (*kind).to_owned(), services.iter().copied().collect::<Vec<_>>().join(", ")]
        })
        .collect();
    print(&columns(&rows));
}
