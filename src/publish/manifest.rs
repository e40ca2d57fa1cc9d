//! `manifest.json`: what was built from what, and how every output says every endpoint.

use std::collections::BTreeMap;

use serde::Serialize;

use super::digest;
use crate::pipeline::Built;
use crate::source::Files;
use crate::target::fidelity::{Fidelity, Kind};
use crate::target::translate::{LinesSaid, Said};

/// The manifest.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    pacwright: &'static str,
    site: &'a str,
    catalog_sha256: &'a str,
    site_sha256: &'a str,
    artifacts: Vec<ArtifactRow<'a>>,
    outputs: Vec<OutputRow<'a>>,
    /// One row an endpoint and output.
    endpoints: Vec<EndpointRow<'a>>,
    /// Lines of rules that some output does not say exactly; the others are counted in `outputs`.
    lines: Vec<LineRow<'a>>,
}

#[derive(Debug, Serialize)]
struct ArtifactRow<'a> {
    path: &'a str,
    output: &'a str,
    bytes: usize,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct OutputRow<'a> {
    id: &'a str,
    target: &'static str,
    zones: Vec<&'a str>,
    entries: usize,
    endpoints: BTreeMap<&'static str, usize>,
    lines: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Serialize)]
struct EndpointRow<'a> {
    endpoint: String,
    destination: String,
    output: &'a str,
    fidelity: Kind,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carried_by: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct LineRow<'a> {
    rule: usize,
    output: &'a str,
    /// The line's place; none when the row stands for all lines of the rule that are alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    /// How many lines the row stands for.
    count: usize,
    fidelity: Kind,
    reasons: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carried_by: Vec<&'a str>,
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

/// The bytes of the manifest of a build.
///
/// # Errors
/// None that a build can meet; the serializer's.
pub fn bytes(built: &Built, files: &Files) -> Result<Vec<u8>, serde_json::Error> {
    let outputs = &built.outputs;
    let ids = |list: &[usize]| list.iter().filter_map(|o| outputs.get(*o)).map(|o| o.id.as_str()).collect::<Vec<_>>();
    let mut endpoints = Vec::new();
    let mut lines = Vec::new();
    for (output, translation) in outputs.iter().zip(&built.translations) {
        for (item, said) in built.plan.items.iter().zip(&translation.said) {
            endpoints.push(EndpointRow {
                endpoint: item.key(),
                destination: item.destination(),
                output: &output.id,
                fidelity: said.fidelity.kind(),
                reasons: reasons(&said.fidelity),
                carried_by: ids(&said.carried_by),
            });
        }
        for of_rule in &translation.lines {
            lines.extend(line_rows(of_rule, output.id.as_str(), built, files, &ids));
        }
    }
    let output_rows = outputs.iter().zip(&built.translations).map(|(output, translation)| OutputRow {
        id: &output.id,
        target: output.target.name,
        zones: output.common.zones.iter().map(|z| built.plan.site.zone(*z).label()).collect(),
        entries: translation.entries,
        endpoints: counts(translation.said.iter(), 0),
        lines: counts(translation.lines.iter().flat_map(|l| l.not_exact.values()), exact_lines(&translation.lines)),
    });
    let artifacts = built.artifacts.iter().map(|a| ArtifactRow {
        path: &a.path,
        output: outputs.get(a.output).map_or("", |o| o.id.as_str()),
        bytes: a.bytes.len(),
        sha256: digest(&a.bytes),
    });
    let manifest = Manifest {
        pacwright: env!("CARGO_PKG_VERSION"),
        site: &built.plan.site.name,
        catalog_sha256: &built.plan.catalog.digest,
        site_sha256: &built.plan.site.digest,
        artifacts: artifacts.collect(),
        outputs: output_rows.collect(),
        endpoints,
        lines,
    };
    let mut text = serde_json::to_vec_pretty(&manifest)?;
    text.push(b'\n');
    Ok(text)
}

fn reasons(fidelity: &Fidelity) -> Vec<&'static str> {
    fidelity.reasons.iter().map(|r| r.id()).collect()
}

/// A row a line for losses; lines that other outputs carry are told together: there may be a million of them.
fn line_rows<'a>(
    of_rule: &LinesSaid,
    output: &'a str,
    built: &Built,
    files: &Files,
    ids: &impl Fn(&[usize]) -> Vec<&'a str>,
) -> Vec<LineRow<'a>> {
    let mut rows: Vec<LineRow<'a>> = Vec::new();
    let hosts = built.plan.site.rules.get(of_rule.rule).map(|r| r.hosts.as_slice()).unwrap_or_default();
    for (at, said) in &of_rule.not_exact {
        let row = LineRow {
            rule: of_rule.rule + 1,
            output,
            line: said.fidelity.kind().is_loss().then(|| hosts.get(*at).map(|h| place(built, files, h.span))).flatten(),
            count: 1,
            fidelity: said.fidelity.kind(),
            reasons: reasons(&said.fidelity),
            carried_by: ids(&said.carried_by),
        };
        let alike = |r: &&mut LineRow| r.line.is_none() && r.reasons == row.reasons && r.carried_by == row.carried_by;
        match rows.iter_mut().filter(|_| row.line.is_none()).find(alike) {
            Some(first) => first.count += 1,
            None => rows.push(row),
        }
    }
    rows
}

/// `file:line` relative to the site: the same site in another folder makes the same manifest.
fn place(built: &Built, files: &Files, span: crate::source::Span) -> String {
    let site = std::path::Path::new(files.name(built.plan.site.file));
    let line = files.line(span);
    let folder = site.parent().map(|p| format!("{}/", p.display())).unwrap_or_default();
    line.strip_prefix(&folder).map(str::to_owned).unwrap_or(line)
}

/// The digests a manifest on disk records, by path; empty when it is not one.
#[must_use]
pub fn digests(bytes: &[u8]) -> BTreeMap<String, String> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return BTreeMap::new();
    };
    let rows = value.get("artifacts").and_then(|a| a.as_array()).cloned().unwrap_or_default();
    let text = |row: &serde_json::Value, key: &str| row.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    rows.iter().filter_map(|row| Some((text(row, "path")?, text(row, "sha256")?))).collect()
}
