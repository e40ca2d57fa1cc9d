//! One file, old or new and never half: written beside its place, synced, renamed.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::journal::sync_folder;

/// A finished file that still lies under another name; dropped, it goes.
pub struct Staged {
    at: PathBuf,
    is_renamed: bool,
}

/// Where a file lies until it is renamed: in the same folder, as a rename across file systems fails, under a name that no
/// output can have.
#[must_use]
pub fn staged_at(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".pacwright-new-{name}"))
}

/// Writes and syncs a file beside its place.
///
/// # Errors
/// What the system says.
pub fn stage(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
    let at = staged_at(path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Left by a build that was killed; the journal is locked, so nobody else is writing it.
    remove(&at)?;
    // Never through a link.
    let mut file = OpenOptions::new().write(true).create_new(true).open(&at)?;
    let staged = Staged { at, is_renamed: false };
    file.write_all(bytes)?;
    readable_by_all(&file)?;
    file.sync_all()?;
    Ok(staged)
}

/// Removes a file that may not be there.
///
/// # Errors
/// What the system says.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Staged {
    /// Gives it its name and syncs the folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.at, path)?;
        self.is_renamed = true;
        path.parent().map_or(Ok(()), sync_folder)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_renamed {
            // What cannot be removed now, the next build removes.
            let _ = std::fs::remove_file(&self.at);
        }
    }
}

/// The proxy's user must read these, whatever the umask of who builds.
#[cfg(unix)]
fn readable_by_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &File) -> io::Result<()> {
    Ok(())
}
