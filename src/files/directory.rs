//! Creating directories that others cannot change.
#![forbid(unsafe_code)]

use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Result};
use std::path::Path;

/// Creates a directory, and its parents, unless they exist: writable by this user only, whatever the umask is; the umask decides who
/// can read it.
///
/// # Errors
/// Those of the system; that something exists there which is not a directory.
pub fn make_directory(path: &Path) -> Result<()> {
    match path.metadata() {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_directory(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    match builder.create(path) {
        Ok(()) => allow_owner(path),
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The umask may have taken the rights of the owner.
#[cfg(unix)]
fn allow_owner(path: &Path) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let mode = path.symlink_metadata()?.mode() & 0o777;
    if mode & 0o700 == 0o700 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode | 0o700))
}

#[cfg(not(unix))]
fn allow_owner(_: &Path) -> Result<()> {
    Ok(())
}

/// Waits until the names in a directory persist after a power failure, on systems where directories can be opened and file systems that
/// support it.
pub fn sync_directory(path: &Path) {
    let _ = File::open(path).and_then(|directory| directory.sync_all());
}
