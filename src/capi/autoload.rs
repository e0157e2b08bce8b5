//! Plug-in index
//!
//! A registry that loads plug-ins for the imports of modules keeps an index of the plug-ins in its directories: their manifests by
//! the hash of their files, and their functions once they were loaded. It is only used to choose: what is chosen is examined again
//! before it is loaded. docs/module-plugins.md describes it ("Autoload").

use super::error::Error;
use super::ffi::{Shared, path};
use super::guard::guard;
use super::plugin::{PluginRegistry, registry};
use libvm_abi::Status;
use std::ffi::c_char;

/// Sets the file that keeps the index of a registry from one process to the next. The default is `libvm/plugins-<abi>.index` in the
/// user's directory for caches ($XDG_CACHE_HOME, or ~/.cache), and none in a setuid process.
///
/// The file is read and written when plug-ins are loaded for the imports of a module, and created if it does not exist. Several
/// processes may use it. A file that other users could have put in its place is not used, nor is one that is damaged or cannot be
/// read or written: the index is then made anew or kept in memory, and a line of the report and of the log says why.
///
/// @param registry the registry
/// @param path the path of the file; NULL to keep the index in memory only
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path)
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistrySetIndexFile(
    registry: Option<Shared<PluginRegistry>>,
    path: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises NULL or a text that ends with NUL.
        let path = if path.is_null() { None } else { Some(unsafe { self::path(path, "path")? }) };
        registry.set_index_file(path)
    })
}
