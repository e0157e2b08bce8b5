//! Where plug-ins have their files.

use super::PluginRegistry;
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, path};
use crate::capi::guard::guard;
use crate::plugin::directories::Kind;
use crate::status;
use libvm_abi::{self as abi, Status};
use std::ffi::c_char;

/// Sets the directory in which plug-ins have their data, caches or temporary files. Each plug-in gets a subdirectory with its
/// name, and in that one for each context name. The defaults are `libvm/data` in the data directory of the user
/// (`$XDG_DATA_HOME`), `libvm/cache` in the cache directory of the user (`$XDG_CACHE_HOME`), and the directory of the system for
/// temporary files.
///
/// @param registry the registry
/// @param kind VM_DIRECTORY_DATA, VM_DIRECTORY_CACHE or VM_DIRECTORY_TEMP
/// @param directory the path; copied; it need not exist yet; NULL for the default
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_INVALID_ARGUMENT (not a kind, an empty path, or VM_DIRECTORY_RESOURCE, which is beside a plug-in's library)
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistrySetDataDirectory(
    registry: Option<Shared<PluginRegistry>>,
    kind: abi::DirectoryKind,
    directory: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = super::registry(registry)?;
        // SAFETY: the caller promises a text that ends with NUL.
        let directory = if directory.is_null() { None } else { Some(unsafe { path(directory, "directory")? }) };
        let kind = Kind::from_abi(kind).ok_or_else(|| {
            let message = format!("{kind} is not a kind of directory that can be set; see VM_DIRECTORY_*");
            status::Error::new(abi::STATUS_INVALID_ARGUMENT, message)
        })?;
        registry.set_directory(kind, directory)
    })
}
