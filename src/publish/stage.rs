//! One file, old or new and never half: written beside its place, synced, renamed.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// A finished file that still lies under another name.
pub struct Staged(NamedTempFile);

/// Writes and syncs a file beside its place.
///
/// # Errors
/// What the system says.
pub fn stage(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // In the same folder: a rename across file systems fails.
    let mut file = tempfile::Builder::new().prefix(".pacwright-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    readable_by_all(file.as_file())?;
    file.as_file().sync_all()?;
    Ok(Staged(file))
}

impl Staged {
    /// Gives it its name and syncs the folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map_err(|e| e.error)?;
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// Temporary files are born private; the proxy's user must read these.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}
