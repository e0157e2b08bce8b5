//! Package directory
//!
//! A directory of installed packages. Several versions of a package can be installed; one of them is active, and only that one is a
//! candidate of load calls, whatever the other versions are. Every change is atomic: a process that is killed at any moment leaves
//! the directory as it was before or after the change. docs/packages.md describes the layout.

mod list;

use super::error::Error;
use super::ffi::{Shared, c_path, hand_out, path, required, shared, text};
use super::guard::{guard, guard_value};
use super::package::{PACKAGE_STAGE_UNPACK, PACKAGE_STAGE_VERIFY, PACKAGE_STAGE_WAIT, PackageProgressCallback, report};
use super::plugin::{PluginRegistry, registry};
use crate::package::directory::{self, Install, Progress, Stage};
use crate::status::{self, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

/// A package directory.
pub struct PackageDirectory {
    inner: Arc<directory::PackageDirectory>,
    path: CString,
}

/// How a package is installed.
pub type PackageInstallFlags = u32;
/// Replace the installed files of the same version by other ones.
pub const PACKAGE_REPLACE: PackageInstallFlags = 1;
/// Install and make active a version that is lower than the active one.
pub const PACKAGE_DOWNGRADE: PackageInstallFlags = 2;
/// Install without making active.
pub const PACKAGE_INACTIVE: PackageInstallFlags = 4;

/// Runs a call that reports its progress.
fn with_progress(
    callback: Option<PackageProgressCallback>,
    user: *mut c_void,
    work: impl FnOnce(&mut dyn FnMut(Progress<'_>) -> Result<()>) -> Result<()>,
) -> Result<()> {
    work(&mut |progress| {
        let stage = match progress.stage {
            Stage::Wait => PACKAGE_STAGE_WAIT,
            Stage::Unpack => PACKAGE_STAGE_UNPACK,
            Stage::Verify => PACKAGE_STAGE_VERIFY,
        };
        report(callback, user, stage, (progress.entry, progress.done, progress.total))
    })
}

/// A share of it, because callbacks, which may delete it, run while it works.
fn directory<'a>(directory: Option<impl Into<Shared<'a, PackageDirectory>>>) -> Result<Arc<directory::PackageDirectory>> {
    Ok(Arc::clone(&shared(directory.map(Into::into), "directory")?.inner))
}

/// A string that may be NULL.
///
/// # Safety
/// As `text`.
unsafe fn optional<'a>(string: *const c_char, what: &str) -> Result<Option<&'a str>> {
    // SAFETY: promised by the caller of this function.
    if string.is_null() { Ok(None) } else { unsafe { text(string, what) }.map(Some) }
}

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

/// Opens a package directory. It is created by the first installation.
///
/// @param path the path; NULL for the package directory of the registry (VM_PluginRegistrySetPackageDirectory), and without one
///        for that of the user, `$XDG_DATA_HOME/libvm/packages`
/// @param registry the registry whose conditions hold for what is installed and verified: policy, lock file, keys, path checks; NULL
///        for path checks only
/// @param directory receives the package directory; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_NOT_FOUND (there is no default)
/// @par Ownership
/// The caller owns it and frees it with VM_PackageDirectoryDelete. It keeps the registry.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryCreate(
    path: *const c_char,
    registry: Option<Shared<PluginRegistry>>,
    directory: Option<&mut *mut PackageDirectory>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(directory, "directory")?;
        // SAFETY: the caller promises a string that ends with NUL.
        let path = if path.is_null() { None } else { Some(unsafe { self::path(path, "path")? }) };
        let registry = registry.map(|given| self::registry(Some(given))).transpose()?;
        let inner = Arc::new(directory::PackageDirectory::new(path, registry)?);
        hand_out(out, PackageDirectory { path: c_path(inner.path()), inner });
        Ok(())
    })
}

/// Returns the path of a package directory.
///
/// @param directory the package directory
/// @return an absolute path; NULL for NULL
/// @par Ownership
/// The string belongs to the package directory.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageDirectoryGetPath(directory: Option<&PackageDirectory>) -> *const c_char {
    directory.map_or(std::ptr::null(), |directory| directory.path.as_ptr())
}

/// Installs a package, and makes it active. All files are checked and written to a directory of their own, which is then moved into its
/// place: until then load calls find what was installed before, and a call that fails or a process that is killed changes
/// nothing. Other versions stay installed. If the same files are installed already, that version becomes active.
///
/// Two processes may install at the same time. Data and state of the plug-in are not changed.
///
/// @param directory the package directory
/// @param archive the path of the zip file
/// @param flags VM_PACKAGE_REPLACE, VM_PACKAGE_DOWNGRADE, VM_PACKAGE_INACTIVE, or 0
/// @param progress is called while files are read and written, and while another process changes the directory; may be NULL
/// @param user passed to the callback; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then nothing is changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown flags), VM_STATUS_BAD_PACKAGE, VM_STATUS_PLUGIN_WRONG_PLATFORM,
/// VM_STATUS_PLUGIN_HASH, VM_STATUS_PLUGIN_SIGNATURE and VM_STATUS_PLUGIN_NOT_ALLOWED (as in VM_PackageVerifyFile),
/// VM_STATUS_ALREADY_EXISTS (the version is installed with other files), VM_STATUS_PLUGIN_SUPERSEDED (a higher version is active),
/// VM_STATUS_UNTRUSTED_PATH (others can change the directory), VM_STATUS_BUSY (another process has locked the directory for more than
/// 30 seconds), VM_STATUS_CANCELLED (by the callback), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryInstall(
    directory: Option<Shared<PackageDirectory>>,
    archive: *const c_char,
    flags: PackageInstallFlags,
    progress: Option<PackageProgressCallback>,
    user: *mut c_void,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: promised by the caller of this function.
    guard(error, || unsafe { install(directory, archive, flags, false, (progress, user)) })
}

