//! The directory of a cache: which it is, who may use it, its secret and its files.
//!
//! After it was checked, it is used through its descriptor only, so that what happens to its path has no effect. When it was removed,
//! the next file that is written has it created and checked anew.
#![forbid(unsafe_code)]

use crate::system;
use std::path::PathBuf;

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use elsewhere::Directory;
#[cfg(unix)]
pub use unix::Directory;

/// Returns the directory of hosts that choose none: in the user's directory for caches. A privileged process has none: the user who
/// started it must not decide what it runs.
pub fn default_directory() -> Option<PathBuf> {
    system::user_cache().filter(|_| !system::is_privileged()).map(|path| path.join("libvm").join("code"))
}
