//! Permissions
//!
//! Permissions of plug-ins and host modules: for functions that need one, and for what a plug-in checks by argument, as in
//! `process:exec:git`.
//! Nothing is granted by default. A grant that ends in `*` covers everything that begins with what precedes the `*`:
//! `process:exec:*`, or `*` for everything that the plug-in asks for. A call without its permission traps with
//! VM_STATUS_PLUGIN_PERMISSION.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, text};
use super::guard::guard;
use super::plugin::{Plugin, PluginRegistry, registry};
use libvm_abi::Status;
use std::ffi::c_char;
use std::ptr;

/// Grants a permission to a plug-in in a context, in addition to those that its registry grants, or to a host module whose functions
/// require it (VM_HostModuleSetFunctionPermission).
///
/// @param context the context
/// @param plugin the name of the plug-in or the host module, UTF-8; it need not be loaded yet
/// @param permission as in "net:connect", or "net:*" for all that begin with "net:", UTF-8; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a permission: empty, over 1024 bytes, with
/// control characters, or with a `*` before its end), VM_STATUS_SEALED (the plug-in or host module is registered), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT; registering the plug-in checks that it asks for the permission (VM_STATUS_PLUGIN_PERMISSION)
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextGrantPermission(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    permission: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises texts that end with NUL.
        let (plugin, permission) = unsafe { (text(plugin, "plugin")?, text(permission, "permission")?) };
        context.grant(plugin, permission)
    })
}

/// Grants a permission to a plug-in in all contexts that register it from now on.
///
/// @param registry the registry
/// @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
/// @param permission as in "net:connect", or "net:*" for all that begin with "net:", UTF-8; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a permission); registering the plug-in checks
/// that it asks for the permission (VM_STATUS_PLUGIN_PERMISSION)
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryGrantPermission(
    registry: Option<Shared<PluginRegistry>>,
    plugin: *const c_char,
    permission: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises texts that end with NUL.
        let (plugin, permission) = unsafe { (text(plugin, "plugin")?, text(permission, "permission")?) };
        registry.grant(plugin, permission)
    })
}

/// Returns the number of permissions that a plug-in asks for.
///
/// @param plugin the plug-in; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetPermissionCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.permissions.len())
}

/// Returns a permission that a plug-in asks for; no other permission can be granted to it.
///
/// @param plugin the plug-in; NULL has none
/// @param index from 0, in the plug-in's order
/// @return the permission, UTF-8; a final `*` stands for everything that begins with what precedes it. NULL if the index is past
///         the end
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetPermission(plugin: Option<&Plugin>, index: usize) -> *const c_char {
    plugin.and_then(|plugin| plugin.permissions.get(index)).map_or(ptr::null(), |permission| permission.as_ptr())
}
