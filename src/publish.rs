//! Artifacts to disk: the only stage that writes.
//!
//! In: artifacts in memory. Out: the output folder and its manifest. Each file is staged beside its place, synced and
//! renamed, the manifest last. Files pacwright did not write, or that were edited since, are kept and reported.

pub mod manifest;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::catalog::load::hex;
use crate::diag::{Code, Sink};
use crate::pipeline::Artifact;
use sha2::{Digest, Sha256};

/// The name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// What publishing a set of artifacts would do to a folder.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files that are written, by path.
    pub written: Vec<String>,
    /// Files of an earlier build that are removed.
    pub removed: Vec<String>,
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Compares a folder with what would be written; errors (edited or foreign files in the way) go into the sink.
#[must_use]
pub fn plan(folder: &Path, artifacts: &[Artifact], manifest: &[u8], force: bool, sink: &mut Sink) -> Changes {
    let mut changes = Changes::default();
    if folder.exists() && !folder.is_dir() {
        sink.push(Code::CannotWrite.nowhere(format!("`{}` is not a folder", folder.display())));
        return changes;
    }
    if folder.join(MANIFEST).is_dir() {
        sink.push(Code::CannotWrite.nowhere(format!("`{}` is a folder", folder.join(MANIFEST).display())));
        return changes;
    }
    let old = match std::fs::read(folder.join(MANIFEST)) {
        Ok(bytes) => manifest::digests(&bytes),
        Err(_) => BTreeMap::new(),
    };
    for artifact in artifacts {
        let path = folder.join(&artifact.path);
        if let Some(link) = symlink_on_the_way(folder, &artifact.path) {
            let message = format!("`{}` is a symbolic link; nothing is written through it", link.display());
            sink.push(Code::CannotWrite.nowhere(message));
            continue;
        }
        let on_disk = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                changes.written.push(artifact.path.clone());
                continue;
            }
            Err(error) => {
                sink.push(Code::CannotWrite.nowhere(format!("`{}`: {error}", path.display())));
                continue;
            }
        };
        if on_disk == artifact.bytes {
            continue;
        }
        let ours = old.get(&artifact.path).is_some_and(|d| *d == digest(&on_disk));
        if !ours && !force {
            let what = if old.contains_key(&artifact.path) {
                "was edited since the last build"
            } else {
                "was not written by pacwright"
            };
            let finding = Code::CannotWrite.nowhere(format!("`{}` {what}", path.display()));
            sink.push(finding.help("keep your change elsewhere, or overwrite it with --force"));
            continue;
        }
        changes.written.push(artifact.path.clone());
    }
    for (name, recorded) in &old {
        if artifacts.iter().any(|a| a.path == *name) || crate::target::configure::safe_path(name).is_err() {
            continue;
        }
        // Only what is still as we wrote it is ours to remove.
        if std::fs::read(folder.join(name)).is_ok_and(|bytes| digest(&bytes) == *recorded) {
            changes.removed.push(name.clone());
        }
    }
    if std::fs::read(folder.join(MANIFEST)).ok().as_deref() != Some(manifest) {
        changes.written.push(MANIFEST.to_owned());
    }
    changes
}

/// Writes what `plan` found.
///
/// # Errors
/// The file that could not be written, and why; files renamed before stay.
pub fn publish(folder: &Path, artifacts: &[Artifact], manifest: &[u8], changes: &Changes) -> Result<(), String> {
    let said = |path: &Path| {
        let path = path.to_path_buf();
        move |error: std::io::Error| format!("`{}`: {error}", path.display())
    };
    std::fs::create_dir_all(folder).map_err(said(folder))?;
    let mut staged = Vec::new();
    for artifact in artifacts.iter().filter(|a| changes.written.contains(&a.path)) {
        let path = folder.join(&artifact.path);
        staged.push((stage::stage(&path, &artifact.bytes).map_err(said(&path))?, path));
    }
    for (file, path) in staged {
        file.rename(&path).map_err(said(&path))?;
    }
    for name in &changes.removed {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(said(&path))?;
        // A folder that is empty now was ours.
        if let Some(parent) = path.parent().filter(|p| *p != folder) {
            let _ = std::fs::remove_dir(parent);
        }
    }
    if changes.written.iter().any(|name| name == MANIFEST) {
        let path = folder.join(MANIFEST);
        stage::stage(&path, manifest).map_err(said(&path))?.rename(&path).map_err(said(&path))?;
    }
    Ok(())
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
