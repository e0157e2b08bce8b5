//! What a package contains, as C sees it.

use super::shown::{PackageFile, PackageItem, PackageLibrary, Shown};
use super::{
    PACKAGE_HAS_HASHES, PACKAGE_HAS_SIGNATURE, PACKAGE_ITEM_HOOK, PACKAGE_ITEM_SINK, PACKAGE_ITEM_SOURCE, PackageFlags,
    PackageItemKind,
};
use crate::capi::ffi::{c_path, c_text};
use crate::capi::guard::guard_value;
use crate::capi::plugin::{Functions, Options, PluginFunction};
use crate::package::{Info, Module, Package};
use crate::status::Result;
use libvm_abi::{self as abi, Status};
use once_cell::sync::OnceCell;
use std::ffi::{CString, c_char};
use std::path::Path;
use std::ptr;

/// What a package contains. It is never changed.
pub struct PackageInspection {
    status: Status,
    message: CString,
    path: CString,
    texts: Texts,
    flags: PackageFlags,
    libraries: Shown<PackageLibrary>,
    files: Shown<PackageFile>,
    pub(super) modules: Vec<Described>,
    pub(super) options: Options,
    items: [Shown<PackageItem>; 3],
    pub(super) permissions: Vec<CString>,
    pub(super) dependencies: Vec<(CString, CString)>,
}

struct Texts {
    name: CString,
    version: CString,
    description: CString,
    author: CString,
    license: CString,
    homepage: CString,
}

pub(super) struct Described {
    pub(super) name: CString,
    pub(super) description: CString,
    pub(super) info: Module,
    /// Made when C first asks.
    functions: OnceCell<Functions>,
}

impl Described {
    pub(super) fn functions(&self) -> Result<&[PluginFunction]> {
        let infos = self.info.functions.as_deref().unwrap_or_default();
        self.functions.get_or_try_init(|| Functions::new(infos, ptr::null())).map(|functions| functions.shown.as_slice())
    }
}

impl PackageInspection {
    /// Shows the description of a plug-in, which was found at a path.
    pub(in crate::capi) fn of_info(info: &Info, path: &Path) -> Self {
        let described = |module: &Module| Described {
            name: c_text(&module.name),
            description: c_text(&module.description),
            info: module.clone(),
            functions: OnceCell::new(),
        };
        let range = |range: &Option<_>| c_text(&range.as_ref().map(ToString::to_string).unwrap_or_default());
        Self {
            status: abi::STATUS_OK,
            message: CString::default(),
            path: c_path(path),
            texts: Texts {
                name: c_text(&info.name),
                version: c_text(info.version.as_ref().map_or("", |version| version.as_str())),
                description: c_text(&info.description),
                author: c_text(&info.author),
                license: c_text(&info.license),
                homepage: c_text(&info.homepage),
            },
            flags: 0,
            libraries: Shown::libraries(&[]),
            files: Shown::files(&[]),
            modules: info.modules.iter().flatten().map(described).collect(),
            options: Options::new(info.options.as_deref().unwrap_or_default()),
            items: [&info.hooks, &info.sources, &info.sinks].map(|items| Shown::items(items.as_deref())),
            permissions: info.permissions.iter().map(|permission| c_text(permission)).collect(),
            dependencies: info.depends.iter().map(|need| (c_text(&need.name), range(&need.range))).collect(),
        }
    }

    /// Shows a package.
    pub(in crate::capi) fn of_package(package: &Package) -> Self {
        let path = std::path::absolute(package.path()).unwrap_or_else(|_| package.path().to_owned());
        let refusal = package.library().err();
        let hashes = if package.has_hashes() { PACKAGE_HAS_HASHES } else { 0 };
        let signature = if package.has_signature() { PACKAGE_HAS_SIGNATURE } else { 0 };
        Self {
            status: refusal.as_ref().map_or(abi::STATUS_OK, |error| error.status()),
            message: c_text(refusal.as_ref().map_or("", |error| error.message())),
            flags: hashes | signature,
            libraries: Shown::libraries(package.builds()),
            files: Shown::files(&package.files()),
            ..Self::of_info(package.info(), &path)
        }
    }

    pub(super) fn items(&self, kind: PackageItemKind) -> &[PackageItem] {
        match kind {
            PACKAGE_ITEM_HOOK => &self.items[0].items,
            PACKAGE_ITEM_SOURCE => &self.items[1].items,
            PACKAGE_ITEM_SINK => &self.items[2].items,
            _ => &[],
        }
    }
}

