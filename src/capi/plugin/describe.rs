//! What a plug-in says about itself.

use crate::capi::error::Error;
use crate::capi::ffi::{c_text, required};
use crate::capi::guard::{guard, guard_value};
use crate::capi::options::Shown;
use crate::capi::types::FuncType;
use crate::host::parse_signature;
use crate::plugin::{self, FunctionInfo, ModuleInfo};
use crate::status::{self, Result};
use libvm_abi::Status;
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
    licence: CString,
    path: Option<CString>,
    modules: Vec<Module>,
    pub(in crate::capi) options: Vec<Shown>,
    pub(in crate::capi) permissions: Vec<CString>,
}

struct Module {
    name: CString,
    description: CString,
    /// Made when C first asks.
    functions: OnceCell<Vec<Function>>,
}

struct Function {
    name: CString,
    description: CString,
    permission: Option<CString>,
    flags: u32,
    ty: FuncType,
}

/// A function of a plug-in.
#[repr(C)]
pub struct PluginFunction {
    /// Its name, UTF-8.
    pub name: *const c_char,
    /// One line about it, UTF-8; "" when there is none.
    pub description: *const c_char,
    /// The permission that a call needs, or NULL.
    pub permission: *const c_char,
    /// Its type in wasm; pointers and lengths of guest buffers are shown as i32.
    pub r#type: *const FuncType,
    /// VM_FUNCTION_* of <libvm/plugin.h>.
    pub flags: u32,
}

impl Function {
    fn new(info: &FunctionInfo) -> Result<Self> {
        Ok(Self {
            name: c_text(&info.name),
            description: c_text(&info.description),
            permission: info.permission.as_deref().map(c_text),
            flags: info.flags,
            ty: FuncType::new(&parse_signature(&info.signature)?.func_type(false)),
        })
    }
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
            licence: c_text(&manifest.license),
            path: inner.path().map(|path| c_text(&path.to_string_lossy())),
            modules: inner.module_infos().iter().map(module).collect(),
            options: inner.options().iter().map(Shown::new).collect(),
            permissions: manifest.permissions.iter().map(|permission| c_text(permission)).collect(),
            inner,
        }
    }

    fn functions(&self, module: usize) -> Result<&[Function]> {
        let shown =
            self.modules.get(module).ok_or_else(|| status::no_index("the plug-in", module, self.modules.len(), "module"))?;
        let infos = &self.inner.module_infos()[module].functions;
        let made = shown.functions.get_or_try_init(|| infos.iter().map(Function::new).collect::<Result<_>>())?;
        Ok(made)
    }
}

/// Gives the name of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetName(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.name.as_ptr())
}

/// Gives the version of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetVersion(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.version.as_ptr())
}

/// Gives the line that a plug-in says about itself.
///
/// @param plugin the plug-in; NULL has none
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetDescription(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.description.as_ptr())
}

/// Gives the licence of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return an SPDX expression, or "" when it says none; NULL for NULL
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetLicense(plugin: Option<&Plugin>) -> *const c_char {
    plugin.map_or(ptr::null(), |plugin| plugin.licence.as_ptr())
}

/// Gives the file that a plug-in was loaded from.
///
/// @param plugin the plug-in; NULL has none
/// @return an absolute path, UTF-8; NULL for a built-in one
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetPath(plugin: Option<&Plugin>) -> *const c_char {
    or_null(plugin.and_then(|plugin| plugin.path.as_ref()))
}

/// Gives the minor version of the ABI that the plug-in and this library speak; the major version is VM_ABI_MAJOR.
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

/// Tells how many wasm modules a plug-in provides.
///
/// @param plugin the plug-in; NULL has none
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetModuleCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.modules.len())
}

/// Gives the name of a wasm module of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param module its index from 0
/// @return UTF-8; NULL when there is none at the index
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetModuleName(plugin: Option<&Plugin>, module: usize) -> *const c_char {
    plugin.and_then(|plugin| plugin.modules.get(module)).map_or(ptr::null(), |module| module.name.as_ptr())
}

/// Gives the line that a plug-in says about one of its wasm modules.
///
/// @param plugin the plug-in; NULL has none
/// @param module its index from 0
/// @return UTF-8; NULL when there is none at the index
/// @par Ownership
/// The text stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetModuleDescription(plugin: Option<&Plugin>, module: usize) -> *const c_char {
    plugin.and_then(|plugin| plugin.modules.get(module)).map_or(ptr::null(), |module| module.description.as_ptr())
}

/// Tells how many functions a wasm module of a plug-in has.
///
/// @param plugin the plug-in; NULL has none
/// @param module its index from 0
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetFunctionCount(plugin: Option<&Plugin>, module: usize) -> usize {
    plugin.and_then(|plugin| plugin.inner.module_infos().get(module)).map_or(0, |module| module.functions.len())
}

/// Describes a function of a plug-in.
///
/// @param plugin the plug-in
/// @param module the module's index from 0
/// @param index the function's index from 0
/// @param function gets the description; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// What the description points to stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetFunction(
    plugin: Option<&Plugin>,
    module: usize,
    index: usize,
    function: Option<&mut PluginFunction>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (plugin, out) = (required(plugin, "plugin")?, required(function, "function")?);
        let functions = plugin.functions(module)?;
        let found = functions.get(index).ok_or_else(|| status::no_index("the module", index, functions.len(), "function"))?;
        *out = PluginFunction {
            name: found.name.as_ptr(),
            description: found.description.as_ptr(),
            permission: or_null(found.permission.as_ref()),
            r#type: &found.ty,
            flags: found.flags,
        };
        Ok(())
    })
}

/// Lets go of a plug-in that VM_PluginRegistryFindByIndex or VM_PluginRegistryFind gave; it stays loaded.
///
/// @param plugin the plug-in; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRelease(plugin: Option<Box<Plugin>>) {
    guard_value((), || drop(plugin));
}
