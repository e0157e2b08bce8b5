//! Trust
//!
//! Conditions that the file of a plug-in must meet to be loaded, in addition to the policy (VM_PluginRegistrySetPolicy): no other
//! user can have put it there, it is in the lock file, it is signed. All conditions that are set must be met. Only the first one
//! can be switched off again: create a new registry instead. They apply to files that are loaded from now on, not to built-in
//! plug-ins. No code of a refused file runs. docs/plugins-using.md describes the rules ("Trust").

use super::error::Error;
use super::ffi::{Shared, path, text};
use super::guard::guard;
use super::plugin::{PluginRegistry, registry};
use libvm_abi::Status;
use std::ffi::c_char;

/// Sets whether files are refused that other users could have put where they are: plug-ins, lock files, configurations and state
/// files. The file, and every directory and link on its path, must belong to root or to the effective user and must not be
/// writable by group or others. A directory with the sticky bit, such as /tmp, is accepted for the directories below it, but not
/// for files and links in it. The check is enabled by default; disable it for file systems without permissions.
///
/// @param registry the registry
/// @param on true to check files, false to accept all
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// None of its own.
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
/// Each member of such a group can run code in the process. On systems without groups it has no effect.
///
/// @param registry the registry
/// @param group the number of the group
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// None of its own.
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

/// Reads a lock file. From now on only files are loaded whose SHA-256 is in it, in its order. A plug-in of the lock file that is
/// not found is a failure of each load call that should have found it, and a line of its report.
///
/// The file is read once. Call this again after changing it.
///
/// @param registry the registry
/// @param path the path of a file that VM_PluginRegistryWriteLock has written
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then the registry is not changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PLUGIN_LOCK (with line and column), VM_STATUS_UNTRUSTED_PATH
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

/// Writes a lock file: the plug-ins that the registry has loaded from files, in load order, with the SHA-256 of each file. An
/// existing file is replaced atomically.
///
/// A symbolic link is not followed, and the new file gives no user rights that the old one did not give.
///
/// @param registry the registry
/// @param path the path of the file; the paths of the plug-ins are written relative to it
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then an existing file is not changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_HASH (a file was changed since it was loaded), VM_STATUS_BAD_UTF8 (its path is not),
/// VM_STATUS_INVALID_ARGUMENT (a symbolic link), VM_STATUS_UNTRUSTED_PATH (no process would accept it there),
/// VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.2
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

/// Adds a public key. From now on only files are loaded that have an Ed25519 signature by one of the keys of the registry in
/// `<file>.sig`.
///
/// @param registry the registry
/// @param key the key as 64 hexadecimal digits, as base64, or as `openssl pkey -pubout` writes it
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then the registry is not changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a valid key)
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
