//! New versions of plug-ins, and their extensions.

use super::{Plugin, PluginRegistry, PluginReport, load, registry};
use crate::capi::cell::{Context, with};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, path, shared, text};
use crate::capi::guard::guard_value;
use libvm_abi::Status;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// Loads plug-ins like VM_PluginLoadFromPath, but a higher version replaces the loaded one. Contexts that register the plug-in
/// from now on get the new version; contexts that have the old version keep it until they are deleted or moved with
/// VM_ContextUpdatePlugin. The state of a singleton is moved to the new version if both versions have the extension
/// `libvm.snapshot/1`.
///
/// @param registry the registry
/// @param path the path of a file, with or without the ending of shared libraries, or of a directory
/// @param report receives a line for every candidate, also on failure; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then the old version stays loaded
/// @par Errors
/// The errors of VM_PluginLoadFromPath, and VM_STATUS_PLUGIN_DEPENDENCY when a plug-in that is loaded needs the old version
/// @par Ownership
/// The caller owns the report and frees it with VM_PluginReportDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryUpdateFromPath(
    registry: Option<Shared<PluginRegistry>>,
    path: *const c_char,
    report: Option<&mut *mut PluginReport>,
    error: Option<&mut *mut Error>,
) -> Status {
    load(report, error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises a text that ends with NUL.
        let path = unsafe { self::path(path, "path")? };
        Ok(registry.update_from_path(path))
    })
}

/// Moves a context to another version of a plug-in that is registered in it. An instance of that version is created and takes
/// over the state of the old one through the extension `libvm.snapshot/1`; guests call it from then on, also those that are
/// linked already. On failure the context stays as it was.
///
/// @param context the context
/// @param plugin the other version, from the same registry
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND (no version of it is registered), VM_STATUS_UNSUPPORTED (a version without
/// the extension), VM_STATUS_INCOMPATIBLE_IMPORT (a guest uses a function that the other version does not have),
/// VM_STATUS_PLUGIN_INITIALIZE (its create, save or restore failed), VM_STATUS_LIMIT (more than 64 MiB of state),
/// VM_STATUS_WRONG_THREAD (a thread-affine plug-in), and the errors of VM_ContextRegisterPlugin
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextUpdatePlugin(
    context: Option<Shared<Context>>,
    plugin: Option<Shared<Plugin>>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // Its `create` may call the host, which may release it.
        let plugin = Arc::clone(&shared(plugin, "plugin")?.inner);
        context.update_plugin(&plugin)
    })
}

/// Returns an extension of a plug-in. The plug-in is asked once for each id.
///
/// @param plugin the plug-in
/// @param id the id of the extension with its revision, as in "libvm.snapshot/1", UTF-8
/// @return the table of the extension; NULL if the plug-in does not have it
/// @par Ownership
/// The table belongs to the plug-in and is valid until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginGetExtension(plugin: Option<&Plugin>, id: *const c_char) -> *const c_void {
    guard_value(ptr::null(), || {
        let Some(plugin) = plugin else { return ptr::null() };
        // SAFETY: the caller promises a text that ends with NUL.
        unsafe { text(id, "id") }.map_or(ptr::null(), |id| plugin.inner.extension(id))
    })
}
