//! Where an engine keeps compiled code, and what it has compiled.
#![forbid(unsafe_code)]

use crate::limits;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// The directory of compiled code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CacheDirectory {
    /// That of the user.
    #[default]
    User,
    /// None: there is no cache.
    None,
    /// A directory that the host has chosen.
    At(PathBuf),
}

impl CacheDirectory {
    /// Converts a path, which may be empty to turn the cache off.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` where the current directory, to which a relative path belongs, is unknown.
    pub fn new(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Ok(Self::None);
        }
        let failed = |error| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("not a valid path of a cache directory: {error}"));
        std::path::absolute(path).map(Self::At).map_err(failed)
    }
}

/// The cache of an engine.
#[derive(Clone, Debug)]
pub struct Caching {
    /// The directory.
    pub directory: CacheDirectory,
    /// How many bytes all files may have together.
    pub size: u64,
}

impl Default for Caching {
    fn default() -> Self {
        Self { directory: CacheDirectory::default(), size: limits::DEFAULT_CACHE_BYTES }
    }
}

/// What an engine has compiled, and what its cache has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineStatistics {
    /// How many modules it has compiled.
    pub compilations: u64,
    /// Nanoseconds that this took.
    pub compile_nanoseconds: u64,
    /// How often compiled code was found in the cache.
    pub cache_hits: u64,
    /// How often it was not, refused files included, and those that could not be used.
    pub cache_misses: u64,
    /// How many files of the cache were refused: damaged, forged, of another version.
    pub cache_refused: u64,
    /// How many files were added to the cache.
    pub cache_stored: u64,
    /// How many could not be added: no space, no permission, larger than the cache.
    pub cache_not_stored: u64,
    /// The size of all files of the cache in bytes.
    pub cache_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The current directory may be another one when the cache is opened.
    #[test]
    fn a_relative_path_belongs_to_the_directory_of_its_time() {
        let expected = std::env::current_dir().unwrap().join("code");
        assert_eq!(CacheDirectory::new(Path::new("code")).unwrap(), CacheDirectory::At(expected));
        assert_eq!(CacheDirectory::new(Path::new("")).unwrap(), CacheDirectory::None);
    }
}
