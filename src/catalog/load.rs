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
use crate::source::{FileId, Files, MAX_TEXT, ReadError, Span};

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
    let vocabulary = Vocabulary::load(embedded::VOCABULARY, report);
    let tag_files = tag_files(overlay, report);
    let texts = &report.files;
    let beside = || {
        let vocabulary = embedded::VOCABULARY.iter().map(|carried| (carried.name, carried.text));
        let services = files.iter().map(|(stem, id)| (stem.as_str(), texts.all(*id)));
        let tags = tag_files.iter().map(|file| (file.name.as_str(), &*file.text));
        let digest = digest(vocabulary.chain(services).chain(tags));
        let mut sink = Sink::default();
        (digest, tags_of(tag_files, &mut sink), sink)
    };
    let (read, (digest, tags, of_tags)) = rayon::join(|| read(&files, texts), beside);
    report.sink.append(of_tags);
    let (services, broken) = together(read, &mut report.sink);
    Catalog { services, broken, laid_over, vocabulary, tags, digest }
}

/// SHA-256 over names and texts.
fn digest<'t>(files: impl Iterator<Item = (&'t str, &'t str)>) -> String {
    let mut digest = Sha256::new();
    for part in files.flat_map(|(name, text)| [name, text]) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}

/// Reads the files of services, each by the name of its file; beside them the names of those that could not be read.
pub fn services(
    files: &BTreeMap<String, FileId>,
    report: &mut Report,
) -> (BTreeMap<String, Service>, BTreeSet<String>) {
    let read = read(files, &report.files);
    together(read, &mut report.sink)
}

/// A file of a service that was read: its name, what it says, and what is wrong with it.
type Read<'f> = (&'f String, Option<Service>, Sink);

fn read<'f>(files: &'f BTreeMap<String, FileId>, texts: &Files) -> Vec<Read<'f>> {
    let one = |(stem, id): (&'f String, &FileId)| {
        let mut sink = Sink::default();
        (stem, service(*id, stem, &mut Context { files: texts, sink: &mut sink }), sink)
    };
    files.par_iter().map(one).collect()
}

fn together(read: Vec<Read>, sink: &mut Sink) -> (BTreeMap<String, Service>, BTreeSet<String>) {
    let mut services = BTreeMap::new();
    let mut broken = BTreeSet::new();
    for (stem, service, of_file) in read {
        sink.append(of_file);
        match service {
            Some(service) => _ = services.insert(stem.clone(), service),
            None => _ = broken.insert(stem.clone()),
        }
    }
    validate::references(&services, &broken, sink);
    (services, broken)
}

/// A file of service tags.
struct TagText {
    /// Under which name it goes into the digest.
    name: String,
    cloud: Cloud,
    id: FileId,
    text: Cow<'static, str>,
    /// Whether it is the user's.
    is_foreign: bool,
}

/// The files of service tags: the embedded ones, each replaced by the overlay's of the same cloud, in its folder `tags`.
fn tag_files(overlay: Option<&Path>, report: &mut Report) -> Vec<TagText> {
    let mut found = Vec::new();
    let cloud = |name: &str| Cloud::WORDS.iter().find(|(word, _)| *word == file_stem(name)).map(|(_, cloud)| *cloud);
    for (name, text) in embedded::TAGS {
        if let Some(cloud) = cloud(name) {
            let id = report.files.add(*name, "");
            let text = Cow::Borrowed(*text);
            found.push(TagText { name: (*name).to_owned(), cloud, id, text, is_foreign: false });
        }
    }
    let Some(folder) = overlay.map(|folder| folder.join("tags")).filter(|folder| folder.exists()) else { return found };
    for path in files_in(&folder, &["txt"], report) {
        let shown = path.to_string_lossy();
        match (report.files.read(&path, MAX_TEXT), cloud(&shown)) {
            (Ok(id), Some(cloud)) => {
                let (name, text) = (format!("tags/{}", file_stem(&shown)), report.files.all(id).to_owned());
                found.push(TagText { name, cloud, id, text: Cow::Owned(text), is_foreign: true });
            }
            (Ok(id), None) => {
                let words: Vec<&str> = Cloud::WORDS.iter().map(|(word, _)| *word).collect();
                let message = "the file is not named after a cloud";
                let finding = Code::BadTags.at(Span::new(id, 0, 0), message);
                report.sink.push(finding.help(format!("clouds: {}", words.join(", "))));
            }
            (Err((id, error)), _) => report.sink.push(unreadable(id, &error)),
        }
    }
    found
}

fn tags_of(files: Vec<TagText>, sink: &mut Sink) -> Tags {
    let mut tags = Tags::default();
    for file in files {
        tags.add(file.cloud, file.id, file.text, file.is_foreign, sink);
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
        ReadError::NotUtf8(bad) => not_utf8(file, bad.first().copied().unwrap_or(0)),
    }
}

/// The finding for a byte that is not UTF-8.
#[must_use]
pub fn not_utf8(file: FileId, at: usize) -> crate::diag::Diagnostic {
    Code::CannotRead
        .at(Span::new(file, at, at), "this byte is not UTF-8")
        .help("save the file as UTF-8 (Shift_JIS and UTF-16 are not read)")
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