/// A string of the inspection.
pub(super) fn text(
    inspection: Option<&PackageInspection>,
    pick: impl FnOnce(&PackageInspection) -> Option<&CString>,
) -> *const c_char {
    inspection.and_then(pick).map_or(ptr::null(), |text| text.as_ptr())
}

/// A number of the inspection.
pub(super) fn number<T: Default>(inspection: Option<&PackageInspection>, pick: impl FnOnce(&PackageInspection) -> T) -> T {
    inspection.map(pick).unwrap_or_default()
}

/// Returns why the plug-in cannot be loaded on this machine by this library, as far as the package alone tells.
///
/// @param inspection the inspection
/// @return VM_STATUS_OK when nothing in the package prevents it, otherwise the status of the failure, as VM_STATUS_PLUGIN_WRONG_PLATFORM;
///         VM_STATUS_NULL_ARGUMENT for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetStatus(inspection: Option<&PackageInspection>) -> Status {
    inspection.map_or(abi::STATUS_NULL_ARGUMENT, |inspection| inspection.status)
}

/// Returns why the plug-in cannot be loaded on this machine, in words.
///
/// @param inspection the inspection
/// @return UTF-8; "" when the status is VM_STATUS_OK; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetMessage(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.message))
}

/// Returns the path of the package, or of the directory of an installed one.
///
/// @param inspection the inspection
/// @return an absolute path; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetPath(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.path))
}

/// Returns the name of the plug-in, which is that of the package.
///
/// @param inspection the inspection
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetName(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.texts.name))
}

/// Returns the version of the plug-in, which is that of the package.
///
/// @param inspection the inspection
/// @return UTF-8; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetVersion(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.texts.version))
}

/// Returns the description of the plug-in: one line.
///
/// @param inspection the inspection
/// @return UTF-8; "" if the package does not state it; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetDescription(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.texts.description))
}

/// Returns the author of the plug-in.
///
/// @param inspection the inspection
/// @return UTF-8; "" if the package does not state it; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetAuthor(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.texts.author))
}

/// Returns the license of the plug-in as an SPDX expression.
///
/// @param inspection the inspection
/// @return UTF-8; "" if the package does not state it; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetLicense(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.texts.license))
}

/// Returns the address of the home page of the plug-in.
///
/// @param inspection the inspection
/// @return UTF-8; "" if the package does not state it; NULL for NULL
/// @par Ownership
/// The string belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetHomepage(inspection: Option<&PackageInspection>) -> *const c_char {
    text(inspection, |inspection| Some(&inspection.texts.homepage))
}

/// Returns whether the package has hashes and a signature.
///
/// @param inspection the inspection
/// @return VM_PACKAGE_HAS_*, combined with `|`; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetFlags(inspection: Option<&PackageInspection>) -> PackageFlags {
    number(inspection, |inspection| inspection.flags)
}

/// Returns the number of libraries of the package: one, or one for each of several platforms.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL and for an installed package
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetLibraryCount(inspection: Option<&PackageInspection>) -> usize {
    number(inspection, |inspection| inspection.libraries.items.len())
}

/// Returns a library of the package.
///
/// @param inspection the inspection
/// @param index from 0
/// @return the library; NULL if the index is past the end
/// @par Ownership
/// It belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetLibrary(
    inspection: Option<&PackageInspection>,
    index: usize,
) -> Option<&PackageLibrary> {
    inspection.and_then(|inspection| inspection.libraries.items.get(index))
}

/// Returns the number of files of the package.
///
/// @param inspection the inspection
/// @return the number; 0 for NULL and for an installed package
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetFileCount(inspection: Option<&PackageInspection>) -> usize {
    number(inspection, |inspection| inspection.files.items.len())
}

/// Returns a file of the package; the files are sorted by name.
///
/// @param inspection the inspection
/// @param index from 0
/// @return the file; NULL if the index is past the end
/// @par Ownership
/// It belongs to the inspection.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionGetFile(inspection: Option<&PackageInspection>, index: usize) -> Option<&PackageFile> {
    inspection.and_then(|inspection| inspection.files.items.get(index))
}

/// Deletes an inspection.
///
/// @param inspection the inspection; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageInspectionDelete(inspection: Option<Box<PackageInspection>>) {
    guard_value((), || drop(inspection));
}