/// Installs another version of an installed package, and makes it active, like VM_PackageDirectoryInstall; but a package of which no
/// version is installed is refused. The previous version stays installed, so that VM_PackageDirectoryUse goes back to it.
///
/// @param directory the package directory
/// @param archive the path of the zip file
/// @param flags VM_PACKAGE_REPLACE, VM_PACKAGE_DOWNGRADE, VM_PACKAGE_INACTIVE, or 0
/// @param progress is called while files are read and written, and while another process changes the directory; may be NULL
/// @param user passed to the callback; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then nothing is changed
/// @par Errors
/// VM_STATUS_PACKAGE_NOT_FOUND (no version of it is installed), and the errors of VM_PackageDirectoryInstall
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryUpdate(
    directory: Option<Shared<PackageDirectory>>,
    archive: *const c_char,
    flags: PackageInstallFlags,
    progress: Option<PackageProgressCallback>,
    user: *mut c_void,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: promised by the caller of this function.
    guard(error, || unsafe { install(directory, archive, flags, true, (progress, user)) })
}

/// # Safety
/// As the header says of each parameter of VM_PackageDirectoryInstall.
unsafe fn install(
    directory: Option<Shared<PackageDirectory>>,
    archive: *const c_char,
    flags: PackageInstallFlags,
    update: bool,
    (progress, user): (Option<PackageProgressCallback>, *mut c_void),
) -> Result<()> {
    let directory = self::directory(directory)?;
    // SAFETY: the caller promises a string that ends with NUL.
    let archive = unsafe { path(archive, "archive")? };
    let unknown = flags & !(PACKAGE_REPLACE | PACKAGE_DOWNGRADE | PACKAGE_INACTIVE);
    if unknown != 0 {
        let message = format!("flags contain {unknown:#x}, which this version of libvm does not have; see VM_PACKAGE_*");
        return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    let has = |flag| flags & flag != 0;
    let how =
        Install { update, replace: has(PACKAGE_REPLACE), downgrade: has(PACKAGE_DOWNGRADE), inactive: has(PACKAGE_INACTIVE) };
    with_progress(progress, user, |hears| directory.install(archive, how, hears))
}

/// Makes an installed version of a package active, whatever its number is: load calls find it from then on. Going back to a previous
/// version is this call, which renames one link.
///
/// @param directory the package directory
/// @param name the name of the package, UTF-8
/// @param version the version, UTF-8
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, also if the version was active already; otherwise an error, then nothing is changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package), VM_STATUS_PACKAGE_NOT_FOUND,
/// VM_STATUS_UNTRUSTED_PATH, VM_STATUS_BUSY, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryUse(
    directory: Option<Shared<PackageDirectory>>,
    name: *const c_char,
    version: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let directory = self::directory(directory)?;
        // SAFETY: the caller promises strings that end with NUL.
        let (name, version) = unsafe { (text(name, "name")?, text(version, "version")?) };
        directory.activate(name, version)
    })
}

/// Removes a version of a package, or all versions. If the active version is removed, `next` becomes active in the same step; without
/// `next` none is active then. Data and state of the plug-in are kept. A plug-in that is loaded stays loaded, but the files of
/// its package are gone; a warning is logged if it is loaded in the registry of the directory.
///
/// @param directory the package directory
/// @param name the name of the package, UTF-8
/// @param version the version, UTF-8; NULL for all versions
/// @param next the version that becomes active if the removed one is active, UTF-8; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then nothing is changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package, or `next` is removed too),
/// VM_STATUS_PACKAGE_NOT_FOUND, VM_STATUS_UNTRUSTED_PATH, VM_STATUS_BUSY, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryRemove(
    directory: Option<Shared<PackageDirectory>>,
    name: *const c_char,
    version: *const c_char,
    next: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let directory = self::directory(directory)?;
        // SAFETY: the caller promises strings that end with NUL.
        let (name, version, next) = unsafe { (text(name, "name")?, optional(version, "version")?, optional(next, "next")?) };
        directory.remove(name, version, next)
    })
}

/// Verifies installed packages: each file has the bytes that were installed, none is missing, none was added, and the library
/// meets the conditions of load calls and of the registry of the directory. The error has a line for each fault.
///
/// @param directory the package directory
/// @param name the name of the package, UTF-8; NULL for all packages
/// @param version the version, UTF-8; NULL for all versions
/// @param progress is called while files are read; may be NULL
/// @param user passed to the callback; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK if there is no fault, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package; a version without a name),
/// VM_STATUS_PACKAGE_NOT_FOUND, VM_STATUS_BAD_PACKAGE (files differ), VM_STATUS_CANCELLED (by the callback),
/// VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO; those with which a load call refuses a plug-in, such as VM_STATUS_UNTRUSTED_PATH
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryVerify(
    directory: Option<&PackageDirectory>,
    name: *const c_char,
    version: *const c_char,
    progress: Option<PackageProgressCallback>,
    user: *mut c_void,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let directory = self::directory(directory)?;
        // SAFETY: the caller promises strings that end with NUL.
        let (name, version) = unsafe { (optional(name, "name")?, optional(version, "version")?) };
        with_progress(progress, user, |hears| directory.verify(name, version, hears))
    })
}

/// Deletes the object; what is installed stays.
///
/// @param directory the package directory; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageDirectoryDelete(directory: Option<Box<PackageDirectory>>) {
    guard_value((), || drop(directory));
}
