//! The secret of a cache: random bytes in a file that only this user can read, made once.
#![forbid(unsafe_code)]

use super::super::super::format::Secret;
use super::files;
use crate::log;
use libvm_abi as abi;
use rustix::fs::{AtFlags, linkat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const NAME: &str = "secret";

/// How often another process may replace the secret while it is read.
const ATTEMPTS: usize = 10;

/// Reads the secret of a directory, which is at `path`, and makes one if there is none that is good: then no file of the directory is
/// authentic any more.
///
/// # Errors
/// Those of the system.
pub fn read_or_create(directory: &File, path: &Path) -> Result<Secret> {
    for _ in 0..ATTEMPTS {
        if let Some(secret) = read(directory, path)? {
            return Ok(secret);
        }
        create(directory)?;
    }
    Err(Error::other("other processes keep replacing its secret"))
}

/// Reads the secret. One that others may have read, or that is damaged, is removed.
fn read(directory: &File, path: &Path) -> Result<Option<Secret>> {
    let file = match files::open(directory, NAME) {
        Ok(file) => Some(file),
        Err(Errno::NOENT) => return Ok(None),
        // A symbolic link.
        Err(Errno::LOOP | Errno::MLINK) => None,
        Err(error) => return Err(error.into()),
    };
    let mut secret = Secret::default();
    if let Some(mut file) = file {
        let found = file.metadata()?;
        let is_good = found.is_file() && found.size() == secret.len() as u64 && files::require_private(&found, 0o077).is_ok();
        match if is_good { file.read_exact(&mut secret) } else { Err(ErrorKind::UnexpectedEof.into()) } {
            Ok(()) => return Ok(Some(secret)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            // It may be good, and without it the whole cache is worthless.
            Err(error) => return Err(error),
        }
    }
    unlinkat(directory, NAME, AtFlags::empty())?;
    let message = format!(
        "the secret of the cache directory {} was damaged, or others could read it, and is replaced: its files are compiled again",
        path.display()
    );
    log::log(abi::LOG_WARNING, None, &message);
    Ok(None)
}

/// Makes a secret, unless another process is faster.
fn create(directory: &File) -> Result<()> {
    let mut secret = Secret::default();
    File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let mut new = files::New::create(directory)?;
    new.file().write_all(&secret)?;
    // Without it the whole cache is worthless after a power failure.
    new.file().sync_all()?;
    match linkat(directory, new.name(), directory, NAME, AtFlags::empty()) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        // File systems without links: of two processes that do this at once, one has files that are not authentic later.
        Err(_) => new.rename(NAME),
    }
}
