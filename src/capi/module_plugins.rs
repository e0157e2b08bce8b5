//! Plug-ins of modules
//!
//! A module can name the plug-ins that it needs in the custom section `libvm.plugins`, and a registry can find those that its imports
//! need. All of this is off until the host allows it, and only files in the directories of the registry are loaded.
//! docs/module-plugins.md describes the section and the rules.

use super::cell::{Context, with};
use super::context::ImportList;
use super::error::Error;
use super::ffi::{Shared, hand_out, required, shared};
use super::guard::guard;
use super::module::Module;
use super::plugin::{PluginRegistry, PluginReport, load, registry};
use crate::context::Examined;
use crate::plugin::end_waiting;
use crate::plugin::registry::rules::{self, MODULE_PLUGINS};
use crate::status;
use libvm_abi::{self as abi, Status};
use std::sync::Arc;

/// The plug-ins that the custom section `libvm.plugins` of a module names.
pub const MODULE_PLUGINS_DECLARED: u32 = 1;
/// The plug-ins that provide what a module imports.
pub const MODULE_PLUGINS_IMPORTS: u32 = 2;
/// The plug-ins and functions that other plug-ins answer with when they are shown a module (the extension `libvm.dependencies/1`).
pub const MODULE_PLUGINS_DEPENDENCIES: u32 = 4;

const _: () = assert!(
    MODULE_PLUGINS_DECLARED == rules::MODULE_PLUGINS_DECLARED
        && MODULE_PLUGINS_IMPORTS == rules::MODULE_PLUGINS_IMPORTS
        && MODULE_PLUGINS_DEPENDENCIES == rules::MODULE_PLUGINS_DEPENDENCIES
);

/// Sets how modules may bring plug-ins into a registry. The default is 0: they may not.
///
/// @param registry the registry
/// @param flags VM_MODULE_PLUGINS_DECLARED, VM_MODULE_PLUGINS_IMPORTS, VM_MODULE_PLUGINS_DEPENDENCIES; 0 for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown flags)
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistrySetModulePlugins(
    registry: Option<Shared<PluginRegistry>>,
    flags: u32,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        let known = MODULE_PLUGINS.iter().fold(0, |known, (_, flag)| known | flag);
        if flags & !known != 0 {
            let message = format!("{flags:#x} has flags that do not exist; see VM_MODULE_PLUGINS_*");
            return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        registry.set_module_plugins(flags);
        Ok(())
    })
}

/// Loads the plug-ins that a module needs, as far as VM_PluginRegistrySetModulePlugins allows it. They are found in the directories that
/// VM_PluginLoadWithDefaultPaths searches: by the path that the module declares, which is relative to its own file, else by their
/// names. If one of them cannot be found, none is loaded.
///
/// @param registry the registry
/// @param module the module
/// @param report receives a line for each plug-in that the module needs, which says why it was chosen; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_PARAMETER (the custom section is not valid: the message has the position),
/// VM_STATUS_PLUGIN_NOT_FOUND, VM_STATUS_PLUGIN_NOT_ALLOWED (a file outside of the directories), VM_STATUS_PLUGIN_DEPENDENCY (another
/// version is loaded), VM_STATUS_LIMIT, VM_STATUS_REENTRANT; VM_STATUS_PLUGIN_* as VM_PluginLoadFromPath
/// @par Ownership
/// The caller owns the report and frees it with VM_PluginReportDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginLoadForModule(
    registry: Option<Shared<PluginRegistry>>,
    module: Option<Shared<Module>>,
    report: Option<&mut *mut PluginReport>,
    error: Option<&mut *mut Error>,
) -> Status {
    load(report, error, || {
        let (registry, module) = (self::registry(registry)?, Arc::clone(&shared(module, "module")?.inner));
        let (report, needed) = registry.load_for_module(&module, &|_| false, &registry.plugins());
        Ok((report, needed.map(drop)))
    })
}

/// Sets the registry from which modules bring the plug-ins that they need into a context: before a module is linked, they are loaded as
/// by VM_PluginLoadForModule and registered in the context. A plug-in that cannot be loaded or registered fails the instantiation.
///
/// @param context the context
/// @param registry the registry; NULL for none, the default
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context keeps the registry's plug-ins as long as it needs them; the registry may be deleted.
/// @par Threads
/// [one thread per context]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextSetModulePlugins(
    context: Option<Shared<Context>>,
    registry: Option<Shared<PluginRegistry>>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        end_waiting();
        let registry = registry.map(|given| self::registry(Some(given))).transpose()?;
        context.set_module_plugins(registry);
        Ok(())
    })
}

/// Finds what provides each import of a module, without loading a plug-in or running any code: a plug-in of the registry, or one in the
/// directories that would be loaded. The functions of a plug-in that is not loaded are known from its package or from the index; if they
/// are not, the import is VM_IMPORT_UNKNOWN. Also finds the plug-ins that the module declares (VM_ImportListGetPlugin). What a host
/// registers in a context is not known here: see VM_ContextExamineModule.
///
/// @param registry the registry
/// @param module the module
/// @param list receives a list with an item for each import of the module, in its order; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, also if imports are missing; otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_PARAMETER (the custom section `libvm.plugins` is not valid), VM_STATUS_LIMIT,
/// VM_STATUS_REENTRANT (from inside a plug-in that is being loaded), VM_STATUS_BUSY
/// @par Ownership
/// The caller owns the list and frees it with VM_ImportListDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryExamineModule(
    registry: Option<Shared<PluginRegistry>>,
    module: Option<&Module>,
    list: Option<&mut *mut ImportList>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (registry, module) = (self::registry(registry)?, Arc::clone(&required(module, "module")?.inner));
        let out = required(list, "list")?;
        let imports: Vec<_> = module.imports().iter().collect();
        let run = registry.examine_module(&module, &imports)?;
        let found = run.imports.into_iter().map(|found| Examined { origin: None, found });
        hand_out(out, ImportList::of_examined(imports.into_iter().zip(found), &run.plugins));
        Ok(())
    })
}

/// Finds what provides each import of a module in a context, without running any code: what is registered in the context, and for other
/// imports what VM_PluginRegistryExamineModule finds in the registry of VM_ContextSetModulePlugins, if there is one.
///
/// @param context the context
/// @param module the module
/// @param list receives a list with an item for each import of the module, in its order; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, also if imports are missing; otherwise an error
/// @par Errors
/// as VM_PluginRegistryExamineModule
/// @par Ownership
/// The caller owns the list and frees it with VM_ImportListDelete.
/// @par Threads
/// [one thread per context]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextExamineModule(
    context: Option<Shared<Context>>,
    module: Option<&Module>,
    list: Option<&mut *mut ImportList>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let module = Arc::clone(&required(module, "module")?.inner);
        let out = required(list, "list")?;
        let (imports, plugins) = context.examine(&module)?;
        hand_out(out, ImportList::of_examined(module.imports().iter().zip(imports), &plugins));
        Ok(())
    })
}
