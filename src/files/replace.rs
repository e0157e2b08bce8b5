//! Replacing a file.
#![forbid(unsafe_code)]

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Replaces the file at a path without links, or creates it: readers find the old or the new file, complete. On failure, the
/// old file stays. Nobody gets access to the new file who did not have it to the old one.
///
/// # Errors
/// Those of the system.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let Some((directory, name)) = path.parent().zip(path.file_name()) else {
        return Err(ErrorKind::IsADirectory.into());
    };
    let old = match path.symlink_metadata() {
        Ok(old) if old.is_file() => Some(old),
        Ok(old) => return Err(std::io::Error::other(format!("it is {}", super::kind(&old)))),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!("-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let temporary = directory.join(hidden);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if old.is_some() { 0o600 } else { 0o644 });
    let mut file = options.open(&temporary)?;
    let written = file.write_all(content).and_then(|()| {
        old.map_or(Ok(()), |old| limit_rights(&file, &old))?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    match written {
        // So that the new name persists after a power failure, where directories can be opened.
        Ok(()) => File::open(directory).and_then(|directory| directory.sync_all()).or(Ok(())),
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

/// Gives a new file, which only this user can read, the permissions of the old one, without write access for others.
#[cfg(unix)]
fn limit_rights(new: &File, old: &Metadata) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let mut mode = old.mode() & 0o644;
    if new.metadata()?.gid() != old.gid() && fchown(new, None, Some(old.gid())).is_err() {
        // The group differs.
        mode &= !0o040;
    }
    new.set_permissions(fs::Permissions::from_mode(mode | 0o200))
}

#[cfg(not(unix))]
fn limit_rights(_: &File, _: &Metadata) -> Result<()> {
    Ok(())
}
