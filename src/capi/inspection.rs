//! Inspection
//!
//! The content of the file of a plug-in, read without running its code: for tools that list plug-ins, including those built for
//! another platform. An inspection does not depend on a registry: policy, lock file, keys, file ownership, competing versions and
//! dependencies are checked when the file is loaded.

use super::error::Error;
use super::ffi::{c_path, c_text, hand_out, path, required};
use super::guard::{guard, guard_value};
use crate::plugin::Inspection;
use crate::plugin::file::manifest::Manifest;
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_char};
use std::ptr;

/// What a file holds. It is never changed.
pub struct PluginInspection {
    status: Status,
    message: CString,
    path: CString,
    platform: Option<CString>,
    manifest: Option<Shown>,
}

/// A manifest as C sees it.
struct Shown {
    name: CString,
    version: CString,
    description: CString,
    license: CString,
    host_version: CString,
    abi_major: u32,
    abi_minor_built: u32,
    abi_minor_required: u32,
    flags: u32,
    modules: Vec<CString>,
    permissions: Vec<CString>,
    dependencies: Vec<(CString, CString)>,
}

impl Shown {
    fn new(manifest: &Manifest) -> Self {
        let range = |range: &Option<_>| c_text(&range.as_ref().map(ToString::to_string).unwrap_or_default());
        let all = |texts: &[String]| texts.iter().map(|text| c_text(text)).collect();
        Self {
            name: c_text(&manifest.name),
            version: c_text(&manifest.version.to_string()),
            description: c_text(&manifest.description),
            license: c_text(&manifest.license),
            host_version: range(&manifest.host_version),
            abi_major: manifest.abi_major,
            abi_minor_built: manifest.abi_minor_built,
            abi_minor_required: manifest.abi_minor_required,
            flags: manifest.flags,
            modules: all(&manifest.modules),
            permissions: all(&manifest.permissions),
            dependencies: manifest.depends.iter().map(|need| (c_text(&need.name), range(&need.range))).collect(),
        }
    }
}

impl PluginInspection {
    fn new(inspection: &Inspection) -> Self {
        let refusal = inspection.refusal();
        Self {
            status: refusal.map_or(abi::STATUS_OK, |error| error.status()),
            message: c_text(refusal.map_or("", |error| error.message())),
            path: c_path(inspection.path()),
            platform: inspection.platform().map(c_text),
            manifest: inspection.manifest().map(Shown::new),
        }
    }
}

/// A string of the manifest.
fn of_manifest(inspection: Option<&PluginInspection>, pick: impl FnOnce(&Shown) -> Option<&CString>) -> *const c_char {
    inspection.and_then(|inspection| inspection.manifest.as_ref()).and_then(pick).map_or(ptr::null(), |text| text.as_ptr())
}

/// A number of the manifest.
fn number<T: Default>(inspection: Option<&PluginInspection>, pick: impl FnOnce(&Shown) -> T) -> T {
    inspection.and_then(|inspection| inspection.manifest.as_ref()).map(pick).unwrap_or_default()
}

/// Inspects the file of a plug-in without running any of its code.
///
/// A file that is not a plug-in, is damaged, was built for another platform or cannot be loaded by this library gives an
/// inspection too: VM_PluginInspectionGetStatus and VM_PluginInspectionGetMessage return the reason.
///
/// @param path the path of the file; not NULL. Without the ending of a shared library it finds that too, as in
///         VM_PluginLoadFromPath
/// @param inspection receives the inspection; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_PLUGIN_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
/// VM_STATUS_IO, VM_STATUS_PLUGIN_BAD_FILE (a directory, or another file that is not regular)
/// @par Ownership
/// The caller owns it and frees it with VM_PluginInspectionDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginInspectFile(
    path: *const c_char,
    inspection: Option<&mut *mut PluginInspection>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(inspection, "inspection")?;
        // SAFETY: the caller promises a string that ends with NUL.
        let path = unsafe { self::path(path, "path")? };
        hand_out(out, PluginInspection::new(&Inspection::of_file(path)?));
        Ok(())
    })
}

/// Returns why the file cannot be loaded by this library, as far as the file alone tells.
///
/// @param inspection the inspection
/// @return VM_STATUS_OK when nothing in the file prevents loading it, otherwise the status with which loading would fail, as
///         VM_STATUS_PLUGIN_WRONG_PLATFORM; VM_STATUS_NULL_ARGUMENT for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetStatus(inspection: Option<&PluginInspection>) -> Status {
    inspection.map_or(abi::STATUS_NULL_ARGUMENT, |inspection| inspection.status)
}

/// Returns why the file cannot be loaded, in words.
///
/// @param inspection the inspection
/// @return UTF-8; "" when the status is VM_STATUS_OK; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetMessage(inspection: Option<&PluginInspection>) -> *const c_char {
    inspection.map_or(ptr::null(), |inspection| inspection.message.as_ptr())
}

/// Returns the path of the file.
///
/// @param inspection the inspection
/// @return an absolute path; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetPath(inspection: Option<&PluginInspection>) -> *const c_char {
    inspection.map_or(ptr::null(), |inspection| inspection.path.as_ptr())
}

