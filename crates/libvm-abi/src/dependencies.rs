//! Plug-ins that are shown modules: `libvm.dependencies/1`.
use crate::{Bytes, Callback, Free, Status};
use core::ffi::{c_char, c_void};

/// The id of the extension that is shown modules.
pub const DEPENDENCIES_EXTENSION: &str = "libvm.dependencies/1";

/// The kind of an import or export.
pub type ModuleItemKind = u32;
/// A function.
pub const MODULE_ITEM_FUNCTION: ModuleItemKind = 0;
/// A linear memory.
pub const MODULE_ITEM_MEMORY: ModuleItemKind = 1;
/// A table.
pub const MODULE_ITEM_TABLE: ModuleItemKind = 2;
/// A global.
pub const MODULE_ITEM_GLOBAL: ModuleItemKind = 3;

/// An import or export of a module. Strings are UTF-8 and NUL-terminated, and may contain NULs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ModuleItem {
    /// Size of this struct in bytes.
    pub size: u32,
    /// `MODULE_ITEM_*`
    pub kind: ModuleItemKind,
    /// The module that an import names; empty for an export.
    pub module: *const c_char,
    /// Bytes of `module` without the final NUL.
    pub module_size: usize,
    /// Its name.
    pub name: *const c_char,
    /// Bytes of `name` without the final NUL.
    pub name_size: usize,
    /// Of a function, its wasm types; null for others.
    pub signature: *const c_char,
}

/// A custom section of a module.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ModuleSection {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Its name, UTF-8.
    pub name: Bytes,
    /// Its bytes.
    pub content: Bytes,
}

/// A function that a plug-in provides for one module.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ProvidedFunction {
    /// Size of this struct in bytes.
    pub size: u32,
    /// `FUNCTION_*`
    pub flags: u32,
    /// The module that the import names.
    pub module: *const c_char,
    /// The name of the import.
    pub name: *const c_char,
    /// Its signature.
    pub signature: *const c_char,
    /// The host function.
    pub callback: Option<Callback>,
    /// Passed to the callback in the caller.
    pub data: *mut c_void,
    /// Called once with `data`.
    pub free_data: Option<Free>,
    /// The permission that a call requires; or null.
    pub permission: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
}

/// Returns an import or export: view, index.
pub type ViewGetItem = unsafe extern "C" fn(*mut ModuleView, usize) -> *const ModuleItem;
/// Returns a custom section: view, index.
pub type ViewGetSection = unsafe extern "C" fn(*mut ModuleView, usize) -> *const ModuleSection;
/// Requires a plug-in: view, name, range of versions.
pub type ViewRequire = unsafe extern "C" fn(*mut ModuleView, *const c_char, *const c_char) -> Status;
/// Provides a function: view, function.
pub type ViewProvide = unsafe extern "C" fn(*mut ModuleView, *const ProvidedFunction) -> Status;
/// Refuses the module: view, reason.
pub type ViewRefuse = unsafe extern "C" fn(*mut ModuleView, *const c_char) -> Status;

/// The functions of a [`ModuleView`].
#[repr(C)]
#[derive(Debug)]
pub struct ModuleViewTable {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Returns an import.
    pub get_import: ViewGetItem,
    /// Returns an export.
    pub get_export: ViewGetItem,
    /// Returns a custom section.
    pub get_section: ViewGetSection,
    /// Requires a plug-in for the module.
    pub require: ViewRequire,
    /// Provides a function for the module alone.
    pub provide: ViewProvide,
    /// Refuses the module.
    pub refuse: ViewRefuse,
}

/// A module that a plug-in is shown.
#[repr(C)]
#[derive(Debug)]
pub struct ModuleView {
    /// Its functions.
    pub table: *const ModuleViewTable,
}

/// Examines a module: data of initialize, view.
pub type Examine = unsafe extern "C" fn(*mut c_void, *mut ModuleView) -> Status;

/// The extension of plug-ins that are shown modules.
#[repr(C)]
#[derive(Debug)]
pub struct DependenciesExtension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Examines a module.
    pub examine: Option<Examine>,
}

const POINTER: usize = size_of::<*const ()>();
const _: () = assert!(size_of::<ModuleItem>() == 8 + 5 * POINTER);
const _: () = assert!(size_of::<ModuleSection>() == 8 + 4 * POINTER);
const _: () = assert!(size_of::<ProvidedFunction>() == 8 + 8 * POINTER);
const _: () = assert!(size_of::<ModuleViewTable>() == 8 + 6 * POINTER);
const _: () = assert!(size_of::<ModuleView>() == POINTER);
const _: () = assert!(size_of::<DependenciesExtension>() == 8 + POINTER);
