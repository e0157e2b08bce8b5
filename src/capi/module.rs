//! Module
//!
//! Compiled wasm. A module is bound to its engine and can be shared by any number of threads and contexts.

mod machine;

use super::engine::Engine;
use super::error::Error;
use super::ffi::{Shared, hand_out, path, required, shared, slice};
use super::guard::{guard, guard_value};
use super::types::{ExternType, OwnedType};
use crate::{engine, status, value};
use libvm_abi::{Bytes, Status};
use std::ffi::c_char;
use std::sync::{Arc, OnceLock};

/// A module that was loaded.
pub struct Module {
    pub(super) inner: Arc<engine::Module>,
    /// Made when C first asks.
    imports: OnceLock<List<Import>>,
    exports: OnceLock<List<Export>>,
    custom_sections: OnceLock<Vec<CustomSection>>,
}

/// What C is shown, and what that points to: in an `Arc`, where it may be pointed to while it is moved.
struct List<T> {
    shown: Vec<T>,
    _texts: Vec<Arc<str>>,
    _types: Vec<OwnedType>,
}

impl<T> List<T> {
    fn new<'a>(
        items: impl Iterator<Item = (&'a str, &'a str, &'a value::ExternType)>,
        show: impl Fn(Text, Text, *const ExternType) -> T,
    ) -> Self {
        let (mut shown, mut texts, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for (module, name, ty) in items {
            let (module, name): (Arc<str>, Arc<str>) = (format!("{module}\0").into(), format!("{name}\0").into());
            let ty = OwnedType::new(ty);
            shown.push(show(Text::new(&module), Text::new(&name), ty.pointer()));
            texts.extend([module, name]);
            types.push(ty);
        }
        Self { shown, _texts: texts, _types: types }
    }
}

/// A string that ends with NUL, which its size does not count.
struct Text(*const c_char, usize);

impl Text {
    fn new(text: &str) -> Self {
        Self(text.as_ptr().cast(), text.len() - 1)
    }
}

/// An import of a module. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct Import {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The name of the module it is imported from, UTF-8, NUL-terminated; it may also contain NULs.
    pub module: *const c_char,
    /// Bytes of the module's name without the final NUL.
    pub module_size: usize,
    /// The name of the item, UTF-8, NUL-terminated; it may also contain NULs.
    pub name: *const c_char,
    /// Bytes of the name without the final NUL.
    pub name_size: usize,
    /// Its type.
    pub r#type: *const ExternType,
}

/// An export of a module. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct Export {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Its name, UTF-8, NUL-terminated; it may also contain NULs.
    pub name: *const c_char,
    /// Bytes of the name without the final NUL.
    pub name_size: usize,
    /// Its type.
    pub r#type: *const ExternType,
}

/// A custom section of a module. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct CustomSection {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Its name, UTF-8, not NUL-terminated.
    pub name: Bytes,
    /// Its content.
    pub data: Bytes,
}

impl Module {
    pub(super) fn new(inner: engine::Module) -> Self {
        let (imports, exports, custom_sections) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { inner: Arc::new(inner), imports, exports, custom_sections }
    }

    fn imports(&self) -> &[Import] {
        let list = self.imports.get_or_init(|| {
            let items = self.inner.imports().iter().map(|import| (&*import.module, &*import.name, &import.ty));
            List::new(items, |module, name, ty| Import {
                size: size_of::<Import>() as u32,
                reserved: 0,
                module: module.0,
                module_size: module.1,
                name: name.0,
                name_size: name.1,
                r#type: ty,
            })
        });
        &list.shown
    }

    fn exports(&self) -> &[Export] {
        let list = self.exports.get_or_init(|| {
            let items = self.inner.exports().iter().map(|export| ("", &*export.name, &export.ty));
            List::new(items, |_, name, ty| Export {
                size: size_of::<Export>() as u32,
                reserved: 0,
                name: name.0,
                name_size: name.1,
                r#type: ty,
            })
        });
        &list.shown
    }

    fn custom_sections(&self) -> &[CustomSection] {
        let bytes = |bytes: &[u8]| Bytes { data: bytes.as_ptr(), size: bytes.len() };
        let show = |(name, data): (&str, &[u8])| CustomSection {
            size: size_of::<CustomSection>() as u32,
            reserved: 0,
            name: bytes(name.as_bytes()),
            data: bytes(data),
        };
        self.custom_sections.get_or_init(|| self.inner.custom_sections().map(show).collect())
    }
}

