//! Types
//!
//! Types of functions, memories, tables and globals.

use super::error::Error;
use super::ffi::{hand_out, required, slice};
use super::guard::{guard, guard_value};
use super::sized::Growing;
use crate::{status, value};
use libvm_abi::{self as abi, Status, ValType};
use std::ptr;
use std::sync::Arc;

/// The kind of an import or export.
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

/// The type of a linear memory. Initialize it with VM_MEMORYTYPE_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MemoryType {
    /// `sizeof(VM_MemoryType)`.
    pub size: u32,
    /// Bytes of a page: 65536, which may also be given as 0, or 1 in modules that use custom page sizes.
    pub page_size: u32,
    /// Minimum size in pages.
    pub minimum: u64,
    /// Maximum size in pages, if has_maximum is set.
    pub maximum: u64,
    /// Whether the size has a maximum.
    pub has_maximum: bool,
    /// Whether addresses are 64-bit.
    pub is_64: bool,
    /// Zero.
    pub reserved: [u8; 6],
}

/// Initializes a VM_MemoryType to an empty memory without a maximum.
pub const MEMORYTYPE_INIT: MemoryType = MemoryType {
    size: size_of::<MemoryType>() as u32,
    page_size: 0,
    minimum: 0,
    maximum: 0,
    has_maximum: false,
    is_64: false,
    reserved: [0; 6],
};

/// The type of a table. Initialize it with VM_TABLETYPE_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TableType {
    /// `sizeof(VM_TableType)`.
    pub size: u32,
    /// VM_VALTYPE_FUNCREF or VM_VALTYPE_EXTERNREF.
    pub element: ValType,
    /// Minimum size in elements.
    pub minimum: u64,
    /// Maximum size in elements, if has_maximum is set.
    pub maximum: u64,
    /// Whether the size has a maximum.
    pub has_maximum: bool,
    /// Whether indices are 64-bit.
    pub is_64: bool,
    /// Zero.
    pub reserved: [u8; 6],
}

/// Initializes a VM_TableType to an empty table without a maximum; `element` must be set.
pub const TABLETYPE_INIT: TableType = TableType {
    size: size_of::<TableType>() as u32,
    element: 0,
    minimum: 0,
    maximum: 0,
    has_maximum: false,
    is_64: false,
    reserved: [0; 6],
};

/// The type of a global. Initialize it with VM_GLOBALTYPE_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GlobalType {
    /// `sizeof(VM_GlobalType)`.
    pub size: u32,
    /// Type of its value.
    pub content: ValType,
    /// Whether it can be set.
    pub is_mutable: bool,
    /// Zero.
    pub reserved: [u8; 7],
}

/// Initializes a VM_GlobalType to an immutable global; `content` must be set.
pub const GLOBALTYPE_INIT: GlobalType =
    GlobalType { size: size_of::<GlobalType>() as u32, content: 0, is_mutable: false, reserved: [0; 7] };

/// The type of an import or export. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
#[derive(Debug)]
pub struct ExternType {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_EXTERN_*: which of the following is not NULL.
    pub kind: ExternKind,
    /// The type of a function.
    pub function: *const FuncType,
    /// The type of a linear memory.
    pub memory: *const MemoryType,
    /// The type of a table.
    pub table: *const TableType,
    /// The type of a global.
    pub global: *const GlobalType,
}

macro_rules! growing {
    ($type:ident, $name:literal, $init:literal, $least:literal) => {
        const _: () = assert!(size_of::<$type>() == $least);

        // SAFETY: its bytes are all fields' (see the assertion), and zero is valid for each.
        unsafe impl Growing for $type {
            const NAME: &'static str = $name;
            const INIT: &'static str = $init;
            const LEAST: usize = $least;
        }
    };
}
growing!(MemoryType, "VM_MemoryType", "VM_MEMORYTYPE_INIT", 32);
growing!(TableType, "VM_TableType", "VM_TABLETYPE_INIT", 32);
growing!(GlobalType, "VM_GlobalType", "VM_GLOBALTYPE_INIT", 16);

/// Bytes that later versions may use: set today, they would mean something else then.
fn check_reserved(bytes: &[u8], what: &str) -> status::Result<()> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let message = format!("the reserved bytes of the type of the {what} are not zero");
    Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message))
}

fn val_type(kind: ValType) -> status::Result<value::ValType> {
    value::ValType::from_abi(kind).ok_or_else(|| {
        let message = format!("{} is not allowed in a type; see VM_VALTYPE_*", value::type_name(kind));
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
            page_size: ty.page_size,
            minimum: ty.minimum,
            maximum: ty.maximum.unwrap_or(0),
            has_maximum: ty.maximum.is_some(),
            is_64: ty.is_64,
            ..MEMORYTYPE_INIT
        }
    }
}

impl MemoryType {
    pub(super) fn to_value(self) -> status::Result<value::MemoryType> {
        check_reserved(&self.reserved, "memory")?;
        let maximum = self.has_maximum.then_some(self.maximum);
        let page_size = if self.page_size == 0 { value::PAGE_SIZE } else { self.page_size };
        Ok(value::MemoryType { minimum: self.minimum, maximum, is_64: self.is_64, page_size })
    }
}

