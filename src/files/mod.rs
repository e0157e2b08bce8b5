//! Files that libvm opens by a given path: regular files only, opened without blocking, and with a check of who could have put
//! them there ([`Provenance`]).
#![forbid(unsafe_code)]

mod directory;
mod lock;
mod new;
mod provenance;
mod replace;
mod stamp;

use crate::status::{Error, Result, Status};
pub use directory::{make_directory, sync_directory};
pub use lock::try_lock;
pub use new::NewFiles;
pub use provenance::{Provenance, Trusted, real_path};
pub use replace::replace;
pub use stamp::Stamp;
use std::fs::{File, Metadata, OpenOptions};
use std::path::Path;

/// An open regular file.
pub struct Opened {
    /// The file.
    pub file: File,
    /// Its metadata when it was opened.
    pub metadata: Metadata,
}

/// Opens a regular file for reading. It never blocks: a named pipe without a writer, a terminal or a device is refused with the
/// status `irregular`. `action` says in messages what failed, as in "open the plug-in".
///
/// # Errors
/// `irregular`; `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`.
pub fn open(path: &Path, action: &str, irregular: Status) -> Result<Opened> {
    let failed = |error| Error::io(action, path, &error);
    // Opening a device may have side effects, so that it is not opened to find out what it is.
    require_regular(&path.metadata().map_err(failed)?, path, action, irregular)?;
    let file = options().read(true).open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    require_regular(&metadata, path, action, irregular)?;
    Ok(Opened { file, metadata })
}

/// Returns options with which opening does not block, whatever the path refers to by then.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

/// Opens a file for reading and writing, and creates it, only for this user, if nothing exists there: never through a link, and
/// without blocking. The caller must check what kind of file it is.
///
/// # Errors
/// Those of the system.
pub fn open_own(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_NOFOLLOW);
    }
    options.open(path)
}

/// Returns whether an open file is what the path refers to, without following a link at its end.
///
/// # Errors
/// Those of the system, such as when nothing exists there.
pub fn is_at(file: &Metadata, path: &Path) -> std::io::Result<bool> {
    Ok(is_same(file, &path.symlink_metadata()?))
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Returns whether an open file has several names, so that changing it here changes it elsewhere too.
pub fn has_other_names(file: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(file) > 1;
    #[cfg(not(unix))]
    return false;
}

/// The standard library offers no file IDs on this system.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

fn require_regular(metadata: &Metadata, path: &Path, action: &str, irregular: Status) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let message = format!("cannot {action} {}: it is {}, and only regular files are opened", path.display(), kind(metadata));
    Err(Error::new(irregular, message).at_path(path))
}

/// Returns the kind of something that is not a regular file.
pub fn kind(metadata: &Metadata) -> &'static str {
    if is_pipe(metadata) {
        return "a named pipe";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_socket() {
            return "a socket";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if metadata.is_dir() {
        "a directory"
    } else if metadata.is_symlink() {
        "a symbolic link"
    } else {
        "not a regular file"
    }
}

fn is_pipe(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type());
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

/// Refuses a named pipe: opening it would block until another process opens its other end. A pipe without a name, such as the one
/// behind `/dev/stdout`, is already open at both ends. `action` states in messages what failed, `instead` what to do.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT`.
pub fn refuse_named_pipe(path: &Path, action: &str, instead: &str) -> Result<()> {
    // A pipe without a name has no path without links.
    let found = path.canonicalize().and_then(|named| named.metadata());
    if !found.is_ok_and(|metadata| is_pipe(&metadata)) {
        return Ok(());
    }
    let message =
        format!("cannot {action} {}: it is a named pipe, and opening it could block for ever; {instead}", path.display());
    Err(Error::new(libvm_abi::STATUS_INVALID_ARGUMENT, message).at_path(path))
}
