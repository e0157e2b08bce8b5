//! Creating many files whose contents persist after a power failure.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use crate::system;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How many files are kept open at once.
const MAX_OPEN: usize = 64;

/// Files that were created, and may not be on the disk yet. The disk writes them while the next ones are made; to wait for each one
/// on its own takes several times as long.
#[derive(Default)]
pub struct NewFiles(Vec<(PathBuf, File)>);

impl NewFiles {
    /// Creates a file with these contents. `action` says in messages what failed, as in "write the file".
    ///
    /// # Errors
    /// Those of the system, such as that something exists there, also for a file that was created before.
    pub fn add(&mut self, path: &Path, bytes: &[u8], executable: bool, action: &'static str) -> Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o755 } else { 0o644 });
        #[cfg(not(unix))]
        let _ = executable;
        let file = options.open(path).and_then(|mut file| file.write_all(bytes).map(|()| file));
        let file = file.map_err(|error| Error::io(action, path, &error))?;
        system::begin_writeback(&file);
        self.0.push((path.to_owned(), file));
        if self.0.len() < MAX_OPEN { Ok(()) } else { self.sync() }
    }

    /// Waits until the contents of all files are on the disk, but not yet their names.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync(&mut self) -> Result<()> {
        let sync = |(path, file): (PathBuf, File)| {
            file.sync_data().map_err(|error| Error::io("wait for the disk to write the file", &path, &error))
        };
        self.0.drain(..).try_for_each(sync)
    }
}
