//! Package directory
//!
//! A directory of installed packages. Several versions of a package can be installed; one of them is active, and only that one is a
//! candidate of load calls, whatever the other versions are. Every change is atomic: a process that is killed at any moment leaves
//! the directory as it was before or after the change. docs/packages.md describes the layout.

use super::error::Error;
use super::ffi::{Shared, path};
use super::guard::guard;
use super::plugin::{PluginRegistry, registry};
use crate::status;
use libvm_abi::{self as abi, Status};
use std::ffi::c_char;

/// Sets the package directory that VM_PluginLoadWithDefaultPaths searches after all others, instead of that of the user
/// (`$XDG_DATA_HOME/libvm/packages`). VM_PackageDirectoryCreate uses it too.
///
/// @param registry the registry
/// @param directory the path; copied; it need not exist yet; NULL for the directory of the user
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
pub unsafe extern "C" fn VM_PluginRegistrySetPackageDirectory(
    registry: Option<Shared<PluginRegistry>>,
    directory: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises a string that ends with NUL.
        let directory = if directory.is_null() { None } else { Some(unsafe { path(directory, "directory")? }) };
        let directory = directory.map(std::path::absolute).transpose().map_err(|error| {
            let message = format!("not a valid path of a package directory: {error}");
            status::Error::new(abi::STATUS_INVALID_ARGUMENT, message)
        })?;
        registry.set_package_directory(directory.as_deref());
        Ok(())
    })
}
