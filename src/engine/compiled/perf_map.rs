//! The file in which `perf` finds the names of functions, which wasmtime opens by its name.
#![forbid(unsafe_code)]

use crate::files;
use crate::status::{Error, Result};
use crate::system;
use libvm_abi as abi;
use std::fs::Metadata;
use std::path::PathBuf;

/// Creates the file before wasmtime does: everyone can know its name, and have made a link there to a file of this user. In `/tmp` nobody
/// else can replace a file of this user.
///
/// # Errors
/// `STATUS_UNSUPPORTED` for something else in its place; those of the system.
pub fn create() -> Result<()> {
    let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
    let refused = |why: &str| {
        let message = format!(
            "the functions cannot be written to {} for profilers: {why}; remove it, or set VM_PROFILER_NONE",
            path.display()
        );
        Error::new(abi::STATUS_UNSUPPORTED, message).at_path(&path)
    };
    let failed = |error| Error::io("write the names of functions to", &path, &error);
    if let Ok(found) = path.symlink_metadata()
        && !found.is_file()
    {
        return Err(refused(&format!("it is {}", files::kind(&found))));
    }
    let found = files::open_own(&path).and_then(|file| file.metadata()).map_err(failed)?;
    if !found.is_file() || !is_own(&found) || files::has_other_names(&found) {
        return Err(refused("it is not a file of this user alone"));
    }
    Ok(())
}

#[cfg(unix)]
fn is_own(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == system::effective_user()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}
