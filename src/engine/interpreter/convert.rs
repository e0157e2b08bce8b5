//! Conversions between types of wasmi and of libvm.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use crate::value::{self, ExternType, FuncType, GlobalType, MemoryType, TableType, ValType};
use libvm_abi as abi;

pub fn val_type(ty: wasmi::ValType) -> ValType {
    match ty {
        wasmi::ValType::I32 => ValType::I32,
        wasmi::ValType::I64 => ValType::I64,
        wasmi::ValType::F32 => ValType::F32,
        wasmi::ValType::F64 => ValType::F64,
        wasmi::ValType::V128 => ValType::V128,
        wasmi::ValType::FuncRef => ValType::FuncRef,
        wasmi::ValType::ExternRef => ValType::ExternRef,
    }
}

pub fn to_wasmi_val_type(ty: ValType) -> wasmi::ValType {
    match ty {
        ValType::I32 => wasmi::ValType::I32,
        ValType::I64 => wasmi::ValType::I64,
        ValType::F32 => wasmi::ValType::F32,
        ValType::F64 => wasmi::ValType::F64,
        ValType::V128 => wasmi::ValType::V128,
        ValType::FuncRef => wasmi::ValType::FuncRef,
        ValType::ExternRef => wasmi::ValType::ExternRef,
    }
}

pub fn func_type(ty: &wasmi::FuncType) -> FuncType {
    let list = |types: &[wasmi::ValType]| types.iter().map(|ty| val_type(*ty)).collect::<Box<[_]>>();
    FuncType { params: list(ty.params()), results: list(ty.results()) }
}

pub fn to_wasmi_func_type(ty: &FuncType) -> wasmi::FuncType {
    wasmi::FuncType::new(ty.params.iter().copied().map(to_wasmi_val_type), ty.results.iter().copied().map(to_wasmi_val_type))
}

pub fn memory_type(ty: wasmi::MemoryType) -> MemoryType {
    let mut same = wasmi::MemoryType::builder();
    same.memory64(ty.is_64()).min(ty.minimum()).max(ty.maximum());
    // wasmi does not expose the page size; besides the default one there is only 1.
    let page_size = if same.build().is_ok_and(|same| same == ty) { value::PAGE_SIZE } else { 1 };
    MemoryType { minimum: ty.minimum(), maximum: ty.maximum(), is_64: ty.is_64(), page_size }
}

const BAD_LIMITS: &str = "its minimum size is more than its maximum, or more than wasm can address";

pub fn to_wasmi_memory_type(ty: MemoryType) -> Result<wasmi::MemoryType> {
    let mut builder = wasmi::MemoryType::builder();
    let impossible = |why: String| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a {ty} is not possible: {why}"));
    if ![1, value::PAGE_SIZE].contains(&ty.page_size) {
        return Err(impossible("a page has 65536 bytes or 1 byte".to_owned()));
    }
    builder.memory64(ty.is_64).min(ty.minimum).max(ty.maximum).page_size_log2(ty.page_size.trailing_zeros() as u8);
    builder.build().map_err(|_| impossible(BAD_LIMITS.to_owned()))
}

/// Checks whether a memory of this type can exist.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT`.
pub fn check_memory_type(ty: MemoryType) -> Result<()> {
    to_wasmi_memory_type(ty).map(drop)
}

/// Checks whether a table of this type can exist.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT`, `STATUS_WRONG_TYPE`.
pub fn check_table_type(ty: TableType) -> Result<()> {
    to_wasmi_table_type(ty).map(drop)
}

pub fn table_type(ty: wasmi::TableType) -> TableType {
    let element = match ty.element() {
        wasmi::RefType::Func => ValType::FuncRef,
        wasmi::RefType::Extern => ValType::ExternRef,
    };
    TableType { element, minimum: ty.minimum(), maximum: ty.maximum(), is_64: ty.is_64() }
}

pub fn to_wasmi_ref_type(ty: ValType) -> Result<wasmi::RefType> {
    match ty {
        ValType::FuncRef => Ok(wasmi::RefType::Func),
        ValType::ExternRef => Ok(wasmi::RefType::Extern),
        other => Err(Error::new(
            abi::STATUS_WRONG_TYPE,
            format!("a table cannot contain {other}; its elements are funcref or externref"),
        )),
    }
}

pub fn to_wasmi_table_type(ty: TableType) -> Result<wasmi::TableType> {
    let element = to_wasmi_ref_type(ty.element)?;
    let impossible = || Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a {ty} is not possible: {BAD_LIMITS}"));
    if ty.maximum.is_some_and(|maximum| maximum < ty.minimum) {
        return Err(impossible());
    }
    if ty.is_64 {
        return Ok(wasmi::TableType::new64(element, ty.minimum, ty.maximum));
    }
    let minimum = u32::try_from(ty.minimum).map_err(|_| impossible())?;
    let maximum = ty.maximum.map(u32::try_from).transpose().map_err(|_| impossible())?;
    Ok(wasmi::TableType::new(element, minimum, maximum))
}

pub fn global_type(ty: wasmi::GlobalType) -> GlobalType {
    GlobalType { content: val_type(ty.content()), mutable: ty.mutability().is_mut() }
}

pub fn extern_type(ty: &wasmi::ExternType) -> ExternType {
    match ty {
        wasmi::ExternType::Func(ty) => ExternType::Func(func_type(ty)),
        wasmi::ExternType::Memory(ty) => ExternType::Memory(memory_type(*ty)),
        wasmi::ExternType::Table(ty) => ExternType::Table(table_type(*ty)),
        wasmi::ExternType::Global(ty) => ExternType::Global(global_type(*ty)),
    }
}
