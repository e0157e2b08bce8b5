//! The cache of compiled code: a private directory with a file for each module.
//!
//! Loading compiled code is running it. A file is therefore loaded only if it is authentic: its tag is keyed BLAKE3 over everything in it,
//! with a secret that only this user can read ([`directory`]). The user's other programs can read the secret too; they could do
//! whatever they like to this one without it.
//!
//! What is authenticated is what is loaded: another process may truncate, change or replace the file at any moment, also while it
//! is mapped. The bytes are therefore copied once, in small parts, and each part is hashed and appended to the copy from
//! the same buffer. On Linux the copy is a file in memory, which is sealed against changes and which the engine maps without copying it again;
//! elsewhere it is ordinary memory ([`Code`]).
//!
//! Every fault means that the module is compiled again, and nothing worse: the cache never fails a load.
//!
//! Files are written beside their place and renamed. They are not flushed to the disk: what a power failure damages is not
//! authentic, and compiled again. What `kill -9` leaves behind is found by its lock, and removed by the next process that writes.
#![forbid(unsafe_code)]

mod code;
mod directory;
pub mod format;
mod key;
mod shipped;
#[cfg(test)]
mod tests;

pub use code::Code;
pub use directory::default_directory;
pub use key::Key;
pub use shipped::{file as shipped_file, read as read_shipped, write as write_shipped};

use crate::log;
use crate::status::{Error, Result};
use directory::Directory;
use format::Fault;
use libvm_abi as abi;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a cache has done since it was opened, and what is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStatistics {
    /// How often code was found.
    pub hits: u64,
    /// How often it was not, refused files included, and those that could not be used.
    pub misses: u64,
    /// How many files were refused: damaged, forged, of another version.
    pub refused: u64,
    /// How many files were written.
    pub stored: u64,
    /// How many could not be written: no space, no permission, larger than the cache.
    pub not_stored: u64,
    /// The size of all files in bytes.
    pub bytes: u64,
}

/// An open cache; shared by any number of threads. Several processes may use one directory.
pub struct Cache {
    directory: Directory,
    hits: AtomicU64,
    misses: AtomicU64,
    refused: AtomicU64,
    stored: AtomicU64,
    not_stored: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Cache {
    /// Opens a directory, and creates it unless it exists; its files have at most `size` bytes together.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH` for a directory that others can change or read, `STATUS_UNSUPPORTED` where there are no private
    /// directories, and those of the system.
    pub fn open(path: &Path, size: u64) -> Result<Self> {
        let directory = Directory::open(path, size)?;
        let zero = AtomicU64::default;
        Ok(Self { directory, hits: zero(), misses: zero(), refused: zero(), stored: zero(), not_stored: zero() })
    }

    /// Returns the loaded code of a key, if it is in the cache. `load` fails with `STATUS_OUT_OF_MEMORY` where the fault is not that of the
    /// code.
    pub fn load<T>(&self, key: &Key, load: impl FnOnce(Code) -> Result<T>) -> Option<T> {
        let found = self.directory.read(key).and_then(|code| code.map(load).transpose().map_err(of_load));
        count(if matches!(found, Ok(Some(_))) { &self.hits } else { &self.misses });
        match found {
            Ok(found) => return found,
            Err(Fault::Bad(reason)) => self.refuse(key, &reason),
            // Its file stays: other programs use it, and so does this one later.
            Err(Fault::Unusable(error)) => self.tell_of(key, &error.to_string()),
        }
        None
    }

    /// Removes code that must not be used for a reason.
    fn refuse(&self, key: &Key, reason: &str) {
        count(&self.refused);
        // First: the log calls the host, which may load the module again.
        self.directory.remove(key);
        self.tell_of(key, reason);
    }

    fn tell_of(&self, key: &Key, reason: &str) {
        let path = self.directory.path_of(key);
        let message = format!("the file {} is not loaded, and its module is compiled again: {reason}", path.display());
        log::log(abi::LOG_WARNING, None, &message);
    }

    /// Adds code, and removes what was used least recently to make room for it.
    pub fn store(&self, key: &Key, id: &str, code: &[u8]) {
        match self.directory.write(key, id, code) {
            Ok(()) => count(&self.stored),
            // A host that permits no files knows that there are none.
            Err(_) if self.directory.limit() == 0 => count(&self.not_stored),
            Err(error) => {
                count(&self.not_stored);
                let path = self.directory.path_of(key);
                log::log(abi::LOG_WARNING, None, &format!("compiled code is not stored as {}: {error}", path.display()));
            }
        }
    }

    /// Returns what it has done, and what is in it.
    pub fn statistics(&self) -> CacheStatistics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStatistics {
            hits: get(&self.hits),
            misses: get(&self.misses),
            refused: get(&self.refused),
            stored: get(&self.stored),
            not_stored: get(&self.not_stored),
            bytes: self.directory.size(),
        }
    }
}

/// Returns why code that was read cannot be loaded.
fn of_load(error: Error) -> Fault {
    if error.status() == abi::STATUS_OUT_OF_MEMORY {
        return Fault::Unusable(io::Error::new(io::ErrorKind::OutOfMemory, error.message()));
    }
    error.message().into()
}
