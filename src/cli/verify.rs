//! `pacwright verify`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::build::proof_words;
use super::{Format, Global, Outcome, fail, print, print_json, say, show};
use crate::claims::Claims;
use crate::diag::{Code, Report, Severity, clip, json as diag_json};
use crate::pipeline::{self, Built};
use crate::prove::{Proof, Written, place, prove};
use crate::publish::manifest::Manifest;
use crate::publish::verify::{Found, found};
use crate::resolve::Plan;

#[derive(Debug, Args)]
pub struct Options {
    /// The folder that `build` wrote; a site is looked at only when `-c` names one
    #[arg(value_name = "DIR", default_value = "out")]
    out: PathBuf,
}

/// Digests and proof of what lies on the disk; with `-c`, also whether it is what that site makes.
pub fn run(options: &Options, global: &Global) -> Outcome {
    let mut report = Report::default();
    let Some(_) = &global.config else {
        let found = found(&options.out, &mut report.sink);
        let proof = found.as_ref().and_then(|found| proof(&found.manifest.claims, None, found, &mut report));
        return conclude(found.as_ref(), proof.as_ref(), report, global);
    };
    let Some(input) = pipeline::load(&global.paths(), &mut report) else {
        return fail(report, global);
    };
    let built = pipeline::run(&input, &mut report);
    if report.sink.has_errors() {
        return fail(report, global);
    }
    let found = found(&options.out, &mut report.sink);
    let proof = found.as_ref().and_then(|found| {
        let site = Claims::of(&built, &report.files);
        if is_stale(&found.manifest, &built.plan, &site, &mut report) {
            // What it was built from is not at hand: what it claims of itself is.
            return proof(&found.manifest.claims, None, found, &mut report);
        }
        proof(&site, Some(&built), found, &mut report)
    });
    conclude(found.as_ref(), proof.as_ref(), report, global)
}

/// Whether a manifest is of another site, catalog or version than the one at hand.
fn is_stale(manifest: &Manifest, plan: &Plan, site: &Claims, report: &mut Report) -> bool {
    let version = env!("CARGO_PKG_VERSION");
    let mut stale = Vec::new();
    if manifest.site_sha256 != plan.site.digest {
        stale.push(format!("another state of the site than `{}`", report.files.name(plan.site.file)));
    }
    if manifest.catalog_sha256 != plan.catalog.digest {
        stale.push("another catalog".to_owned());
    }
    if manifest.pacwright != version {
        stale.push(format!("pacwright {} instead of {version}", manifest.pacwright));
    }
    if !stale.is_empty() {
        let finding = Code::Stale.nowhere(format!("the files were built from {}", stale.join(" and ")));
        report.sink.push(finding.help("build again"));
        return true;
    }
    // Lines that are too many for it lie beside it, and may be missing.
    if manifest.claims.is_complete() && manifest.claims != *site {
        let message = "the manifest does not claim what the site makes, though it names the same site and catalog";
        report.sink.push(Code::BadManifest.nowhere(message));
    }
    false
}

/// Proves the files; `None` when the lines that they were made from are not at hand, which was told.
fn proof(claims: &Claims, site: Option<&Built>, found: &Found, report: &mut Report) -> Option<Proof> {
    if !claims.is_complete() {
        return None;
    }
    let rows = || found.manifest.artifacts.iter().zip(&found.files);
    let written = rows()
        .filter_map(|(row, bytes)| Some(Written { path: &row.path, output: &row.output, bytes: bytes.as_deref()? }));
    // That a file is not there was told; what the others of its output say without it is of no use.
    let is_whole = |id: &str| rows().all(|(row, bytes)| row.output != id || bytes.is_some());
    let mut claims = claims.clone();
    claims.outputs.retain(|output| is_whole(&output.id));
    let proof = prove(&claims, &written.collect::<Vec<_>>());
    for unproved in &proof.found {
        report.sink.push(match site {
            Some(built) => place::finding(built, unproved),
            None => Code::Unproved.nowhere(unproved.message.clone()),
        });
    }
    Some(proof)
}

/// A text of a manifest for a terminal: what is not plain is left out.
fn plain(text: &str) -> String {
    clip(text).chars().filter(|c| c.is_ascii_graphic()).collect()
}

fn conclude(found: Option<&Found>, proof: Option<&Proof>, report: Report, global: &Global) -> Outcome {
    let outcome = if report.sink.has_errors() { Outcome::Found } else { Outcome::Done };
    let counts = report.sink.summary(Severity::Error);
    let (told, files) = show(report, global, Severity::Error);
    let told: Vec<_> = told.into_iter().filter(|finding| finding.severity() == Severity::Error).collect();
    let manifest = found.map(|found| &found.manifest);
    match global.format {
        Format::Json | Format::Sarif => print_json(&json!({
            "site": manifest.map(|manifest| &manifest.site),
            "files": manifest.map(|manifest| manifest.artifacts.len()),
            "proof": proof.map(|proof| json!({
                "classes": proof.classes,
                "hosts": proof.hosts,
                "answers": proof.outputs.iter().cloned().collect::<BTreeMap<String, usize>>(),
                "not_read_back": proof.unread,
                "differences": proof.differences,
            })),
            "findings": diag_json::findings(&told, &files),
        })),
        _ if global.quiet => {}
        _ => {
            if let Some(manifest) = manifest {
                let (version, site) = (plain(&manifest.pacwright), plain(&manifest.site));
                let files = manifest.artifacts.len();
                print(&format!("{site}: {files} files, built by pacwright {version}\n"));
                if let Some(proof) = proof {
                    print(&format!("{}\n", proof_words(proof)));
                }
            }
            if outcome == Outcome::Found {
                say(&counts);
            }
        }
    }
    outcome
}