/// Loads and validates a module from a file.
///
/// @param engine the engine to bind the module to
/// @param path the path of a file in the binary format (or the text format, in builds that support it)
/// @param module receives the module; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BAD_MODULE,
/// VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_UNSUPPORTED (VM_TIER_COMPILED without a compiler)
/// @par Ownership
/// The caller owns it and frees it with VM_ModuleDelete. The file is not needed afterwards.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ModuleLoadFromFile(
    engine: Option<Shared<Engine>>,
    path: *const c_char,
    module: Option<&mut *mut Module>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (engine, out) = (shared(engine, "engine")?, required(module, "module")?);
        hand_out(out, load_file(&engine.0, path)?);
        Ok(())
    })
}

/// Loads a module from a file whose path comes from C.
pub(super) fn load_file(engine: &engine::Engine, file: *const c_char) -> status::Result<Module> {
    // SAFETY: the caller promises a text that ends with NUL.
    let file = unsafe { path(file, "path")? };
    engine::Module::from_file(engine, file).map(Module::new)
}

/// Loads a module from bytes that come from C.
pub(super) fn load_buffer(engine: &engine::Engine, data: *const u8, size: usize) -> status::Result<Module> {
    // SAFETY: the caller promises so many bytes.
    let bytes = unsafe { slice(data, size, "data")? };
    engine::Module::new(engine, bytes).map(Module::new)
}

/// Loads and validates a module from memory.
///
/// @param engine the engine to bind the module to
/// @param data a module in the binary format (or the text format, in builds that support it)
/// @param size the number of bytes
/// @param module receives the module; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_UNSUPPORTED
/// (VM_TIER_COMPILED without a compiler)
/// @par Ownership
/// The caller owns the module and frees it with VM_ModuleDelete. The bytes are not needed afterwards.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ModuleLoadFromBuffer(
    engine: Option<Shared<Engine>>,
    data: *const u8,
    size: usize,
    module: Option<&mut *mut Module>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (engine, out) = (shared(engine, "engine")?, required(module, "module")?);
        hand_out(out, load_buffer(&engine.0, data, size)?);
        Ok(())
    })
}

/// Validates a module without loading it.
///
/// @param engine the engine whose proposals apply
/// @param data a module in the binary format (or the text format, in builds that support it)
/// @param size the number of bytes
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK if the module is valid, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ModuleValidate(
    engine: Option<&Engine>,
    data: *const u8,
    size: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let engine = required(engine, "engine")?;
        // SAFETY: the caller promises so many bytes.
        engine::Module::validate(&engine.0, unsafe { slice(data, size, "data")? })
    })
}

/// Returns the number of imports of a module.
///
/// @param module the module; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetImportCount(module: Option<&Module>) -> usize {
    module.map_or(0, |module| module.inner.imports().len())
}

/// Returns the description of an import of a module.
///
/// @param module the module; NULL has none
/// @param index from 0, in the module's order
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and everything it points to belong to the module and live as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetImport(module: Option<&Module>, index: usize) -> Option<&Import> {
    guard_value(None, || module.and_then(|module| module.imports().get(index)))
}

/// Returns the number of exports of a module.
///
/// @param module the module; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetExportCount(module: Option<&Module>) -> usize {
    module.map_or(0, |module| module.inner.exports().len())
}

/// Returns the description of an export of a module.
///
/// @param module the module; NULL has none
/// @param index from 0, in the module's order
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and everything it points to belong to the module and live as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetExport(module: Option<&Module>, index: usize) -> Option<&Export> {
    guard_value(None, || module.and_then(|module| module.exports().get(index)))
}

/// Returns the number of custom sections of a module.
///
/// @param module the module; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetCustomSectionCount(module: Option<&Module>) -> usize {
    module.map_or(0, |module| module.inner.custom_sections().count())
}

/// Returns a custom section of a module.
///
/// @param module the module; NULL has none
/// @param index from 0, in the module's order; several sections may have the same name
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and everything it points to belong to the module and live as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetCustomSection(module: Option<&Module>, index: usize) -> Option<&CustomSection> {
    guard_value(None, || module.and_then(|module| module.custom_sections().get(index)))
}

/// Deletes a module. Its instances stay valid. The engine may keep memory for the translated code until the engine itself and all
/// its modules and contexts are deleted: a program that keeps loading other modules should create a new engine from time to time.
///
/// @param module the module; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleDelete(module: Option<Box<Module>>) {
    guard_value((), || drop(module));
}
