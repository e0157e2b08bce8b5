//! The owner of a state file.
//!
//! The lock is on a file of its own beside it: a lock on the database itself would be released with any other descriptor of it
//! that the process closes, and would not separate two registries of one process. It is released with the process, however that
//! ends.
#![forbid(unsafe_code)]

use crate::files;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Maximum size of the file: a process ID and a newline.
const SIZE: u64 = 11;

/// A state file's lock, held until this is dropped.
pub struct Lock {
    file: File,
    path: PathBuf,
    /// Whether it was created for this lock.
    made: bool,
}

impl Lock {
    /// Takes the lock of a state file, which may belong to another program: nothing is written yet.
    ///
    /// # Errors
    /// `STATUS_BUSY`, naming the owner; `STATUS_BAD_STATE_FILE` if the lock file is not one of libvm; those of opening
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
            // Where the system has no locks, that of the database has to suffice.
            if !files::try_lock(&lock.file).map_err(|error| Error::io("lock", &path, &error))? {
                return Err(in_use(state, &lock.holder()));
            }
            // The previous owner may have removed the file: then another one has the name, and its lock counts.
            match files::is_at(&metadata, &path) {
                Ok(true) => return Ok(lock),
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
    }

    /// Writes the owner to the file, once the state file is known to belong to libvm.
    ///
    /// # Errors
    /// `STATUS_BAD_STATE_FILE` if the file has other contents, or several names; those of reading it.
    pub fn sign(&mut self, state: &Path) -> Result<()> {
        let failed = |error: io::Error| Error::io("read", &self.path, &error);
        if files::has_other_names(&self.file.metadata().map_err(failed)?) {
            return Err(foreign(state, &self.path, "a file with several names"));
        }
        let mut text = Vec::new();
        (&self.file).take(SIZE + 1).read_to_end(&mut text).map_err(failed)?;
        let digits = text.strip_suffix(b"\n").unwrap_or(&text);
        if text.len() as u64 > SIZE || !digits.iter().all(u8::is_ascii_digit) {
            return Err(foreign(state, &self.path, "a file of another program"));
        }
        // Only for the message of later openers: it must not fail if the disk is full.
        let _ = self.file.set_len(0);
        let _ = self.file.rewind();
        let _ = writeln!(self.file, "{}", std::process::id());
        Ok(())
    }

    /// Reverts what `take` created beside a file that cannot be used.
    pub fn undo(self) {
        if self.made {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Describes the owner, as far as it is known.
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

/// Returns the error of something else in the place of a lock file.
fn foreign(state: &Path, path: &Path, kind: &str) -> Error {
    let (state_shown, shown) = (state.display(), path.display());
    let message = format!(
        "cannot keep state in {state_shown}: {shown}, its lock file, is {kind}; it was not changed: remove it, or set \
         another state file"
    );
    Error::new(abi::STATUS_BAD_STATE_FILE, message).at_path(state)
}

/// Returns the error of a file that another owner has.
pub fn in_use(state: &Path, by: &str) -> Error {
    let message = format!(
        "the state file {} is in use by {by}; one registry of one process can use it at a time: end the other, or set another file",
        state.display()
    );
    Error::new(abi::STATUS_BUSY, message).at_path(state)
}

/// Returns the path of a file beside a state file.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
