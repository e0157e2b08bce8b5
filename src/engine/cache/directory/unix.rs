//! A private directory.
#![forbid(unsafe_code)]

mod files;
mod secret;

use super::super::code::Code;
use super::super::format::{self, Secret};
use super::super::key::Key;
use crate::files::{Provenance, make_directory};
use crate::status::{Error, Result};
use libvm_abi as abi;
use rustix::fs::{AtFlags, Mode, OFlags, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// An open directory that only this user can read and change.
pub struct Directory {
    path: PathBuf,
    descriptor: File,
    secret: Secret,
    limit: u64,
}

impl Directory {
    /// Opens a directory, and creates it unless it exists; its files have at most `limit` bytes together.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`, and those of the system.
    pub fn open(path: &Path, limit: u64) -> Result<Self> {
        let failed = |error: io::Error| Error::io("use the cache directory", path, &error);
        let path = std::path::absolute(path).map_err(failed)?;
        create(&path).map_err(failed)?;
        let way = Provenance::of_path(&path)?;
        let what = format!("the cache directory {} is not used, because it", path.display());
        way.require_own(&what).map_err(|error| error.at_path(&path))?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = rustix::fs::open(way.real(), flags, Mode::empty()).map_err(|error| failed(error.into()))?;
        let descriptor = File::from(descriptor);
        let found = descriptor.metadata().map_err(failed)?;
        if let Err(reason) = files::require_private(&found, 0o077) {
            let message = format!("{what} {reason}; use a directory of this user, and run `chmod 700` on it");
            return Err(Error::new(abi::STATUS_UNTRUSTED_PATH, message).at_path(&path));
        }
        let secret = secret::read_or_create(&descriptor).map_err(failed)?;
        Ok(Self { path, descriptor, secret, limit })
    }

    /// Returns the file of a key.
    pub fn path_of(&self, key: &Key) -> PathBuf {
        self.path.join(files::name_of(key))
    }

    /// Reads and authenticates the code of a key, and marks it as used.
    ///
    /// # Errors
    /// Why there is a file which must not be used.
    pub fn read(&self, key: &Key) -> std::result::Result<Option<Code>, String> {
        let mut file = match files::open(&self.descriptor, &files::name_of(key)) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(format!("it cannot be opened ({})", io::Error::from(error))),
        };
        let found = file.metadata().map_err(|error| format!("it cannot be examined ({error})"))?;
        if !found.is_file() {
            return Err(format!("it is {}", crate::files::kind(&found)));
        }
        files::require_private(&found, 0o022).map_err(|reason| format!("it {reason}"))?;
        if found.size() > self.limit {
            return Err(format!("it has {} bytes, more than the cache may have", found.size()));
        }
        let begun = format::begin(&mut file, found.size(), Some(&self.secret))?;
        if begun.key != *key {
            return Err("it contains the code of another module".to_owned());
        }
        let code = Code::read(begun, &mut file)?;
        // The system does not count each use (`relatime`). Where the file cannot be changed, the order of uses stays as it is.
        let now = Timestamps {
            last_access: rustix::fs::Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: rustix::fs::Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        };
        let _ = rustix::fs::futimens(&file, &now);
        Ok(Some(code))
    }

    /// Writes the code of a key, and removes what was used least recently to make room for it.
    ///
    /// # Errors
    /// Those of the system; `StorageFull` for code that is larger than the cache may be.
    pub fn write(&self, key: &Key, name: &str, code: &[u8]) -> io::Result<()> {
        let header = format::header(key, name, code, Some(&self.secret));
        let size = (header.len() + code.len()) as u64;
        if size > self.limit {
            let message = format!("its {size} bytes are more than the {} that the cache may have", self.limit);
            return Err(io::Error::new(ErrorKind::StorageFull, message));
        }
        files::make_room(&self.descriptor, self.limit - size)?;
        let mut new = files::New::create(&self.descriptor)?;
        new.file().write_all(&header)?;
        new.file().write_all(code)?;
        new.rename(&files::name_of(key))?;
        // Other processes may have used the same room.
        files::make_room(&self.descriptor, self.limit)
    }

    /// Removes the file of a key.
    pub fn remove(&self, key: &Key) {
        // What cannot be removed is refused again.
        let _ = rustix::fs::unlinkat(&self.descriptor, files::name_of(key), AtFlags::empty());
    }

    /// Returns the size of all files in bytes.
    pub fn size(&self) -> u64 {
        files::list(&self.descriptor).map_or(0, |found| found.iter().map(|file| file.size).sum())
    }
}

/// Creates a directory that only this user can use, unless something exists there.
fn create(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found.map(drop),
    }
    if let Some(parent) = path.parent() {
        make_directory(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        // The umask may have taken the rights of the owner.
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(0o700)),
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
