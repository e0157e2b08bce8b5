//! Module
//!
//! Compiled wasm: shared by any number of threads and contexts, bound to its engine.

use super::engine::Engine;
use super::error::Error;
use super::ffi::{Shared, hand_out, path, required, shared, slice};
use super::guard::{guard, guard_value};
use super::types::{ExternType, FuncType};
use crate::{engine, status, value};
use libvm_abi::{Bytes, Status};
use std::ffi::c_char;
use std::sync::{Arc, OnceLock};

/// A module that was loaded.
pub struct Module {
    pub(super) inner: Arc<engine::Module>,
    /// What C is shown of imports and exports, made when it first asks.
    shown: OnceLock<Shown>,
}

struct Shown {
    imports: Vec<Item>,
    exports: Vec<Item>,
}

struct Item {
    module: Box<str>,
    name: Box<str>,
    ty: value::ExternType,
    function: Option<FuncType>,
}

/// Something that a module wants from another.
#[repr(C)]
pub struct Import {
    /// The other module's name, UTF-8, NUL-terminated; it may also have NULs inside.
    pub module: *const c_char,
    /// Bytes of the module's name without the last NUL.
    pub module_size: usize,
    /// The name there, UTF-8, NUL-terminated; it may also have NULs inside.
    pub name: *const c_char,
    /// Bytes of the name without the last NUL.
    pub name_size: usize,
    /// Its type.
    pub r#type: ExternType,
}

/// Something that a module offers.
#[repr(C)]
pub struct Export {
    /// Its name, UTF-8, NUL-terminated; it may also have NULs inside.
    pub name: *const c_char,
    /// Bytes of the name without the last NUL.
    pub name_size: usize,
    /// Its type.
    pub r#type: ExternType,
}

/// A custom section of a module.
#[repr(C)]
pub struct CustomSection {
    /// Its name, UTF-8, not NUL-terminated.
    pub name: Bytes,
    /// What it holds.
    pub data: Bytes,
}

impl Item {
    fn new(module: &str, name: &str, ty: &value::ExternType) -> Self {
        let function = match ty {
            value::ExternType::Func(ty) => Some(FuncType::new(ty)),
            _ => None,
        };
        Self { module: format!("{module}\0").into(), name: format!("{name}\0").into(), ty: ty.clone(), function }
    }

    fn extern_type(&self) -> ExternType {
        ExternType::new(&self.ty, self.function.as_ref())
    }
}

impl Module {
    pub(super) fn new(inner: engine::Module) -> Self {
        Self { inner: Arc::new(inner), shown: OnceLock::new() }
    }

    fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| Shown {
            imports: self.inner.imports().iter().map(|import| Item::new(&import.module, &import.name, &import.ty)).collect(),
            exports: self.inner.exports().iter().map(|export| Item::new("", &export.name, &export.ty)).collect(),
        })
    }
}

fn no_index(index: usize, count: usize, noun: &str) -> status::Error {
    status::no_index("the module", index, count, noun)
}

/// Loads and validates a module from a file.
///
/// @param engine the engine to bind it to
/// @param path of a file in the binary format (or the text format, in builds that read it)
/// @param module gets the module; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BAD_MODULE,
/// VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
/// @par Ownership
/// The caller's: VM_ModuleDelete. The file is not needed afterwards.
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
    let bytes = engine::read_file(file)?;
    engine::Module::new(engine, &bytes).map(Module::new).map_err(|error| error.at_path(file))
}

/// Loads a module from bytes that come from C.
pub(super) fn load_buffer(engine: &engine::Engine, data: *const u8, size: usize) -> status::Result<Module> {
    // SAFETY: the caller promises so many bytes.
    let bytes = unsafe { slice(data, size, "data")? };
    engine::Module::new(engine, bytes).map(Module::new)
}

/// Loads and validates a module from memory.
///
/// @param engine the engine to bind it to
/// @param data the binary format (or the text format, in builds that read it)
/// @param size how many bytes
/// @param module gets the module; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
/// @par Ownership
/// The module is the caller's: VM_ModuleDelete. The bytes are not needed afterwards.
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

/// Validates a module and keeps nothing of it.
///
/// @param engine the engine whose proposals count
/// @param data the binary format (or the text format, in builds that read it)
/// @param size how many bytes
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK when it is valid, or a failure
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

/// Tells how many imports a module has.
///
/// @param module the module; NULL has none
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetImportCount(module: Option<&Module>) -> usize {
    module.map_or(0, |module| module.inner.imports().len())
}

/// Describes an import of a module.
///
/// @param module the module
/// @param index from 0: functions, tables, memories, then globals, each kind in the module's order
/// @param description gets it; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// What the description points to stays with the module.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetImport(
    module: Option<&Module>,
    index: usize,
    description: Option<&mut Import>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (module, out) = (required(module, "module")?, required(description, "description")?);
        let imports = &module.shown().imports;
        let item = imports.get(index).ok_or_else(|| no_index(index, imports.len(), "import"))?;
        *out = Import {
            module: item.module.as_ptr().cast(),
            module_size: item.module.len() - 1,
            name: item.name.as_ptr().cast(),
            name_size: item.name.len() - 1,
            r#type: item.extern_type(),
        };
        Ok(())
    })
}

/// Tells how many exports a module has.
///
/// @param module the module; NULL has none
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetExportCount(module: Option<&Module>) -> usize {
    module.map_or(0, |module| module.inner.exports().len())
}

/// Describes an export of a module.
///
/// @param module the module
/// @param index from 0, in the order of the names
/// @param description gets it; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// What the description points to stays with the module.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetExport(
    module: Option<&Module>,
    index: usize,
    description: Option<&mut Export>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (module, out) = (required(module, "module")?, required(description, "description")?);
        let exports = &module.shown().exports;
        let item = exports.get(index).ok_or_else(|| no_index(index, exports.len(), "export"))?;
        *out = Export { name: item.name.as_ptr().cast(), name_size: item.name.len() - 1, r#type: item.extern_type() };
        Ok(())
    })
}

/// Tells how many custom sections a module has.
///
/// @param module the module; NULL has none
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetCustomSectionCount(module: Option<&Module>) -> usize {
    module.map_or(0, |module| module.inner.custom_sections().count())
}

/// Gives a custom section of a module.
///
/// @param module the module
/// @param index from 0, in the module's order; several sections may have one name
/// @param section gets name and data; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// The bytes stay with the module.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ModuleGetCustomSection(
    module: Option<&Module>,
    index: usize,
    section: Option<&mut CustomSection>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (module, out) = (required(module, "module")?, required(section, "section")?);
        let found = module.inner.custom_sections().nth(index);
        let (name, data) = found.ok_or_else(|| no_index(index, module.inner.custom_sections().count(), "custom section"))?;
        let bytes = |bytes: &[u8]| Bytes { data: bytes.as_ptr(), size: bytes.len() };
        *out = CustomSection { name: bytes(name.as_bytes()), data: bytes(data) };
        Ok(())
    })
}

/// Deletes a module; its instances stay valid. The engine may keep memory for the translated code until the engine itself and all
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
