//! Who has a state file.
//!
//! The lock is on a file of its own beside it: a lock on the database itself would go with any other descriptor of it that the
//! process closes, and would not keep two registries of one process apart. It goes with the process, however that ends.
#![forbid(unsafe_code)]

use crate::files;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The most bytes that the file has: the number of a process, and the end of a line.
const SIZE: u64 = 11;

/// A state file's lock, for as long as this is there.
pub struct Lock {
    file: File,
    path: PathBuf,
    /// Whether it was made for this.
    made: bool,
}

impl Lock {
    /// Takes the lock of a state file, which may turn out to be another program's: nothing is written yet.
    ///
    /// # Errors
    /// `STATUS_BUSY`, naming who has it; `STATUS_BAD_STATE_FILE` when what stands there is no file of its own; those of opening
    /// a file.
    pub fn take(state: &Path) -> Result<Self> {
        let path = beside(state, "-lock");
        let failed = |error: io::Error| Error::io(&format!("open {} to keep state in", path.display()), state, &error);
        loop {
            let made = match path.symlink_metadata() {
                Ok(found) if !found.is_file() => return Err(foreign(state, &path, files::kind(&found))),
                Ok(_) => false,
                Err(error) => error.kind() == ErrorKind::NotFound,
            };
            let file = files::open_own(&path).map_err(failed)?;
            let metadata = file.metadata().map_err(failed)?;
            if !metadata.is_file() {
                return Err(foreign(state, &path, files::kind(&metadata)));
            }
            let mut lock = Self { file, path: path.clone(), made };
            if !lock.hold()? {
                return Err(in_use(state, &lock.holder()));
            }
            // Whoever had it may have removed the file: then another one has the name, and its lock counts.
            match files::is_at(&metadata, &path) {
                Ok(true) => return Ok(lock),
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
    }

    /// Says in the file who has the lock, once the state file is known to be one of libvm.
    ///
    /// # Errors
    /// `STATUS_BAD_STATE_FILE` when the file holds something else, or has another name too; those of reading it.
    pub fn sign(&mut self, state: &Path) -> Result<()> {
        let failed = |error: io::Error| Error::io("read", &self.path, &error);
        if files::has_other_names(&self.file.metadata().map_err(failed)?) {
            return Err(foreign(state, &self.path, "a file that has other names too"));
        }
        let mut text = Vec::new();
        (&self.file).take(SIZE + 1).read_to_end(&mut text).map_err(failed)?;
        let digits = text.strip_suffix(b"\n").unwrap_or(&text);
        if text.len() as u64 > SIZE || !digits.iter().all(u8::is_ascii_digit) {
            return Err(foreign(state, &self.path, "a file of another program"));
        }
        // Only for the message of who comes too late: it must not fail where the disk is full.
        let _ = self.file.set_len(0);
        let _ = self.file.rewind();
        let _ = writeln!(self.file, "{}", std::process::id());
        Ok(())
    }

    /// Takes back what `take` made beside a file that cannot be used.
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
        let read = (&self.file).take(SIZE).read_to_string(&mut text);
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

/// The error of what stands in the place of a lock.
fn foreign(state: &Path, path: &Path, kind: &str) -> Error {
    let (state_shown, shown) = (state.display(), path.display());
    let message = format!(
        "cannot keep state in {state_shown}: {shown}, in which its lock is kept, is {kind}; it was left as it is: remove it, or set \
         another state file"
    );
    Error::new(abi::STATUS_BAD_STATE_FILE, message).at_path(state)
}

/// The error of a file that someone else has.
pub fn in_use(state: &Path, by: &str) -> Error {
    let message = format!(
        "the state file {} is in use by {by}; it belongs to one registry of one process at a time: end the other, or set another file",
        state.display()
    );
    Error::new(abi::STATUS_BUSY, message).at_path(state)
}

/// The path of a file that stands beside a state file.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