impl From<value::TableType> for TableType {
    fn from(ty: value::TableType) -> Self {
        Self {
            element: ty.element.to_abi(),
            minimum: ty.minimum,
            maximum: ty.maximum.unwrap_or(0),
            has_maximum: ty.maximum.is_some(),
            is_64: ty.is_64,
            ..TABLETYPE_INIT
        }
    }
}

impl TableType {
    pub(super) fn to_value(self) -> status::Result<value::TableType> {
        check_reserved(&self.reserved, "table")?;
        let maximum = self.has_maximum.then_some(self.maximum);
        let element = val_type(self.element)?;
        if !element.is_reference() {
            let message = format!("a table cannot contain {element}; its elements are funcref or externref");
            return Err(status::Error::new(abi::STATUS_WRONG_TYPE, message));
        }
        Ok(value::TableType { element, minimum: self.minimum, maximum, is_64: self.is_64 })
    }
}

impl From<value::GlobalType> for GlobalType {
    fn from(ty: value::GlobalType) -> Self {
        Self { content: ty.content.to_abi(), is_mutable: ty.mutable, ..GLOBALTYPE_INIT }
    }
}

impl GlobalType {
    pub(super) fn to_value(self) -> status::Result<value::GlobalType> {
        check_reserved(&self.reserved, "global")?;
        Ok(value::GlobalType { content: val_type(self.content)?, mutable: self.is_mutable })
    }
}

/// A type with what it points to.
enum Shown {
    Function(FuncType),
    Memory(MemoryType),
    Table(TableType),
    Global(GlobalType),
}

impl Shown {
    fn new(ty: &value::ExternType) -> Self {
        match ty {
            value::ExternType::Func(ty) => Self::Function(FuncType::new(ty)),
            value::ExternType::Memory(ty) => Self::Memory((*ty).into()),
            value::ExternType::Table(ty) => Self::Table((*ty).into()),
            value::ExternType::Global(ty) => Self::Global((*ty).into()),
        }
    }
}

// SAFETY: what it points to is never changed, and owned beside it.
unsafe impl Send for ExternType {}
// SAFETY: as above.
unsafe impl Sync for ExternType {}

/// A type for C with what it points to: in an `Arc`, where it may be pointed to while it is moved.
pub(super) struct OwnedType {
    shown: Arc<ExternType>,
    _ty: Arc<Shown>,
}

impl OwnedType {
    pub(super) fn new(ty: &value::ExternType) -> Self {
        let ty = Arc::new(Shown::new(ty));
        Self { shown: Arc::new(ExternType::new(&ty)), _ty: ty }
    }

    /// Good as long as the type.
    pub(super) fn pointer(&self) -> *const ExternType {
        Arc::as_ptr(&self.shown)
    }
}

impl ExternType {
    /// The type for C, good as long as `shown` stays where it is.
    fn new(shown: &Shown) -> Self {
        let mut made = Self {
            size: size_of::<Self>() as u32,
            kind: EXTERN_FUNC,
            function: ptr::null(),
            memory: ptr::null(),
            table: ptr::null(),
            global: ptr::null(),
        };
        match shown {
            Shown::Function(ty) => made.function = ty,
            Shown::Memory(ty) => (made.kind, made.memory) = (EXTERN_MEMORY, ty),
            Shown::Table(ty) => (made.kind, made.table) = (EXTERN_TABLE, ty),
            Shown::Global(ty) => (made.kind, made.global) = (EXTERN_GLOBAL, ty),
        }
        made
    }
}

/// Creates a function type.
///
/// @param params types of the parameters, VM_VALTYPE_*; may be NULL if param_count is 0
/// @param param_count the number; at most 1000
/// @param results types of the results, VM_VALTYPE_*; may be NULL if result_count is 0
/// @param result_count the number; at most 1000
/// @param type receives the type; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a wasm type, or too many)
/// @par Ownership
/// The caller owns it and frees it with VM_FuncTypeDelete.
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
            let message = "a function type can have at most 1000 parameters and 1000 results";
            return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        let made = FuncType { params: params.into(), results: results.into() };
        made.to_value()?;
        hand_out(out, made);
        Ok(())
    })
}

/// Returns the parameter types of a function type.
///
/// @param type the type; NULL has none
/// @param count receives the number; must not be NULL
/// @return the first of `count` types, VM_VALTYPE_*
/// @par Ownership
/// The array belongs to the type and lives as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncTypeGetParams(r#type: Option<&FuncType>, count: Option<&mut usize>) -> *const ValType {
    list(r#type.map(|ty| &*ty.params), count)
}

/// Returns the result types of a function type.
///
/// @param type the type; NULL has none
/// @param count receives the number; must not be NULL
/// @return the first of `count` types, VM_VALTYPE_*
/// @par Ownership
/// The array belongs to the type and lives as long as it.
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

/// Deletes a function type.
///
/// @param type the type; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncTypeDelete(r#type: Option<Box<FuncType>>) {
    guard_value((), || drop(r#type));
}
