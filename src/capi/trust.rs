//! Trust
//!
//! What a plug-in's file must be for a registry to load it, besides having a name that VM_PluginRegistrySetPolicy allows: not to
//! be changed by other users of the machine, in the lock file, signed. All conditions that are set must hold, and none can be
//! taken back but the first: that is for a new registry. They count for what is loaded from now on, and not for plug-ins that
//! are linked into the program. Nothing of a file that is refused runs. docs/plugins.md says more ("What is trusted").

use super::error::Error;
use super::ffi::{Shared, path, text};
use super::guard::guard;
use super::plugin::{PluginRegistry, registry};
use libvm_abi::Status;
use std::ffi::c_char;

/// Sets whether files are refused that other users could have put where they are: plug-ins, lock files, configurations and state files.
///
/// The file, and every directory and link on its way from the root, must belong to root or to the effective user, and must not be
/// writable by their group or by others. A directory with the sticky bit, such as /tmp, is accepted for what is in the directories
/// below it, and not for files and links in it. The check is on by default; switching it off is for file systems without
/// permissions.
///
/// @param registry the registry
/// @param on true to check files, false to accept all
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// none of its own
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistrySetFileChecks(
    registry: Option<Shared<PluginRegistry>>,
    on: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        self::registry(registry)?.set_file_checks(on);
        Ok(())
    })
}

/// Accepts files and directories that the members of a group can write to. It can be called for several groups.
///
/// Whoever is in such a group can run code in the process. On systems without groups it has no effect.
///
/// @param registry the registry
/// @param group the number of the group
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// none of its own
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryAddTrustedGroup(
    registry: Option<Shared<PluginRegistry>>,
    group: u32,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        self::registry(registry)?.add_trusted_group(group);
        Ok(())
    })
}

/// Reads a lock file: only files load whose SHA-256 stands in it, in its order. What is in it and not found is a line of the report of a load call that would have found it, and a failure.
///
/// The file is read once: after it was changed, this has to be called again.
///
/// @param registry the registry
/// @param path of a file that VM_PluginRegistryWriteLock has written
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure; then the registry stays as it was
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PLUGIN_LOCK (with line and column),
/// VM_STATUS_UNTRUSTED_PATH
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistrySetLock(
    registry: Option<Shared<PluginRegistry>>,
    path: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: the caller promises a text that ends with NUL.
    guard(error, || self::registry(registry)?.set_lock(unsafe { self::path(path, "path")? }))
}

/// Writes a lock file: the plug-ins that the registry has loaded from files, in load order, with the SHA-256 of each file. It takes the place of an old one in one step.
///
/// A symbolic link is not followed, and the new file gives nobody rights that the old one did not give.
///
/// @param registry the registry
/// @param path of the file; the paths of the plug-ins are written relative to it
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure; then an old file stays as it was
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_HASH (a file was changed since it was loaded), VM_STATUS_BAD_UTF8 (its path is
/// not), VM_STATUS_INVALID_ARGUMENT (a symbolic link), VM_STATUS_UNTRUSTED_PATH (nobody would accept it there), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryWriteLock(
    registry: Option<&PluginRegistry>,
    path: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: the caller promises a text that ends with NUL.
    guard(error, || self::registry(registry)?.write_lock(unsafe { self::path(path, "path")? }))
}

/// Adds a public key: only files load beside which, in `<file>.sig`, is their Ed25519 signature by one of the registry's keys.
///
/// @param registry the registry
/// @param key the key as 64 hexadecimal digits, as base64, or as `openssl pkey -pubout` writes it
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure; then the registry stays as it was
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (it is no such key)
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryAddKey(
    registry: Option<Shared<PluginRegistry>>,
    key: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: the caller promises a text that ends with NUL.
    guard(error, || self::registry(registry)?.add_key_text(unsafe { text(key, "key")? }))
}
