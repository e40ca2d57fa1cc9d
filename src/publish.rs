//! Artifacts to disk: the only stage that writes.
//!
//! In: artifacts in memory. Out: the output folder and its manifest. What will be written is announced in a journal, each
//! file is staged beside its place, synced and renamed, the manifest last. Files pacwright did not write, or that were
//! edited since, are kept and reported.

pub mod journal;
pub mod manifest;
mod stage;
pub mod verify;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::catalog::load::hex;
use crate::diag::{Code, Sink};
use crate::pipeline::Artifact;
use journal::{Journal, Refused, Written};
use manifest::Made;

/// The name of the manifest.
pub const MANIFEST: &str = "manifest.json";
/// The name of the file of lines that are too many for it.
pub const LINES: &str = "manifest-lines.txt";

/// Everything that a build writes.
#[derive(Debug)]
pub struct Release<'b> {
    /// Its files, by path; the manifest is none of them.
    files: Vec<(&'b str, &'b [u8])>,
    /// Their digests.
    digests: &'b BTreeMap<String, String>,
    manifest: &'b [u8],
}

impl<'b> Release<'b> {
    /// The files of a build, and its manifest.
    #[must_use]
    pub fn new(artifacts: &'b [Artifact], made: &'b Made) -> Self {
        let files = artifacts.iter().map(|artifact| (artifact.path.as_str(), artifact.bytes.as_slice()));
        let long = made.long.as_ref().map(|text| (LINES, text.as_bytes()));
        Self { files: files.chain(long).collect(), digests: &made.digests, manifest: &made.manifest }
    }
}

/// What publishing a set of artifacts would do to a folder.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files that are written, by path.
    pub written: Vec<String>,
    /// Files of an earlier build that are removed.
    pub removed: Vec<String>,
    /// Files of an earlier build that would be, but were edited since.
    pub kept: Vec<String>,
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Locks a folder against other builds; what stands against it goes into the sink.
#[must_use]
pub fn open(folder: &Path, sink: &mut Sink) -> Option<Journal> {
    if is_in_the_way(folder, sink) {
        return None;
    }
    match Journal::open(folder) {
        Ok(journal) => return Some(journal),
        Err(Refused::Busy) => {
            let finding = Code::CannotWrite.nowhere(format!("another build is writing into `{}`", folder.display()));
            sink.push(finding.help("try again when it has ended"));
        }
        Err(Refused::Io(path, error)) => {
            sink.push(Code::CannotWrite.nowhere(format!("`{}`: {error}", path.display())));
        }
    }
    None
}

/// Whether something that is no folder stands where one should.
fn is_in_the_way(folder: &Path, sink: &mut Sink) -> bool {
    let is = folder.exists() && !folder.is_dir();
    if is {
        sink.push(Code::CannotWrite.nowhere(format!("`{}` is not a folder", folder.display())));
    }
    is
}

/// Everything that builds are known to have written into a folder: by its manifest, and by its journal.
fn written(folder: &Path) -> Written {
    let mut known = journal::announced(folder);
    if let Ok(bytes) = read_regular(&folder.join(MANIFEST)) {
        for (name, digest) in manifest::digests(&bytes) {
            known.entry(name).or_default().insert(digest);
        }
    }
    known
}

/// Compares a folder with what would be written; errors (edited or foreign files in the way) go into the sink.
#[must_use]
pub fn plan(folder: &Path, release: &Release, force: bool, sink: &mut Sink) -> Changes {
    let mut changes = Changes::default();
    if is_in_the_way(folder, sink) {
        return changes;
    }
    let known = written(folder);
    for (name, bytes) in &release.files {
        let path = folder.join(name);
        if let Some(link) = symlink_on_the_way(folder, name) {
            let message = format!("`{}` is a symbolic link; nothing is written through it", link.display());
            sink.push(Code::CannotWrite.nowhere(message));
            continue;
        }
        let on_disk = match read_regular(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                changes.written.push((*name).to_owned());
                continue;
            }
            Err(error) => {
                sink.push(Code::CannotWrite.nowhere(format!("`{}`: {error}", path.display())));
                continue;
            }
        };
        if on_disk == *bytes {
            continue;
        }
        let ours = known.get(*name).is_some_and(|digests| digests.contains(&digest(&on_disk)));
        if !ours && !force {
            let what = if known.contains_key(*name) {
                "was edited since the last build"
            } else {
                "was not written by pacwright"
            };
            let finding = Code::CannotWrite.nowhere(format!("`{}` {what}", path.display()));
            sink.push(finding.help("keep your change elsewhere, or overwrite it with --force"));
            continue;
        }
        changes.written.push((*name).to_owned());
    }
    for (name, digests) in &known {
        if release.files.iter().any(|(path, _)| path == name) || !may_be_ours(name) {
            continue;
        }
        // Only what is still as we wrote it is ours to remove; what lies behind a link is elsewhere.
        if symlink_on_the_way(folder, name).is_some() {
            continue;
        }
        match read_regular(&folder.join(name)) {
            Ok(bytes) if digests.contains(&digest(&bytes)) => changes.removed.push(name.clone()),
            Ok(_) => changes.kept.push(name.clone()),
            Err(_) => {}
        }
    }
    plan_manifest(folder, release.manifest, force, &mut changes, sink);
    changes
}

/// Whether a build can have written a file of a name.
fn may_be_ours(name: &str) -> bool {
    name == LINES || crate::target::configure::safe_path(name).is_ok()
}

/// The bytes of a file; a pipe would wait for a writer that may never come.
fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() { std::fs::read(path) } else { Err(io::Error::other("not a regular file")) }
}

