//! Reads the catalog: the embedded files, each replaced by the file of the same service in the overlay folder.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Catalog, Cloud, Service, Tags, Vocabulary, embedded, validate};
use crate::diag::{Code, Report, Sink};
use crate::read::record::{Context, Decode};
use crate::read::yaml;
use crate::source::{FileId, MAX_TEXT, ReadError, Span};

/// Loads the catalog; errors go into the report, and what could be read is returned all the same.
#[must_use]
pub fn load(overlay: Option<&Path>, report: &mut Report) -> Catalog {
    load_with(overlay, &[], report)
}

/// Loads the catalog as it would be with some files that are not written yet: their paths and texts.
#[must_use]
pub fn load_with(overlay: Option<&Path>, instead: &[(PathBuf, String)], report: &mut Report) -> Catalog {
    let mut files: BTreeMap<String, FileId> = BTreeMap::new();
    for carried in embedded::FILES {
        files.insert(file_stem(carried.name), report.files.add_carried(carried));
    }
    let mut laid_over: BTreeSet<String> = BTreeSet::new();
    if let Some(folder) = overlay {
        for path in files_in(folder, &["yaml", "yml"], report) {
            let stem = file_stem(&path.to_string_lossy());
            match report.files.read(&path, MAX_TEXT) {
                Ok(id) => {
                    laid_over.insert(stem.clone());
                    files.insert(stem, id);
                }
                Err((id, error)) => report.sink.push(unreadable(id, &error)),
            }
        }
    }
    for (path, text) in instead {
        let id = report.files.add(path.display().to_string(), text);
        files.insert(file_stem(&path.to_string_lossy()), id);
    }
    let mut digest = Sha256::new();
    let mut absorb = |stem: &str, text: &str| {
        for part in [stem, text] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    };
    let vocabulary = Vocabulary::load(embedded::VOCABULARY, report);
    embedded::VOCABULARY.iter().for_each(|carried| absorb(carried.name, carried.text));
    for (stem, id) in &files {
        absorb(stem, report.files.all(*id));
    }
    let tags = tags(overlay, report, &mut absorb);
    let (services, broken) = services(&files, report);
    Catalog { services, broken, laid_over, vocabulary, tags, digest: hex(&digest.finalize()) }
}

/// Reads the files of services, each by the name of its file; beside them the names of those that could not be read.
pub fn services(
    files: &BTreeMap<String, FileId>,
    report: &mut Report,
) -> (BTreeMap<String, Service>, BTreeSet<String>) {
    let texts = &report.files;
    let read: Vec<(&String, Option<Service>, Sink)> = files
        .par_iter()
        .map(|(stem, id)| {
            let mut sink = Sink::default();
            (stem, service(*id, stem, &mut Context { files: texts, sink: &mut sink }), sink)
        })
        .collect();
    let mut services = BTreeMap::new();
    let mut broken = BTreeSet::new();
    for (stem, service, sink) in read {
        report.sink.append(sink);
        match service {
            Some(service) => _ = services.insert(stem.clone(), service),
            None => _ = broken.insert(stem.clone()),
        }
    }
    validate::references(&services, &broken, &mut report.sink);
    (services, broken)
}

/// The service tags: the embedded files, each replaced by the overlay's of the same cloud, in its folder `tags`.
fn tags(overlay: Option<&Path>, report: &mut Report, absorb: &mut impl FnMut(&str, &str)) -> Tags {
    let mut tags = Tags::default();
    let cloud = |name: &str| Cloud::WORDS.iter().find(|(word, _)| *word == file_stem(name)).map(|(_, cloud)| *cloud);
    for (name, text) in embedded::TAGS {
        absorb(name, text);
        if let Some(cloud) = cloud(name) {
            let id = report.files.add(*name, "");
            tags.add(cloud, id, Cow::Borrowed(text), false, report);
        }
    }
    let Some(folder) = overlay.map(|folder| folder.join("tags")).filter(|folder| folder.exists()) else { return tags };
    for path in files_in(&folder, &["txt"], report) {
        match report.files.read(&path, MAX_TEXT) {
            Ok(id) => {
                let text = report.files.get(id).map_or_else(String::new, |f| f.text.to_string());
                absorb(&format!("tags/{}", file_stem(&path.to_string_lossy())), &text);
                match cloud(&path.to_string_lossy()) {
                    Some(cloud) => tags.add(cloud, id, Cow::Owned(text), true, report),
                    None => {
                        let words: Vec<&str> = Cloud::WORDS.iter().map(|(word, _)| *word).collect();
                        let message = "the file is not named after a cloud";
                        let finding = Code::BadTags.at(Span::new(id, 0, 0), message);
                        report.sink.push(finding.help(format!("clouds: {}", words.join(", "))));
                    }
                }
            }
            Err((id, error)) => report.sink.push(unreadable(id, &error)),
        }
    }
    tags
}

fn service(file: FileId, stem: &str, cx: &mut Context) -> Option<Service> {
    let node = match yaml::parse(cx.files, file) {
        Ok(node) => node,
        Err(error) => {
            cx.sink.push(*error);
            return None;
        }
    };
    let raw = super::raw::RawService::decode(&node, cx)?;
    validate::service(raw, stem, cx)
}

fn files_in(folder: &Path, extensions: &[&str], report: &mut Report) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect());
    let mut paths: Vec<PathBuf> = match listed {
        Ok(paths) => paths,
        Err(error) => {
            let message = format!("the catalog folder `{}` cannot be read: {error}", folder.display());
            report.sink.push(Code::CannotRead.nowhere(message));
            return Vec::new();
        }
    };
    paths.retain(|path| path.extension().is_some_and(|e| extensions.iter().any(|extension| e == *extension)));
    paths.sort();
    paths
}

fn file_stem(name: &str) -> String {
    Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The finding for a file that could not be read.
#[must_use]
pub fn unreadable(file: FileId, error: &ReadError) -> crate::diag::Diagnostic {
    let start = Span::new(file, 0, 0);
    match error {
        ReadError::Io(error) => Code::CannotRead.at(start, format!("the file cannot be read: {error}")),
        ReadError::TooLarge(limit) => {
            Code::CannotRead.at(start, format!("the file is larger than {} MiB", limit >> 20))
        }
        ReadError::NotUtf8(at) => Code::CannotRead
            .at(Span::new(file, *at, *at), "this byte is not UTF-8")
            .help("save the file as UTF-8 (Shift_JIS and UTF-16 are not read)"),
    }
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
