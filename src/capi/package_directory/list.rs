//! What is installed.

use super::{PackageDirectory, directory, optional};
use crate::capi::error::Error;
use crate::capi::ffi::{c_path, c_text, hand_out, required, text};
use crate::capi::guard::{guard, guard_value};
use crate::capi::package::PackageInspection;
use crate::package::directory::Listed;
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_char};

/// The installed versions of packages.
pub struct PackageList {
    shown: Vec<InstalledPackage>,
    _texts: Vec<CString>,
}

// SAFETY: the pointers are to strings of the list, which never change.
unsafe impl Send for PackageList {}
// SAFETY: as above.
unsafe impl Sync for PackageList {}

/// An installed version of a package. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct InstalledPackage {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_STATUS_OK, or the status with which loading would fail because of the files alone.
    pub status: Status,
    /// The name of the package and of its plug-in, UTF-8.
    pub name: *const c_char,
    /// The version, UTF-8.
    pub version: *const c_char,
    /// The description in the manifest of the plug-in, one line, UTF-8; "" if there is none or it cannot be read.
    pub description: *const c_char,
    /// The directory of the version: an absolute path.
    pub path: *const c_char,
    /// Why it cannot be loaded, in words, UTF-8; "" if the status is VM_STATUS_OK.
    pub message: *const c_char,
    /// Whether it is the active version, which load calls find.
    pub active: bool,
    /// Zero.
    pub reserved: [u8; 7],
}

impl PackageList {
    fn new(listed: &[Listed]) -> Self {
        let mut texts = Vec::new();
        let mut keep = |text: CString| {
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        let shown = listed.iter().map(|listed| InstalledPackage {
            size: size_of::<InstalledPackage>() as u32,
            status: listed.refusal.as_ref().map_or(abi::STATUS_OK, |error| error.status()),
            name: keep(c_text(&listed.installed.name)),
            version: keep(c_text(listed.installed.version.as_str())),
            description: keep(c_text(&listed.description)),
            path: keep(c_path(&listed.installed.directory)),
            message: keep(c_text(listed.refusal.as_ref().map_or("", |error| error.message()))),
            active: listed.is_active,
            reserved: [0; 7],
        });
        Self { shown: shown.collect(), _texts: texts }
    }
}

/// Lists the installed versions of all packages, by name and version. Versions are ordered as load calls order them, the lowest one
/// first.
///
/// @param directory the package directory; one that does not exist on disk has none
/// @param list receives the list; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Ownership
/// The caller owns it and frees it with VM_PackageListDelete. It does not change with the directory.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageDirectoryList(
    directory: Option<&PackageDirectory>,
    list: Option<&mut *mut PackageList>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (directory, out) = (self::directory(directory)?, required(list, "list")?);
        hand_out(out, PackageList::new(&directory.list()?));
        Ok(())
    })
}

/// Describes an installed version of a package, as VM_PackageInspectFile describes a package. No code of the plug-in runs.
///
/// @param directory the package directory
/// @param name the name of the package, UTF-8
/// @param version the version, UTF-8; NULL for the active one
/// @param inspection receives the description, without libraries and files; its path is the directory of the version; must not be
///        NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package), VM_STATUS_PACKAGE_NOT_FOUND (also
/// if no version is active), VM_STATUS_BAD_PACKAGE, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Ownership
/// The caller owns it and frees it with VM_PackageInspectionDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PackageDirectoryDescribe(
    directory: Option<&PackageDirectory>,
    name: *const c_char,
    version: *const c_char,
    inspection: Option<&mut *mut PackageInspection>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (directory, out) = (self::directory(directory)?, required(inspection, "inspection")?);
        // SAFETY: the caller promises strings that end with NUL.
        let (name, version) = unsafe { (text(name, "name")?, optional(version, "version")?) };
        let (installed, info) = directory.describe(name, version)?;
        hand_out(out, PackageInspection::of_info(&info, &installed.directory));
        Ok(())
    })
}

/// Returns the number of installed versions in a list.
///
/// @param list the list; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageListGetCount(list: Option<&PackageList>) -> usize {
    list.map_or(0, |list| list.shown.len())
}

/// Returns an installed version in a list.
///
/// @param list the list; NULL has none
/// @param index from 0
/// @return the version; NULL if the index is past the end
/// @par Ownership
/// It belongs to the list.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageListGet(list: Option<&PackageList>, index: usize) -> Option<&InstalledPackage> {
    list.and_then(|list| list.shown.get(index))
}

/// Deletes a list.
///
/// @param list the list; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PackageListDelete(list: Option<Box<PackageList>>) {
    guard_value((), || drop(list));
}