fn plan_manifest(folder: &Path, manifest: &[u8], force: bool, changes: &mut Changes, sink: &mut Sink) {
    let path = folder.join(MANIFEST);
    if path.is_dir() || symlink_on_the_way(folder, MANIFEST).is_some() {
        let what = if path.is_dir() { "folder" } else { "symbolic link; nothing is written through it" };
        sink.push(Code::CannotWrite.nowhere(format!("`{}` is a {what}", path.display())));
        return;
    }
    let on_disk = match read_regular(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            sink.push(Code::CannotWrite.nowhere(format!("`{}`: {error}", path.display())));
            return;
        }
        read => read.ok(),
    };
    if on_disk.as_deref() == Some(manifest) {
        return;
    }
    // Web applications have files of this name too. One of ours, edited or torn, still says whose it is.
    let names_us = |bytes: &[u8]| bytes.is_empty() || bytes.windows(11).any(|window| window == b"\"pacwright\"");
    if !force && on_disk.is_some_and(|bytes| !names_us(&bytes)) {
        let finding = Code::CannotWrite.nowhere(format!("`{}` was not written by pacwright", path.display()));
        sink.push(finding.help("build into another folder, or overwrite it with --force"));
        return;
    }
    changes.written.push(MANIFEST.to_owned());
}

/// Writes what `plan` found.
///
/// # Errors
/// The file that could not be written, and why; and how many files were changed before. Until the first file is renamed
/// nothing has changed; a file renamed before stays, and the journal knows it.
pub fn publish(
    folder: &Path,
    release: &Release,
    changes: &Changes,
    mut journal: Journal,
) -> Result<(), (String, usize)> {
    let mut done = 0;
    write_all(folder, release, changes, (&mut journal, &mut done)).map_err(|why| (why, done))
}

fn write_all(
    folder: &Path,
    release: &Release,
    changes: &Changes,
    (journal, done): (&mut Journal, &mut usize),
) -> Result<(), String> {
    let journal_said = said(&folder.join(journal::JOURNAL));
    let is_idle = journal.is_idle().map_err(&journal_said)?;
    if changes.written.is_empty() && changes.removed.is_empty() && is_idle {
        return Ok(());
    }
    // What a killed build left beside the places of its files: it announced them first.
    let announced = journal::announced(folder);
    let names = announced.keys().filter(|name| may_be_ours(name));
    let names = names.map(String::as_str).chain([MANIFEST]);
    for name in names.filter(|name| symlink_on_the_way(folder, name).is_none()) {
        let left = stage::staged_at(&folder.join(name));
        stage::remove(&left).map_err(said(&left))?;
    }
    let new = release.files.iter().filter(|(name, _)| changes.written.iter().any(|written| written == name));
    let writes = release.digests.iter().filter(|(name, _)| changes.written.contains(name));
    let writes = writes.map(|(name, digest)| (name.clone(), digest.clone())).collect();
    journal.announce(&writes).map_err(&journal_said)?;
    let mut staged = Vec::new();
    for (name, bytes) in new {
        let path = folder.join(name);
        staged.push((stage::stage(&path, bytes).map_err(said(&path))?, path));
    }
    // Staged with the others: a disk that is full says so before the first file changes.
    let path = folder.join(MANIFEST);
    let last = changes.written.iter().any(|name| name == MANIFEST);
    let last = last.then(|| stage::stage(&path, release.manifest).map_err(said(&path))).transpose()?;
    for (file, path) in staged {
        file.rename(&path).map_err(said(&path))?;
        *done += 1;
    }
    for name in &changes.removed {
        let path = folder.join(name);
        stage::remove(&path).map_err(said(&path))?;
        *done += 1;
        // A folder that is empty now was ours.
        if let Some(parent) = path.parent().filter(|p| *p != folder) {
            let _ = std::fs::remove_dir(parent);
        }
    }
    if let Some(last) = last {
        last.rename(&path).map_err(said(&path))?;
        *done += 1;
    }
    journal.done().map_err(journal_said)
}

/// Replaces single files of a folder, old or new and never half; until the first is renamed nothing has changed.
///
/// # Errors
/// The file that could not be written, and why.
pub fn replace(folder: &Path, files: &[(&Path, &[u8])]) -> Result<(), String> {
    if files.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(said(folder))?;
    // Two at once would take each other's staged files away. The folder itself is locked, as such a folder is people's and
    // should hold nothing but theirs; where folders cannot be locked, nothing is.
    let locked = std::fs::File::open(folder);
    if matches!(locked.as_ref().map(std::fs::File::try_lock), Ok(Err(std::fs::TryLockError::WouldBlock))) {
        return Err(format!("`{}`: another import writes into it", folder.display()));
    }
    let mut staged = Vec::new();
    for (path, bytes) in files {
        if std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink()) {
            return Err(format!("`{}` is a symbolic link; nothing is written through it", path.display()));
        }
        staged.push((stage::stage(path, bytes).map_err(said(path))?, *path));
    }
    for (file, path) in staged {
        file.rename(path).map_err(said(path))?;
    }
    Ok(())
}

/// What the system says of a path, in words.
fn said(path: &Path) -> impl Fn(io::Error) -> String + use<> {
    let path = path.display().to_string();
    move |error| format!("`{path}`: {error}")
}

/// The first symbolic link between the output folder and a file in it.
fn symlink_on_the_way(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut at = folder.to_path_buf();
    for part in path.split('/') {
        at.push(part);
        if std::fs::symlink_metadata(&at).is_ok_and(|m| m.file_type().is_symlink()) {
            return Some(at);
        }
    }
    None
}
