//! Package
//!
//! A package is a zip archive with a plug-in, its description, default options and other files. It comes from others: everything in
//! it is checked before any of it is used, and no code of the plug-in runs here. docs/packages.md describes the format.

mod inspected;
mod progress;
mod provides;
mod shown;

pub use inspected::PackageInspection;
pub(super) use progress::{PACKAGE_STAGE_UNPACK, PACKAGE_STAGE_VERIFY, PACKAGE_STAGE_WAIT, PackageProgressCallback, report};

use super::error::Error;
use super::ffi::{hand_out, path, required};
use super::guard::guard;
use super::plugin::{PluginRegistry, registry};
use crate::package::{Package, Progress, build};
use libvm_abi::Status;
use std::ffi::{c_char, c_void};

/// A kind of things that a plug-in has besides functions and options.
pub type PackageItemKind = i32;
/// Its hooks; the name is the point.
pub const PACKAGE_ITEM_HOOK: PackageItemKind = 1;
/// Its sources of streams.
pub const PACKAGE_ITEM_SOURCE: PackageItemKind = 2;
/// Its sinks of streams.
pub const PACKAGE_ITEM_SINK: PackageItemKind = 3;

/// What a package has besides its files.
pub type PackageFlags = u32;
/// `SHA256SUMS`: the hashes of its files, which were checked.
pub const PACKAGE_HAS_HASHES: PackageFlags = 1;
/// `SHA256SUMS.sig`: a signature. VM_PackageVerifyFile checks it.
pub const PACKAGE_HAS_SIGNATURE: PackageFlags = 2;

/// Inspects a package without running any code of its plug-in.
///
/// The structure of the archive, the description and the libraries are checked; VM_PackageVerifyFile also checks the other files, and
/// the signature. A package without a library for this machine has an inspection too: VM_PackageInspectionGetStatus and
/// VM_PackageInspectionGetMessage return the reason.
///
/// @param file the path of the package; must not be NULL
/// @param inspection receives the inspection; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BAD_PACKAGE,
/// VM_STATUS_PLUGIN_HASH (a file does not have the hash of `SHA256SUMS`), VM_STATUS_PLUGIN_SIGNATURE (the signature has a wrong size),
/// VM_STATUS_UNSUPPORTED (a build of libvm without packages)
/// @par Ownership
/// The caller owns it and frees it with VM_PackageInspectionDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageInspectFile(
    file: *const c_char,
    inspection: Option<&mut *mut PackageInspection>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(inspection, "inspection")?;
        // SAFETY: the caller promises a string that ends with NUL.
        let file = unsafe { path(file, "file")? };
        hand_out(out, PackageInspection::of_package(&Package::open(file, &mut |_| Ok(()))?));
        Ok(())
    })
}

/// Verifies a package without installing it: everything that VM_PackageInspectFile checks, the contents of all files, that its
/// library can be loaded on this machine, and the conditions of a registry.
///
/// @param registry the registry whose policy, lock file and keys the package must meet: if it has keys, `SHA256SUMS.sig` must be a
///        signature of `SHA256SUMS` by one of them; NULL for no conditions
/// @param file the path of the package; must not be NULL
/// @param progress called after each file; may be NULL
/// @param user passed to `progress`; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK if it can be installed, otherwise an error
/// @par Errors
/// Those of VM_PackageInspectFile; VM_STATUS_PLUGIN_WRONG_PLATFORM, VM_STATUS_PLUGIN_INCOMPATIBLE, VM_STATUS_PLUGIN_BAD_DESCRIPTOR (no
/// entry function), VM_STATUS_PLUGIN_NOT_ALLOWED, VM_STATUS_PLUGIN_HASH, VM_STATUS_PLUGIN_SIGNATURE, VM_STATUS_CANCELLED (`progress`
/// returned false)
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageVerifyFile(
    registry: Option<&PluginRegistry>,
    file: *const c_char,
    progress: Option<PackageProgressCallback>,
    user: *mut c_void,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // A share of it, because the callback may delete it.
        let registry = registry.map(|given| self::registry(Some(given))).transpose()?;
        // SAFETY: the caller promises a string that ends with NUL.
        let file = unsafe { path(file, "file")? };
        let mut tell = |read: &Progress<'_>| report(progress, user, PACKAGE_STAGE_VERIFY, (read.file, read.done, read.total));
        let package = Package::open(file, &mut tell)?;
        match registry {
            Some(registry) => package.require_accepted(&registry)?,
            None => drop(package.library()?),
        }
        package.verify(&mut tell)
    })
}

/// Builds a package of the files in a directory.
///
/// The directory has at its root the library of the plug-in, `<name>.so`, or one for each of several platforms,
/// `<name>-<os>-<arch>.so`; the prefix `lib` is removed. `<name>.json` describes the plug-in: what it does not state of name, version,
/// description, license and modules is added from the manifest. `<name>.toml` has default options. All other files are kept as they
/// are, also those in directories, except hidden ones, whose names begin with a dot. `SHA256SUMS` is written; `SHA256SUMS.sig` is
/// included if it is there. docs/packages.md describes how to make it.
///
/// The same files give the same bytes, at any time and on any machine. No code of the plug-in runs.
///
/// @param directory the path of the directory; must not be NULL
/// @param output the path of the package; must not be NULL. An existing file is replaced when the package is complete; on failure it
///        is unchanged
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a path of a file), VM_STATUS_BAD_PACKAGE (no library, libraries that differ
/// from each other or from the description, names that are not possible on every system, too large), VM_STATUS_FILE_NOT_FOUND,
/// VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_UNSUPPORTED (a build of libvm without packages)
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageBuild(
    directory: *const c_char,
    output: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises strings that end with NUL.
        let (directory, output) = unsafe { (path(directory, "directory")?, path(output, "output")?) };
        build(directory, output)
    })
}
