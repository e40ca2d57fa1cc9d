//! `manifest.json`: what was built from what, the digests of the files, and what is claimed of them; and beside it the lines of
//! long lists.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{LINES, digest};
use crate::claims::Claims;
use crate::pipeline::{Artifact, Built};

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// SHA-256 of the manifest's own bytes, with zeros in this place.
    pub manifest_sha256: String,
    /// The version that built.
    pub pacwright: String,
    /// The name of the site.
    pub site: String,
    /// SHA-256 over the catalog.
    pub catalog_sha256: String,
    /// SHA-256 over the texts of the site.
    pub site_sha256: String,
    /// What differs from an earlier build, when the build was told which: what `diff --format json` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<serde_json::Value>,
    /// The files.
    pub artifacts: Vec<ArtifactRow>,
    /// The file of what is left out of the claims, as it would be too long here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long: Option<LongRow>,
    /// What is claimed of them.
    #[serde(flatten)]
    pub claims: Claims,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRow {
    /// Its path below the output folder.
    pub path: String,
    /// The output it belongs to.
    pub output: String,
    /// Its length.
    pub bytes: usize,
    /// Its digest.
    pub sha256: String,
}

/// What a manifest says of the file [`LINES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongRow {
    /// Its length.
    pub bytes: usize,
    /// Its digest.
    pub sha256: String,
}

/// Stands where the digest of the manifest will stand.
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What stands before it. No text in the file can hold it: quotes are escaped there.
const OWN: &str = "\"manifest_sha256\": \"";

/// A manifest to be written.
#[derive(Debug)]
pub struct Made {
    /// Its bytes.
    pub manifest: Vec<u8>,
    /// The lines that it does not hold itself.
    pub long: Option<String>,
    /// The digests of all files but its own, by path.
    pub digests: BTreeMap<String, String>,
}

/// The manifest of a build. `since` is what differs from an earlier one.
///
/// # Errors
/// None that a build can meet; the serializer's.
pub fn make(built: &Built, mut claims: Claims, since: Option<serde_json::Value>) -> Result<Made, serde_json::Error> {
    let long = claims.take_long();
    let artifact = |artifact: &Artifact| ArtifactRow {
        path: artifact.path.clone(),
        output: built.outputs.get(artifact.output).map_or_else(String::new, |output| output.id.clone()),
        bytes: artifact.bytes.len(),
        sha256: digest(&artifact.bytes),
    };
    let manifest = Manifest {
        manifest_sha256: ZEROS.to_owned(),
        pacwright: env!("CARGO_PKG_VERSION").to_owned(),
        site: built.plan.site.name.clone(),
        catalog_sha256: built.plan.catalog.digest.clone(),
        site_sha256: built.plan.site.digest.clone(),
        since,
        artifacts: built.artifacts.par_iter().map(artifact).collect(),
        long: long.as_ref().map(|text| LongRow { bytes: text.len(), sha256: digest(text.as_bytes()) }),
        claims,
    };
    let mut text = serde_json::to_string_pretty(&manifest)?;
    text.push('\n');
    let own = digest(text.as_bytes());
    let digests = manifest.artifacts.into_iter().map(|row| (row.path, row.sha256));
    let digests = digests.chain(manifest.long.map(|row| (LINES.to_owned(), row.sha256))).collect();
    Ok(Made { manifest: text.replacen(ZEROS, &own, 1).into_bytes(), long, digests })
}

/// Most zones times outputs times entries that are believed: files beyond are not of a site, but meant to keep somebody busy.
const MOST_QUESTIONS: usize = 100_000_000;

const TOO_MUCH: &str = "it claims more zones, outputs and entries than can be proved";

/// Why a file is no manifest that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bad {
    /// It cannot be read as one: where and why.
    Unreadable(String),
    /// It was changed since it was written.
    Changed,
}

/// Reads a manifest.
///
/// # Errors
/// It is none, or not the bytes that a build wrote.
pub fn read(bytes: &[u8]) -> Result<Manifest, Bad> {
    let manifest: Result<Manifest, _> = serde_json::from_slice(bytes);
    let own = bytes.windows(OWN.len()).position(|window| window == OWN.as_bytes()).map(|at| at + OWN.len());
    let zeroed = own.and_then(|at| {
        let mut copy = bytes.to_vec();
        let place = copy.get_mut(at..at + ZEROS.len())?;
        let said = place.to_vec();
        place.copy_from_slice(ZEROS.as_bytes());
        Some(digest(&copy).as_bytes() == said)
    });
    match (manifest, zeroed) {
        (Ok(manifest), Some(true)) if manifest.claims.size() > MOST_QUESTIONS => {
            Err(Bad::Unreadable(TOO_MUCH.to_owned()))
        }
        (Ok(manifest), Some(true)) => Ok(manifest),
        (Ok(_), _) => Err(Bad::Changed),
        (Err(error), _) => Err(Bad::Unreadable(error.to_string())),
    }
}

/// Puts the lines of long lists back into the claims.
///
/// # Errors
/// Why they are not those of the manifest.
pub fn complete(manifest: &mut Manifest, text: &str) -> Result<(), String> {
    manifest.claims.put_long(text)?;
    if manifest.claims.size() > MOST_QUESTIONS { Err(TOO_MUCH.to_owned()) } else { Ok(()) }
}

/// The digests a manifest on disk records, by path; empty when it is not one.
#[must_use]
pub fn digests(bytes: &[u8]) -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Digests {
        artifacts: Vec<ArtifactRow>,
        #[serde(default)]
        long: Option<LongRow>,
    }
    // Of any version, edited or not: a file that matches it is one we wrote.
    let read: Result<Digests, _> = serde_json::from_slice(bytes);
    let Ok(read) = read else { return BTreeMap::new() };
    let long = read.long.map(|row| (super::LINES.to_owned(), row.sha256));
    read.artifacts.into_iter().map(|row| (row.path, row.sha256)).chain(long).collect()
}
