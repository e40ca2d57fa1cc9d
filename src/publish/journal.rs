//! The journal: what a build is about to write, on the disk before the first file changes. After a kill it says which
//! files are ours although no manifest names them yet. It is empty when nothing is under way, and locked while a build
//! publishes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Its name below the output folder.
pub const JOURNAL: &str = ".pacwright-journal";

/// The journal of a folder, locked.
#[derive(Debug)]
pub struct Journal {
    file: File,
    folder: PathBuf,
}

/// Digests by path: what builds wrote, or were about to write.
pub type Written = BTreeMap<String, BTreeSet<String>>;

/// Why a folder cannot be had.
#[derive(Debug)]
pub enum Refused {
    /// Another build publishes into it.
    Busy,
    /// The system says no.
    Io(PathBuf, io::Error),
}

impl Journal {
    /// Makes the folder when there is none, and locks its journal until it is dropped.
    ///
    /// # Errors
    /// Another build holds it, or what the system says.
    pub fn open(folder: &Path) -> Result<Self, Refused> {
        let refused = |path: &Path| {
            let path = path.to_path_buf();
            move |error| Refused::Io(path, error)
        };
        std::fs::create_dir_all(folder).map_err(refused(folder))?;
        let path = folder.join(JOURNAL);
        // Opening would follow a link to wherever it leads, and wait at a pipe.
        if std::fs::symlink_metadata(&path).is_ok_and(|m| !m.is_file()) {
            return Err(Refused::Io(path, io::Error::other("not a regular file")));
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(refused(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, folder: folder.to_path_buf() }),
            Err(TryLockError::WouldBlock) => Err(Refused::Busy),
            Err(TryLockError::Error(error)) => Err(Refused::Io(path, error)),
        }
    }

    /// Whether nothing is under way: no build that was killed announced anything.
    ///
    /// # Errors
    /// What the system says.
    pub fn is_idle(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == 0)
    }

    /// Says what will be written; it is on the disk when this returns.
    ///
    /// # Errors
    /// What the system says.
    pub fn announce(&mut self, writes: &BTreeMap<String, String>) -> io::Result<()> {
        // Behind what an earlier, killed build announced: its files may still lie there. A line of its own, whatever the
        // last one was torn by.
        let mut line = vec![b'\n'];
        serde_json::to_writer(&mut line, writes)?;
        line.push(b'\n');
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(&line)?;
        self.file.sync_all()?;
        sync_folder(&self.folder)
    }

    /// Says that everything announced is done.
    ///
    /// # Errors
    /// What the system says.
    pub fn done(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.sync_all()
    }
}

/// What builds that did not end have announced in a folder.
#[must_use]
pub fn announced(folder: &Path) -> Written {
    let mut found = Written::new();
    let path = folder.join(JOURNAL);
    if !std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_file()) {
        return found;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    // A line that is no record was torn: what it would have announced was never begun.
    let records = text.lines().filter_map(|line| serde_json::from_str::<BTreeMap<String, String>>(line).ok());
    for (name, digest) in records.flatten() {
        found.entry(name).or_default().insert(digest);
    }
    found
}

/// Syncs a folder: the names in it are on the disk.
///
/// # Errors
/// What the system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows has no handle of a folder to sync.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
