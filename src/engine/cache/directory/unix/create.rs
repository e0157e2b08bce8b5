//! Creating the directory, and those above it.
//!
//! Who else can change the deepest directory that exists is checked before anything is created in it. Everything below is reached through
//! descriptors, so that a process with the rights of root leaves nothing where another user decides what a path means.
#![forbid(unsafe_code)]

use crate::files::Provenance;
use crate::status::{Error, Result};
use crate::system;
use rustix::fd::AsFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, chmodat, mkdirat, openat, statat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Opens a directory, without following a link at the end of its path.
///
/// # Errors
/// Those of the system.
pub fn open(at: impl AsFd, path: &Path) -> io::Result<File> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(openat(at, path, flags, Mode::empty())?))
}

/// Creates a directory that only this user can use, and those above it, unless something exists there; `what` begins the message.
///
/// # Errors
/// `STATUS_UNTRUSTED_PATH` if others can change where it would be; those of the system.
pub fn create(path: &Path, what: &str) -> Result<()> {
    let failed = |error: io::Error| Error::io("use the cache directory", path, &error);
    let (mut existing, mut missing) = (path, Vec::new());
    while is_missing(existing).map_err(failed)? {
        let (Some(above), Some(name)) = (existing.parent(), existing.file_name()) else {
            return Err(failed(ErrorKind::NotFound.into()));
        };
        missing.push(Path::new(name));
        existing = above;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let way = Provenance::of_directory(existing)?;
    way.require_own(what)?;
    let mut directory = open(CWD, way.real()).map_err(failed)?;
    while let Some(name) = missing.pop() {
        let mode = Mode::from_raw_mode(if missing.is_empty() { 0o700 } else { 0o755 });
        match mkdirat(&directory, name, mode) {
            Ok(()) => allow_owner(&directory, name).map_err(|error| failed(error.into()))?,
            // Another process was faster.
            Err(Errno::EXIST) => {}
            Err(error) => return Err(failed(error.into())),
        }
        directory = open(&directory, name).map_err(failed)?;
        let owner = directory.metadata().map_err(failed)?.uid();
        if owner != 0 && owner != system::effective_user() {
            // In a directory such as `/tmp`; the check of the whole path says whose it is.
            return Ok(());
        }
    }
    Ok(())
}

/// The umask may have taken the rights of the owner. Nobody else can have put anything in the place of what was just created.
fn allow_owner(directory: &File, name: &Path) -> rustix::io::Result<()> {
    let mode = Mode::from_raw_mode(statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode) | Mode::RWXU;
    chmodat(directory, name, mode, AtFlags::empty())
}

fn is_missing(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