/// Returns the platform for which the file was built.
///
/// @param inspection the inspection
/// @return processor and system, as in "aarch64 Linux"; NULL for NULL and when the file is not a shared library
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetPlatform(inspection: Option<&PluginInspection>) -> *const c_char {
    inspection.and_then(|inspection| inspection.platform.as_ref()).map_or(ptr::null(), |text| text.as_ptr())
}

/// Returns the name of the plug-in.
///
/// @param inspection the inspection
/// @return UTF-8; NULL for NULL and when the manifest cannot be read
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetName(inspection: Option<&PluginInspection>) -> *const c_char {
    of_manifest(inspection, |manifest| Some(&manifest.name))
}

/// Returns the version of the plug-in.
///
/// @param inspection the inspection
/// @return UTF-8; NULL for NULL and when the manifest cannot be read
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetVersion(inspection: Option<&PluginInspection>) -> *const c_char {
    of_manifest(inspection, |manifest| Some(&manifest.version))
}

/// Returns the description of the plug-in.
///
/// @param inspection the inspection
/// @return one line, UTF-8; "" when it has none; NULL for NULL and when the manifest cannot be read
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetDescription(inspection: Option<&PluginInspection>) -> *const c_char {
    of_manifest(inspection, |manifest| Some(&manifest.description))
}

/// Returns the license of the plug-in.
///
/// @param inspection the inspection
/// @return an SPDX expression; "" when the manifest does not name one; NULL for NULL and when the manifest cannot be read
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetLicense(inspection: Option<&PluginInspection>) -> *const c_char {
    of_manifest(inspection, |manifest| Some(&manifest.license))
}

/// Returns the versions of libvm with which the plug-in works.
///
/// @param inspection the inspection
/// @return a range, as in ">=0.2, <2"; "" for any version; NULL for NULL and when the manifest cannot be read
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetHostVersion(inspection: Option<&PluginInspection>) -> *const c_char {
    of_manifest(inspection, |manifest| Some(&manifest.host_version))
}

/// Returns the major version of the plug-in ABI for which the plug-in was built.
///
/// @param inspection the inspection
/// @return the version; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetAbiMajor(inspection: Option<&PluginInspection>) -> u32 {
    number(inspection, |manifest| manifest.abi_major)
}

/// Returns the minor version of the plug-in ABI for which the plug-in was built.
///
/// @param inspection the inspection
/// @return the version; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetAbiMinorBuilt(inspection: Option<&PluginInspection>) -> u32 {
    number(inspection, |manifest| manifest.abi_minor_built)
}

/// Returns the minor version of the plug-in ABI that the plug-in requires at least.
///
/// @param inspection the inspection
/// @return the version; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetAbiMinorRequired(inspection: Option<&PluginInspection>) -> u32 {
    number(inspection, |manifest| manifest.abi_minor_required)
}

/// Returns the flags of the manifest.
///
/// @param inspection the inspection
/// @return VM_PLUGIN_UNLOADABLE of <libvm/plugin.h>, and flags of later versions; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetFlags(inspection: Option<&PluginInspection>) -> u32 {
    number(inspection, |manifest| manifest.flags)
}

/// Returns the number of wasm modules that the plug-in may provide.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetModuleCount(inspection: Option<&PluginInspection>) -> usize {
    number(inspection, |manifest| manifest.modules.len())
}

/// Returns the name of a wasm module that the plug-in may provide.
///
/// @param inspection the inspection
/// @param index from 0
/// @return UTF-8; NULL if the index is past the end
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetModule(inspection: Option<&PluginInspection>, index: usize) -> *const c_char {
    of_manifest(inspection, |manifest| manifest.modules.get(index))
}

/// Returns the number of permissions that the plug-in asks for.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetPermissionCount(inspection: Option<&PluginInspection>) -> usize {
    number(inspection, |manifest| manifest.permissions.len())
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
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetPermission(inspection: Option<&PluginInspection>, index: usize) -> *const c_char {
    of_manifest(inspection, |manifest| manifest.permissions.get(index))
}

/// Returns the number of plug-ins that the plug-in depends on.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL and when the manifest cannot be read
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetDependencyCount(inspection: Option<&PluginInspection>) -> usize {
    number(inspection, |manifest| manifest.dependencies.len())
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
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetDependencyName(inspection: Option<&PluginInspection>, index: usize) -> *const c_char {
    of_manifest(inspection, |manifest| manifest.dependencies.get(index).map(|(name, _)| name))
}

/// Returns the versions of a plug-in that the plug-in depends on.
///
/// @param inspection the inspection
/// @param index from 0
/// @return a range, as in ">=1.2, <2"; "" for any version; NULL when there is none at the index
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionGetDependencyVersion(inspection: Option<&PluginInspection>, index: usize) -> *const c_char {
    of_manifest(inspection, |manifest| manifest.dependencies.get(index).map(|(_, range)| range))
}

/// Deletes an inspection.
///
/// @param inspection the inspection; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginInspectionDelete(inspection: Option<Box<PluginInspection>>) {
    guard_value((), || drop(inspection));
}
