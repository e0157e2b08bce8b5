//! What a plug-in says about itself.

use crate::capi::ffi::{c_path, c_text};
use crate::capi::guard::guard_value;
use crate::capi::plugin::function::{Functions, PluginFunction};
use crate::capi::plugin::hooks::Hooks;
use crate::capi::plugin::option::Options;
use crate::capi::plugin::streams::Streams;
use crate::plugin::{self, ModuleInfo};
use crate::status::Result;
use once_cell::sync::OnceCell;
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use super::or_null;

/// A plug-in that a registry has loaded.
pub struct Plugin {
    pub(super) inner: Arc<plugin::Plugin>,
    name: CString,
    version: CString,
    description: CString,
    license: CString,
    path: Option<CString>,
    modules: Vec<Module>,
    pub(in crate::capi) options: Options,
    pub(in crate::capi) streams: Streams,
    pub(in crate::capi) hooks: Hooks,
    pub(in crate::capi) permissions: Vec<CString>,
}

struct Module {
    name: CString,
    description: CString,
    /// Made when C first asks.
    functions: OnceCell<Functions>,
}

impl Plugin {
    pub(super) fn new(inner: Arc<plugin::Plugin>) -> Self {
        let module = |info: &ModuleInfo| Module {
            name: c_text(&info.name),
            description: c_text(&info.description),
            functions: OnceCell::new(),
        };
        let manifest = inner.manifest();
        Self {
            name: c_text(inner.name()),
            version: c_text(&inner.version().to_string()),
            description: c_text(&manifest.description),
            license: c_text(&manifest.license),
            path: inner.path().map(c_path),
            modules: inner.module_infos().iter().map(module).collect(),
            options: Options::new(inner.options()),
            streams: Streams::new(inner.sources(), inner.sinks()),
            hooks: Hooks::new(inner.hooks()),
            permissions: manifest.permissions.iter().map(|permission| c_text(permission)).collect(),
            inner,
        }
    }

    /// Returns an owning reference to the plug-in.
    pub(in crate::capi) fn share(&self) -> Arc<plugin::Plugin> {
        Arc::clone(&self.inner)
    }

    fn functions(&self, module: usize) -> Result<&[PluginFunction]> {
        let Some(shown) = self.modules.get(module) else { return Ok(&[]) };
        let infos = &self.inner.module_infos()[module].functions;
        let made = shown.functions.get_or_try_init(|| Functions::new(infos, or_null(self.path.as_ref())))?;
        Ok(&made.shown)
    }
}

/// Returns the name of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetName(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.name.as_ptr())
}

/// Returns the version of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetVersion(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.version.as_ptr())
}

/// Returns the description of a plug-in: one line.
///
/// @param plugin the plug-in; NULL has none
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetDescription(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.description.as_ptr())
}

/// Returns the license of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return an SPDX expression, or "" if there is none; NULL for NULL
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetLicense(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.license.as_ptr())
}

/// Returns the path of the file that a plug-in was loaded from, byte for byte as it was given or found.
///
/// @param plugin the plug-in; NULL has none
/// @return an absolute path; NULL for a built-in plug-in
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetPath(plugin: Option<&Plugin>) -> *const c_char {
    or_null(plugin.and_then(|plugin| plugin.path.as_ref()))
}

/// Returns the minor version of the plug-in ABI that the plug-in and this library use; the major version is VM_ABI_MAJOR.
///
/// @param plugin the plug-in; NULL has none
/// @return the version; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetAbiMinor(plugin: Option<&Plugin>) -> u32 {
    plugin.map_or(0, |plugin| plugin.inner.abi_minor())
}

/// Returns the number of wasm modules that a plug-in provides.
///
/// @param plugin the plug-in; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetModuleCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.modules.len())
}

/// Returns the name of a wasm module of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param module the index of the module, from 0
/// @return UTF-8; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetModuleName(plugin: Option<&Plugin>, module: usize) -> *const c_char {
    plugin.and_then(|plugin| plugin.modules.get(module)).map_or(ptr::null(), |module| module.name.as_ptr())
}

/// Returns the description of a wasm module of a plug-in: one line.
///
/// @param plugin the plug-in; NULL has none
/// @param module the index of the module, from 0
/// @return UTF-8; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the plug-in and lives until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetModuleDescription(plugin: Option<&Plugin>, module: usize) -> *const c_char {
    plugin.and_then(|plugin| plugin.modules.get(module)).map_or(ptr::null(), |module| module.description.as_ptr())
}

/// Returns the number of functions of a wasm module of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param module the index of the module, from 0
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetFunctionCount(plugin: Option<&Plugin>, module: usize) -> usize {
    plugin.and_then(|plugin| plugin.inner.module_infos().get(module)).map_or(0, |module| module.functions.len())
}

/// Returns the description of a function of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param module the module's index, from 0
/// @param index the function's index, from 0
/// @return the description; NULL if an index is past the end
/// @par Ownership
/// The description and everything it points to belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetFunction(plugin: Option<&Plugin>, module: usize, index: usize) -> Option<&PluginFunction> {
    guard_value(None, || plugin.and_then(|plugin| plugin.functions(module).ok()?.get(index)))
}

/// Releases a plug-in that VM_PluginRegistryFind or VM_PluginRegistryFindByIndex returned. It stays loaded.
///
/// @param plugin the plug-in; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRelease(plugin: Option<Box<Plugin>>) {
    guard_value((), || drop(plugin));
}
