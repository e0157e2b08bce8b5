//! Types
//!
//! Types of functions, memories, tables and globals.

use super::error::Error;
use super::ffi::{hand_out, required, slice};
use super::guard::{guard, guard_value};
use crate::{status, value};
use libvm_abi::{self as abi, Status, ValType};
use std::ptr;

/// What kind of thing is imported or exported.
pub type ExternKind = i32;
/// A function.
pub const EXTERN_FUNC: ExternKind = 0;
/// A linear memory.
pub const EXTERN_MEMORY: ExternKind = 1;
/// A table.
pub const EXTERN_TABLE: ExternKind = 2;
/// A global.
pub const EXTERN_GLOBAL: ExternKind = 3;

/// The type of a function.
pub struct FuncType {
    params: Box<[ValType]>,
    results: Box<[ValType]>,
}

/// The type of a linear memory.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryType {
    /// Least size in pages.
    pub minimum: u64,
    /// Greatest size in pages; counts when has_maximum is set.
    pub maximum: u64,
    /// Whether there is a greatest size.
    pub has_maximum: bool,
    /// Whether addresses are 64-bit.
    pub is_64: bool,
    /// Bytes of a page: 65536, which may also be given as 0, or 1 in modules that use custom page sizes.
    pub page_size: u32,
}

/// The type of a table.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct TableType {
    /// VM_VALTYPE_FUNCREF or VM_VALTYPE_EXTERNREF.
    pub element: ValType,
    /// Whether there is a greatest size.
    pub has_maximum: bool,
    /// Whether indices are 64-bit.
    pub is_64: bool,
    /// Least size in elements.
    pub minimum: u64,
    /// Greatest size in elements; counts when has_maximum is set.
    pub maximum: u64,
}

/// The type of a global.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalType {
    /// Type of its value.
    pub content: ValType,
    /// Whether it can be set.
    pub is_mutable: bool,
}

/// The type of what is imported or exported.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ExternType {
    /// VM_EXTERN_*: which of the following counts.
    pub kind: ExternKind,
    /// VM_EXTERN_GLOBAL
    pub global: GlobalType,
    /// VM_EXTERN_FUNC; else NULL. It stays with the module.
    pub function: *const FuncType,
    /// VM_EXTERN_MEMORY
    pub memory: MemoryType,
    /// VM_EXTERN_TABLE
    pub table: TableType,
}

fn val_type(kind: ValType) -> status::Result<value::ValType> {
    value::ValType::from_abi(kind).ok_or_else(|| {
        let message = format!("{} cannot stand in a type; see VM_VALTYPE_*", value::type_name(kind));
        status::Error::new(abi::STATUS_INVALID_ARGUMENT, message)
    })
}

impl FuncType {
    pub(super) fn new(ty: &value::FuncType) -> Self {
        let list = |types: &[value::ValType]| types.iter().map(|ty| ty.to_abi()).collect::<Box<[_]>>();
        Self { params: list(&ty.params), results: list(&ty.results) }
    }

    pub(super) fn to_value(&self) -> status::Result<value::FuncType> {
        let list = |types: &[ValType]| types.iter().map(|kind| val_type(*kind)).collect::<status::Result<Box<[_]>>>();
        Ok(value::FuncType { params: list(&self.params)?, results: list(&self.results)? })
    }
}

impl From<value::MemoryType> for MemoryType {
    fn from(ty: value::MemoryType) -> Self {
        Self {
            minimum: ty.minimum,
            maximum: ty.maximum.unwrap_or(0),
            has_maximum: ty.maximum.is_some(),
            is_64: ty.is_64,
            page_size: ty.page_size,
        }
    }
}

impl MemoryType {
    pub(super) fn to_value(self) -> value::MemoryType {
        let maximum = self.has_maximum.then_some(self.maximum);
        let page_size = if self.page_size == 0 { value::PAGE_SIZE } else { self.page_size };
        value::MemoryType { minimum: self.minimum, maximum, is_64: self.is_64, page_size }
    }
}

impl From<value::TableType> for TableType {
    fn from(ty: value::TableType) -> Self {
        Self {
            element: ty.element.to_abi(),
            has_maximum: ty.maximum.is_some(),
            is_64: ty.is_64,
            minimum: ty.minimum,
            maximum: ty.maximum.unwrap_or(0),
        }
    }
}

