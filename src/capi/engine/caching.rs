//! The cache of compiled code, and what an engine has compiled.

use super::{Engine, EngineConfig};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, path, required, shared};
use crate::capi::guard::guard;
use crate::engine::CacheDirectory;
use crate::sized::{self, Growing};
use libvm_abi::Status;
use std::ffi::c_char;

/// What an engine has compiled, and what its cache has done. Initialize it with VM_ENGINESTATISTICS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EngineStatistics {
    /// `sizeof(VM_EngineStatistics)`.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// How many modules were compiled.
    pub compilations: u64,
    /// Nanoseconds that this took.
    pub compile_nanoseconds: u64,
    /// How often compiled code was found in the cache.
    pub cache_hits: u64,
    /// How often it was not, refused files included.
    pub cache_misses: u64,
    /// How many files of the cache were refused: damaged, forged, of another version.
    pub cache_refused: u64,
    /// How many files were added to the cache.
    pub cache_stored: u64,
    /// How many could not be added: no space, no permission, larger than the cache.
    pub cache_not_stored: u64,
    /// The size of all files in the directory of the cache in bytes, those of other programs included.
    pub cache_bytes: u64,
}

/// Initializes a VM_EngineStatistics.
pub const ENGINESTATISTICS_INIT: EngineStatistics = EngineStatistics {
    size: size_of::<EngineStatistics>() as u32,
    reserved: 0,
    compilations: 0,
    compile_nanoseconds: 0,
    cache_hits: 0,
    cache_misses: 0,
    cache_refused: 0,
    cache_stored: 0,
    cache_not_stored: 0,
    cache_bytes: 0,
};

const _: () = assert!(size_of::<EngineStatistics>() == 72);

// SAFETY: its bytes are all fields' (see the assertion), and zero is valid for each.
unsafe impl Growing for EngineStatistics {
    const NAME: &'static str = "VM_EngineStatistics";
    const INIT: &'static str = "VM_ENGINESTATISTICS_INIT";
    const LEAST: usize = 72;
}

/// Sets the directory in which compiled code is kept, for later starts and other programs of the user; the default is `libvm/code` in the
/// user's directory for caches (`$XDG_CACHE_HOME` or `~/.cache`). It is created with the mode 700 when an engine that compiles is
/// created. One that others can use, or that cannot be used, is a warning in the log, and the engine goes without a cache. A process with
/// more privileges than its user has no default. docs/engines.md says what is in it, and who is trusted.
///
/// @param config the configuration
/// @param directory the path; copied; empty for no cache; NULL for the default
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a relative path whose directory is unknown)
/// @par Threads
/// [one thread per object]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EngineConfigSetCacheDirectory(
    config: Option<&mut EngineConfig>,
    directory: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        let directory = if directory.is_null() {
            CacheDirectory::User
        } else {
            // SAFETY: the caller promises a text that ends with NUL.
            CacheDirectory::new(unsafe { path(directory, "directory")? })?
        };
        config.0.set_cache_directory(directory);
        Ok(())
    })
}

/// Sets how large all files with compiled code may be together; the default is 1 GiB. The files that were used least recently are removed when
/// others are added.
///
/// @param config the configuration
/// @param bytes how many bytes; nothing is added if it is 0
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetCacheSize(
    config: Option<&mut EngineConfig>,
    bytes: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.set_cache_size(bytes);
        Ok(())
    })
}

/// Returns what an engine has compiled, and what its cache has done. All numbers but `cache_bytes` count from the creation of the engine.
///
/// @param engine the engine
/// @param statistics initialized with VM_ENGINESTATISTICS_INIT; receives the numbers; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size)
/// @par Threads
/// [thread-safe]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EngineGetStatistics(
    engine: Option<Shared<Engine>>,
    statistics: *mut EngineStatistics,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let found = shared(engine, "engine")?.0.statistics();
        let value = EngineStatistics {
            compilations: found.compilations,
            compile_nanoseconds: found.compile_nanoseconds,
            cache_hits: found.cache_hits,
            cache_misses: found.cache_misses,
            cache_refused: found.cache_refused,
            cache_stored: found.cache_stored,
            cache_not_stored: found.cache_not_stored,
            cache_bytes: found.cache_bytes,
            ..ENGINESTATISTICS_INIT
        };
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        unsafe { sized::write(statistics, value, "statistics") }
    })
}
