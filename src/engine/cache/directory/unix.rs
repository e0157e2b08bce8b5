//! A private directory.
#![forbid(unsafe_code)]

mod create;
mod files;
mod secret;

use super::super::code::Code;
use super::super::format::{self, Fault, Secret};
use super::super::key::Key;
use crate::files::Provenance;
use crate::status::{Error, Result};
use crate::system;
use libvm_abi as abi;
use rustix::fs::{AtFlags, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A directory that only this user can read and change.
pub struct Directory {
    path: PathBuf,
    limit: u64,
    /// It is replaced when it was removed. No file is used under the lock.
    opened: Mutex<Arc<Opened>>,
}

struct Opened {
    descriptor: File,
    secret: Secret,
}

impl Directory {
    /// Opens a directory, and creates it unless it exists; its files have at most `limit` bytes together.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`, and those of the system.
    pub fn open(path: &Path, limit: u64) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|error| Error::io("use the cache directory", path, &error))?;
        let opened = Mutex::new(Arc::new(Opened::new(&path)?));
        Ok(Self { path, limit, opened })
    }

    fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.opened.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the file of a key.
    pub fn path_of(&self, key: &Key) -> PathBuf {
        self.path.join(files::name_of(key))
    }

    /// Reads and authenticates the code of a key, and marks it as used.
    ///
    /// # Errors
    /// Why there is a file which is not used.
    pub fn read(&self, key: &Key) -> std::result::Result<Option<Code>, Fault> {
        self.opened().read(key, self.limit)
    }

    /// Writes the code of a key, and removes what was used least recently to make room for it. A directory that was removed is created
    /// again.
    ///
    /// # Errors
    /// Those of the system; `StorageFull` for code that is larger than the cache may be.
    pub fn write(&self, key: &Key, name: &str, code: &[u8]) -> io::Result<()> {
        match self.opened().write(key, name, code, self.limit) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            outcome => return outcome,
        }
        let opened = Opened::new(&self.path).map(Arc::new).map_err(|error| io::Error::other(error.message().to_owned()))?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&opened);
        opened.write(key, name, code, self.limit)
    }

    /// Removes the file of a key.
    pub fn remove(&self, key: &Key) {
        // What cannot be removed is refused again.
        let _ = rustix::fs::unlinkat(&self.opened().descriptor, files::name_of(key), AtFlags::empty());
    }

    /// Returns how many bytes its files may have together.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Returns the size of all files in bytes.
    pub fn size(&self) -> u64 {
        files::list(&self.opened().descriptor, |_| ()).map_or(0, |found| found.iter().map(|file| file.size).sum())
    }
}

impl Opened {
    /// Opens a directory, and creates it unless it exists.
    fn new(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| Error::io("use the cache directory", path, &error);
        let what = format!("the cache directory {} is not used, because it", path.display());
        create::create(path, &what).map_err(|error| error.at_path(path))?;
        let way = Provenance::of_path(path)?;
        way.require_own(&what).map_err(|error| error.at_path(path))?;
        let descriptor = create::open(rustix::fs::CWD, way.real()).map_err(failed)?;
        let found = descriptor.metadata().map_err(failed)?;
        if let Err(reason) = files::require_private(&found, 0o077) {
            let message = format!("{what} {reason}; use a directory of this user, and run `chmod 700` on it");
            return Err(Error::new(abi::STATUS_UNTRUSTED_PATH, message).at_path(path));
        }
        let secret = secret::read_or_create(&descriptor, path).map_err(failed)?;
        Ok(Self { descriptor, secret })
    }

    fn read(&self, key: &Key, limit: u64) -> std::result::Result<Option<Code>, Fault> {
        let mut file = match files::open(&self.descriptor, &files::name_of(key)) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            // A symbolic link, a socket.
            Err(error @ (Errno::LOOP | Errno::MLINK | Errno::NXIO)) => {
                return Err(format!("it cannot be opened ({})", io::Error::from(error)).into());
            }
            Err(error) => return Err(Fault::unusable("it cannot be opened", error)),
        };
        let found = file.metadata().map_err(|error| Fault::unusable("it cannot be examined", error))?;
        if !found.is_file() {
            return Err(format!("it is {}", crate::files::kind(&found)).into());
        }
        files::require_private(&found, 0o022).map_err(|reason| format!("it {reason}"))?;
        if found.size() > limit {
            // Another process may permit its cache more.
            return Ok(None);
        }
        let begun = format::begin(&mut file, found.size(), Some(&self.secret))?;
        if begun.key != *key {
            return Err("it contains the code of another module".into());
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

    fn write(&self, key: &Key, name: &str, code: &[u8], limit: u64) -> io::Result<()> {
        let header = format::header(key, name, code, Some(&self.secret));
        let size = (header.len() + code.len()) as u64;
        if size > limit {
            let message = format!("its {size} bytes are more than the {} that the cache may have", limit);
            return Err(io::Error::new(ErrorKind::StorageFull, message));
        }
        // The system would not only refuse it, but end the process.
        let most = system::file_size_limit();
        if size > most {
            let message = format!("its {size} bytes are more than the {most} that a file may have (ulimit -f)");
            return Err(io::Error::new(ErrorKind::FileTooLarge, message));
        }
        files::make_room(&self.descriptor, limit - size)?;
        let mut new = files::New::create(&self.descriptor)?;
        new.file().write_all(&header)?;
        new.file().write_all(code)?;
        new.rename(&files::name_of(key))?;
        // Other processes may have used the same room.
        files::make_room(&self.descriptor, limit)
    }
}
