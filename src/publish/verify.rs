//! What lies on the disk, held against its manifest.

use std::io::Read as _;
use std::path::Path;

use super::manifest::{self, Bad, Manifest};
use super::{LINES, MANIFEST, digest, symlink_on_the_way};
use crate::diag::{Code, Sink};
use crate::target::configure::safe_path;

/// A build that was found on a disk.
#[derive(Debug)]
pub struct Found {
    /// Its manifest.
    pub manifest: Manifest,
    /// The bytes of its files, in the order of the manifest; none for those that could not be read.
    pub files: Vec<Option<Vec<u8>>>,
}

/// Most bytes of a file that are read: no list that a product takes is larger.
const LARGEST: u64 = 1 << 30;
/// Most bytes of a manifest.
const LARGEST_MANIFEST: u64 = 64 << 20;
/// Most bytes of the lines beside it.
const LARGEST_LINES: u64 = 256 << 20;

/// Reads a folder; everything that is not as its manifest says goes into the sink. `None` without a manifest.
#[must_use]
pub fn found(folder: &Path, sink: &mut Sink) -> Option<Found> {
    let at = folder.join(MANIFEST);
    let bytes = match read(folder, MANIFEST, LARGEST_MANIFEST) {
        Ok(bytes) => bytes,
        Err(why) => {
            let finding = Code::BadManifest.nowhere(format!("`{}`: {why}", at.display()));
            sink.push(finding.help("the folder is the one that `build` wrote: `pacwright verify out`"));
            return None;
        }
    };
    let mut manifest = match manifest::read(&bytes) {
        Ok(manifest) => manifest,
        Err(bad) => {
            let why = match bad {
                Bad::Unreadable(why) => format!("cannot be read: {why}"),
                Bad::Changed => "is not as it was written: its bytes do not have the digest it names".to_owned(),
            };
            let finding = Code::BadManifest.nowhere(format!("`{}` {why}", at.display()));
            sink.push(finding.help("build again"));
            return None;
        }
    };
    if let Err(why) = is_whole(&manifest) {
        sink.push(Code::BadManifest.nowhere(format!("`{}` {why}", at.display())));
    }
    if let Err(why) = long_lines(folder, &mut manifest) {
        sink.push(Code::FileChanged.nowhere(format!("`{}` {why}", folder.join(LINES).display())));
    }
    let mut files = Vec::new();
    for row in &manifest.artifacts {
        let shown = folder.join(&row.path);
        if let Err(why) = safe_path(&row.path) {
            sink.push(Code::BadManifest.nowhere(format!("`{}` names the file {:?}: {why}", at.display(), row.path)));
            files.push(None);
            continue;
        }
        let bytes = read(folder, &row.path, LARGEST);
        match &bytes {
            Ok(bytes) if digest(bytes) == row.sha256 => {}
            Ok(bytes) => {
                let other = manifest.artifacts.iter().find(|other| other.sha256 == digest(bytes));
                let what = match other {
                    Some(other) => format!("holds what `{}` should hold", other.path),
                    None if bytes.len() == row.bytes => "is not as it was written".to_owned(),
                    None => format!("is not as it was written: {} bytes instead of {}", bytes.len(), row.bytes),
                };
                sink.push(Code::FileChanged.nowhere(format!("`{}` {what}", shown.display())));
            }
            Err(why) => sink.push(Code::FileChanged.nowhere(format!("`{}`: {why}", shown.display()))),
        }
        files.push(bytes.ok());
    }
    Some(Found { manifest, files })
}

/// Puts the lines beside a manifest back into it.
fn long_lines(folder: &Path, manifest: &mut Manifest) -> Result<(), String> {
    let Some(row) = &manifest.long else { return Ok(()) };
    let bytes = read(folder, LINES, LARGEST_LINES).map_err(|why| format!("cannot be read: {why}"))?;
    let text = String::from_utf8(bytes).ok().filter(|text| digest(text.as_bytes()) == row.sha256);
    let text = text.ok_or_else(|| "is not as it was written".to_owned())?;
    manifest::complete(manifest, &text)
}

/// Whether a manifest speaks of itself without contradiction: a file that no output claims would not be proved.
fn is_whole(manifest: &Manifest) -> Result<(), String> {
    let (rows, claims) = (&manifest.artifacts, &manifest.claims);
    for (at, row) in rows.iter().enumerate() {
        if rows.iter().take(at).any(|before| before.path == row.path) {
            return Err(format!("names the file {:?} twice", row.path));
        }
        if !claims.outputs.iter().any(|output| output.id == row.output) {
            return Err(format!(
                "names the file {:?} of the output {:?}, which it does not claim",
                row.path, row.output
            ));
        }
    }
    for output in &claims.outputs {
        if !rows.iter().any(|row| row.output == output.id) {
            return Err(format!("claims the output {:?} without a file", output.id));
        }
        let is_zone = |label: &String| claims.zones.iter().any(|zone| zone.label() == label);
        if output.zones.is_empty() || !output.zones.iter().all(is_zone) {
            return Err(format!("claims the output {:?} for no zone, or for one that it does not have", output.id));
        }
    }
    if manifest.long.is_none() && !claims.is_complete() {
        return Err("claims more lines than it keeps".to_owned());
    }
    if rows.is_empty() { Err("names no file".to_owned()) } else { Ok(()) }
}

/// The bytes of a file below a folder, not through links.
fn read(folder: &Path, name: &str, limit: u64) -> Result<Vec<u8>, String> {
    if let Some(link) = symlink_on_the_way(folder, name) {
        return Err(format!("`{}` is a symbolic link", link.display()));
    }
    let path = folder.join(name);
    let said = |error: std::io::Error| error.to_string();
    let is_file = std::fs::metadata(&path).map_err(said)?.is_file();
    if !is_file {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(&path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(said)?;
    if read as u64 > limit { Err("larger than any list".to_owned()) } else { Ok(bytes) }
}
