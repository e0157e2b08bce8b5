//! Where a change of a package directory is prepared.
//!
//! Each process that changes a package directory has a directory of its own in it, `.staging-…`, with a locked file. The lock ends
//! with the process, so that the next change can distinguish what a killed process left from what another process is using. The file
//! `.lock` is locked for moments only: while directories are staged, and while something is moved into its place.
#![forbid(unsafe_code)]

use crate::files;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What the names of such directories begin with.
const STAGING: &str = ".staging-";

/// The locked file, in a package directory and in one for staging.
const LOCK: (&str, &str) = (".lock", "lock");

/// How long a change waits for the changes of others, which take moments.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lock of a package directory, released when it is dropped.
pub struct Lock(#[allow(dead_code)] File);

impl Lock {
    /// Waits for the lock. `waiting` is called from time to time, and its error ends the wait.
    ///
    /// # Errors
    /// `STATUS_BUSY` if another process keeps it; those of opening a file.
    pub fn take(root: &Path, waiting: &mut dyn FnMut() -> Result<()>) -> Result<Self> {
        let path = root.join(LOCK.0);
        let failed = |error| Error::io("change the package directory, and lock", &path, &error);
        let file = files::open_own(&path).map_err(failed)?;
        let begin = Instant::now();
        while !files::try_lock(&file).map_err(failed)? {
            if begin.elapsed() > PATIENCE {
                let message = format!(
                    "the package directory {} is being changed by another process, which has locked {} for more than {} seconds; \
                     try again, or end that process",
                    root.display(),
                    path.display(),
                    PATIENCE.as_secs()
                );
                return Err(Error::new(abi::STATUS_BUSY, message).at_path(root));
            }
            waiting()?;
            thread::sleep(Duration::from_millis(2));
        }
        Ok(Self(file))
    }
}

/// A directory for staging, which is removed when this is dropped.
pub struct Staging {
    path: PathBuf,
    _lock: File,
}

impl Staging {
    /// Creates one in a package directory, and removes what killed processes left.
    ///
    /// # Errors
    /// Those of the system.
    pub fn begin(root: &Path, _lock: &Lock) -> Result<Self> {
        remove_leftovers(root)?;
        // A name is used once: the thread that removes the directory which had it may not have finished.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let id = std::process::id();
        let mut names = iter::repeat_with(|| root.join(format!("{STAGING}{id}-{}", NEXT.fetch_add(1, Ordering::Relaxed))));
        let path = names.find(|path| path.symlink_metadata().is_err()).unwrap_or_default();
        let failed = |error| Error::io("create the directory", &path, &error);
        files::make_directory(&path).map_err(failed)?;
        let locked = files::open_own(&path.join(LOCK.1)).and_then(|file| files::try_lock(&file).map(|_| file));
        match locked {
            Ok(lock) => Ok(Self { path, _lock: lock }),
            Err(error) => {
                let _ = fs::remove_dir_all(&path);
                Err(failed(error))
            }
        }
    }

    /// Returns the path of something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates a directory in it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name);
        files::make_directory(&path).map_err(|error| Error::io("create the directory", &path, &error))?;
        Ok(path)
    }

    /// Moves a directory here, to be removed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn put_away(&self, path: &Path) -> std::io::Result<()> {
        let number = RandomState::new().hash_one(path);
        fs::rename(path, self.join(&format!("old-{number:016x}")))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What remains is removed by the next change.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the directories of processes that have ended.
fn remove_leftovers(root: &Path) -> Result<()> {
    let failed = |error| Error::io("read the package directory", root, &error);
    for entry in fs::read_dir(root).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().as_encoded_bytes().starts_with(STAGING.as_bytes()) {
            continue;
        }
        // Without the file its owner was killed before it could create it, or was removing the directory. If it cannot be opened,
        // for example because this process has no descriptors left, its owner may be running.
        let ended = match files::open(&entry.path().join(LOCK.1), "open", abi::STATUS_BAD_PACKAGE) {
            Ok(lock) => files::try_lock(&lock.file).unwrap_or(false),
            Err(error) => [abi::STATUS_FILE_NOT_FOUND, abi::STATUS_BAD_PACKAGE].contains(&error.status()),
        };
        if ended {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}
