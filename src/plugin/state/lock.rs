//! Who has a state file.
//!
//! The lock is on a file of its own beside it: a lock on the database itself would go with any other descriptor of it that the
//! process closes, and would not keep two registries of one process apart. It goes with the process, however that ends.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A state file's lock, for as long as this is there.
pub struct Lock {
    file: File,
    path: PathBuf,
    /// Whether it was made for this.
    made: bool,
}

impl Lock {
    /// Takes the lock of a state file.
    ///
    /// # Errors
    /// `STATUS_BUSY`, naming who has it; those of opening a file.
    pub fn take(state: &Path) -> Result<Self> {
        let path = super::file::beside(state, "-lock");
        let made = !path.exists();
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(|error| {
            let action = format!("open {} to keep state in", path.display());
            Error::io(&action, state, &error)
        })?;
        let mut lock = Self { file, path, made };
        if !lock.hold()? {
            return Err(in_use(state, &lock.holder()));
        }
        // Only for the message of who comes too late: it must not fail where the disk is full.
        let _ = lock.file.set_len(0);
        let _ = writeln!(lock.file, "{}", std::process::id());
        Ok(lock)
    }

    /// Takes back what `take` made beside a file that is none of ours.
    pub fn undo(self) {
        if self.made {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    #[cfg(unix)]
    fn hold(&self) -> Result<bool> {
        use rustix::fs::{FlockOperation, flock};
        match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(false),
            Err(error) => Err(Error::io("lock", &self.path, &error.into())),
        }
    }

    /// The database's own lock has to do.
    #[cfg(not(unix))]
    fn hold(&self) -> Result<bool> {
        Ok(true)
    }

    /// In words, as far as it is known.
    fn holder(&mut self) -> String {
        let mut text = String::new();
        let read = self.file.read_to_string(&mut text);
        match read.ok().and_then(|_| text.trim().parse::<u32>().ok()) {
            None => "another process".to_owned(),
            Some(id) if id == std::process::id() => "another registry of this process".to_owned(),
            Some(id) => match std::fs::read_to_string(format!("/proc/{id}/comm")) {
                Ok(name) => format!("process {id} ({})", name.trim()),
                Err(_) => format!("process {id}"),
            },
        }
    }
}

/// The error of a file that someone else has.
pub fn in_use(state: &Path, by: &str) -> Error {
    let message = format!(
        "the state file {} is in use by {by}; it belongs to one registry of one process at a time: end the other, or set another file",
        state.display()
    );
    Error::new(abi::STATUS_BUSY, message).at_path(state)
}
