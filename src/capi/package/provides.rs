//! What a package says of its plug-in, as C sees it.

use super::PackageItemKind;
use super::inspected::{PackageInspection, number, text};
use super::shown::PackageItem;
use crate::capi::guard::guard_value;
use crate::capi::plugin::{PluginFunction, PluginOption};
use std::ffi::c_char;

/// Returns the number of wasm modules that the plug-in may provide.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetModuleCount(inspection: Option<&PackageInspection>) -> usize {
    number(inspection, |inspection| inspection.modules.len())
}

/// Returns the name of a wasm module that the plug-in may provide.
///
/// @param inspection the inspection
/// @param module the index of the module, from 0
/// @return UTF-8; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetModuleName(inspection: Option<&PackageInspection>, module: usize) -> *const c_char {
    text(inspection, |inspection| inspection.modules.get(module).map(|module| &module.name))
}

/// Returns the description of a wasm module: one line.
///
/// @param inspection the inspection
/// @param module the index of the module, from 0
/// @return UTF-8; "" if there is none; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetModuleDescription(
    inspection: Option<&PackageInspection>,
    module: usize,
) -> *const c_char {
    text(inspection, |inspection| inspection.modules.get(module).map(|module| &module.description))
}

/// Returns whether the package states the functions of a wasm module. If not, only the running plug-in has them.
///
/// @param inspection the inspection
/// @param module the index of the module, from 0
/// @return true if it states them, also if there are none
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionHasFunctions(inspection: Option<&PackageInspection>, module: usize) -> bool {
    number(inspection, |inspection| inspection.modules.get(module).is_some_and(|module| module.info.functions.is_some()))
}

/// Returns the number of functions that the package states of a wasm module.
///
/// @param inspection the inspection
/// @param module the index of the module, from 0
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetFunctionCount(inspection: Option<&PackageInspection>, module: usize) -> usize {
    let functions = inspection.and_then(|inspection| inspection.modules.get(module)?.info.functions.as_ref());
    functions.map_or(0, Vec::len)
}

/// Returns the description of a function of a wasm module, as the package states it. Its flags and its path are not stated.
///
/// @param inspection the inspection
/// @param module the index of the module, from 0
/// @param index the index of the function, from 0
/// @return the description; NULL if an index is past the end
/// @par Ownership
/// It belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetFunction(
    inspection: Option<&PackageInspection>,
    module: usize,
    index: usize,
) -> Option<&PluginFunction> {
    guard_value(None, || inspection.and_then(|inspection| inspection.modules.get(module)?.functions().ok()?.get(index)))
}

/// Returns the number of options that the package states of the plug-in.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetOptionCount(inspection: Option<&PackageInspection>) -> usize {
    number(inspection, |inspection| inspection.options.shown.len())
}

/// Returns an option of the plug-in, as the package states it.
///
/// @param inspection the inspection
/// @param index from 0
/// @return the option; NULL if the index is past the end
/// @par Ownership
/// It belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetOption(inspection: Option<&PackageInspection>, index: usize) -> Option<&PluginOption> {
    inspection.and_then(|inspection| inspection.options.shown.get(index))
}

/// Returns the number of hooks, of sources or of sinks that the package states of the plug-in.
///
/// @param inspection the inspection
/// @param kind VM_PACKAGE_ITEM_*
/// @return the number; 0 for NULL and for an unknown kind
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetItemCount(inspection: Option<&PackageInspection>, kind: PackageItemKind) -> usize {
    number(inspection, |inspection| inspection.items(kind).len())
}

/// Returns a hook, a source or a sink of the plug-in, as the package states it.
///
/// @param inspection the inspection
/// @param kind VM_PACKAGE_ITEM_*
/// @param index from 0
/// @return the item; NULL if the index is past the end or the kind is unknown
/// @par Ownership
/// It belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetItem(
    inspection: Option<&PackageInspection>,
    kind: PackageItemKind,
    index: usize,
) -> Option<&PackageItem> {
    inspection.and_then(|inspection| inspection.items(kind).get(index))
}

/// Returns the number of permissions that the plug-in asks for.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetPermissionCount(inspection: Option<&PackageInspection>) -> usize {
    number(inspection, |inspection| inspection.permissions.len())
}

/// Returns a permission that the plug-in asks for.
///
/// @param inspection the inspection
/// @param index from 0
/// @return UTF-8; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetPermission(inspection: Option<&PackageInspection>, index: usize) -> *const c_char {
    text(inspection, |inspection| inspection.permissions.get(index))
}

/// Returns the number of plug-ins that the plug-in depends on.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetDependencyCount(inspection: Option<&PackageInspection>) -> usize {
    number(inspection, |inspection| inspection.dependencies.len())
}

/// Returns the name of a plug-in that the plug-in depends on.
///
/// @param inspection the inspection
/// @param index from 0
/// @return UTF-8; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetDependencyName(inspection: Option<&PackageInspection>, index: usize) -> *const c_char {
    text(inspection, |inspection| inspection.dependencies.get(index).map(|(name, _)| name))
}

/// Returns the versions of a plug-in that the plug-in depends on.
///
/// @param inspection the inspection
/// @param index from 0
/// @return a range, as in ">=1.2, <2"; "" for any version; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetDependencyVersion(
    inspection: Option<&PackageInspection>,
    index: usize,
) -> *const c_char {
    text(inspection, |inspection| inspection.dependencies.get(index).map(|(_, range)| range))
}