impl TableType {
    pub(super) fn to_value(self) -> status::Result<value::TableType> {
        let maximum = self.has_maximum.then_some(self.maximum);
        let element = val_type(self.element)?;
        if !element.is_reference() {
            let message = format!("a table cannot hold {element}; its elements are funcref or externref");
            return Err(status::Error::new(abi::STATUS_WRONG_TYPE, message));
        }
        Ok(value::TableType { element, minimum: self.minimum, maximum, is_64: self.is_64 })
    }
}

impl From<value::GlobalType> for GlobalType {
    fn from(ty: value::GlobalType) -> Self {
        Self { content: ty.content.to_abi(), is_mutable: ty.mutable }
    }
}

impl GlobalType {
    pub(super) fn to_value(self) -> status::Result<value::GlobalType> {
        Ok(value::GlobalType { content: val_type(self.content)?, mutable: self.is_mutable })
    }
}

impl ExternType {
    /// `function` is where the function's type is kept, when it is one.
    pub(super) fn new(ty: &value::ExternType, function: Option<&FuncType>) -> Self {
        let mut made = Self {
            kind: EXTERN_FUNC,
            global: GlobalType::default(),
            function: function.map_or(ptr::null(), ptr::from_ref),
            memory: MemoryType::default(),
            table: TableType::default(),
        };
        match ty {
            value::ExternType::Func(_) => {}
            value::ExternType::Memory(ty) => (made.kind, made.memory) = (EXTERN_MEMORY, (*ty).into()),
            value::ExternType::Table(ty) => (made.kind, made.table) = (EXTERN_TABLE, (*ty).into()),
            value::ExternType::Global(ty) => (made.kind, made.global) = (EXTERN_GLOBAL, (*ty).into()),
        }
        made
    }
}

/// Makes the type of a function.
///
/// @param params types of the parameters, VM_VALTYPE_*; may be NULL when param_count is 0
/// @param param_count how many; at most 1000
/// @param results types of the results, VM_VALTYPE_*; may be NULL when result_count is 0
/// @param result_count how many; at most 1000
/// @param type gets the type; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (no type of wasm, or too many)
/// @par Ownership
/// The caller's: VM_FuncTypeDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_FuncTypeCreate(
    params: *const ValType,
    param_count: usize,
    results: *const ValType,
    result_count: usize,
    r#type: Option<&mut *mut FuncType>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(r#type, "type")?;
        // SAFETY: the caller promises arrays of these lengths.
        let (params, results) = unsafe { (slice(params, param_count, "params")?, slice(results, result_count, "results")?) };
        if params.len() > 1000 || results.len() > 1000 {
            let message = "wasm allows at most 1000 parameters and 1000 results";
            return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        let made = FuncType { params: params.into(), results: results.into() };
        made.to_value()?;
        hand_out(out, made);
        Ok(())
    })
}

/// Gives the types of a function's parameters.
///
/// @param type the type; NULL has none
/// @param count gets how many; not NULL
/// @return the first of `count` types, VM_VALTYPE_*
/// @par Ownership
/// The array stays with the type.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncTypeGetParams(r#type: Option<&FuncType>, count: Option<&mut usize>) -> *const ValType {
    list(r#type.map(|ty| &*ty.params), count)
}

/// Gives the types of a function's results.
///
/// @param type the type; NULL has none
/// @param count gets how many; not NULL
/// @return the first of `count` types, VM_VALTYPE_*
/// @par Ownership
/// The array stays with the type.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncTypeGetResults(r#type: Option<&FuncType>, count: Option<&mut usize>) -> *const ValType {
    list(r#type.map(|ty| &*ty.results), count)
}

fn list(types: Option<&[ValType]>, count: Option<&mut usize>) -> *const ValType {
    if let Some(count) = count {
        *count = types.map_or(0, <[_]>::len);
    }
    types.map_or(ptr::null(), <[_]>::as_ptr)
}

/// Deletes a function type that VM_FuncTypeCreate or VM_FuncTypeCreateFromFunc gave.
///
/// @param type the type; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncTypeDelete(r#type: Option<Box<FuncType>>) {
    guard_value((), || drop(r#type));
}
