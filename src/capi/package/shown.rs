//! What C is shown of a package, and what that points to.

use crate::capi::ffi::c_text;
use crate::package::{Build, File, Item};
use std::ffi::{CString, c_char};
use std::ptr;

/// A library of a package. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PackageLibrary {
    /// Bytes of this struct.
    pub size: u32,
    /// Whether it is for this machine.
    pub is_for_this_machine: bool,
    /// Zero.
    pub reserved: [u8; 3],
    /// Its file at the root of the package, UTF-8.
    pub file: *const c_char,
    /// The system in its name, as in "linux"; NULL if the package has one library only, whose name has none.
    pub system: *const c_char,
    /// The processor in its name, as in "x86_64"; NULL as `system`.
    pub processor: *const c_char,
    /// Processor and system for which it was built, as in "aarch64 Linux".
    pub platform: *const c_char,
}

/// A file of a package. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PackageFile {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Its path in the package, UTF-8; directories are separated by "/".
    pub name: *const c_char,
    /// Its size in bytes, unpacked.
    pub bytes: u64,
}

/// A hook, a source or a sink of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PackageItem {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Its name, UTF-8; of a hook, the point.
    pub name: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
}

/// A list of structs, and the strings that they point to.
pub struct Shown<T> {
    pub items: Vec<T>,
    _texts: Vec<CString>,
}

impl<T> Shown<T> {
    fn new<S>(items: &[S], show: impl Fn(&S, &mut dyn FnMut(&str) -> *const c_char) -> T) -> Self {
        let mut texts = Vec::new();
        let mut keep = |text: &str| {
            let text = c_text(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        let items = items.iter().map(|item| show(item, &mut keep)).collect();
        Self { items, _texts: texts }
    }
}

impl Shown<PackageLibrary> {
    pub fn libraries(builds: &[Build]) -> Self {
        Self::new(builds, |build, keep| PackageLibrary {
            size: size_of::<PackageLibrary>() as u32,
            is_for_this_machine: build.is_for_here,
            reserved: [0; 3],
            file: keep(&build.file),
            system: build.named.map_or(ptr::null(), |named| keep(named.system)),
            processor: build.named.map_or(ptr::null(), |named| keep(named.processor)),
            platform: keep(&build.platform),
        })
    }
}

impl Shown<PackageFile> {
    pub fn files(files: &[File]) -> Self {
        Self::new(files, |file, keep| PackageFile {
            size: size_of::<PackageFile>() as u32,
            reserved: 0,
            name: keep(&file.name),
            bytes: file.size,
        })
    }
}

impl Shown<PackageItem> {
    pub fn items(items: Option<&[Item]>) -> Self {
        Self::new(items.unwrap_or_default(), |item, keep| PackageItem {
            size: size_of::<PackageItem>() as u32,
            reserved: 0,
            name: keep(&item.name),
            description: keep(&item.description),
        })
    }
}
