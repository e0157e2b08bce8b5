//! Conversions between types of wasmtime and of libvm.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use crate::value::{self, ExternType, FuncType, GlobalType, MemoryType, TableType, ValType};
use libvm_abi as abi;
use wasmtime::{HeapType, Mutability, RefType};

pub fn val_type(ty: &wasmtime::ValType) -> ValType {
    match ty {
        wasmtime::ValType::I32 => ValType::I32,
        wasmtime::ValType::I64 => ValType::I64,
        wasmtime::ValType::F32 => ValType::F32,
        wasmtime::ValType::F64 => ValType::F64,
        wasmtime::ValType::V128 => ValType::V128,
        wasmtime::ValType::Ref(ty) => ref_type(ty),
    }
}

/// Modules with other references than these two are refused when they are validated.
fn ref_type(ty: &RefType) -> ValType {
    if matches!(ty.heap_type(), HeapType::Extern) { ValType::ExternRef } else { ValType::FuncRef }
}

pub fn to_wasmtime_val_type(ty: ValType) -> wasmtime::ValType {
    match ty {
        ValType::I32 => wasmtime::ValType::I32,
        ValType::I64 => wasmtime::ValType::I64,
        ValType::F32 => wasmtime::ValType::F32,
        ValType::F64 => wasmtime::ValType::F64,
        ValType::V128 => wasmtime::ValType::V128,
        ValType::FuncRef => wasmtime::ValType::FUNCREF,
        ValType::ExternRef => wasmtime::ValType::EXTERNREF,
    }
}

pub fn func_type(ty: &wasmtime::FuncType) -> FuncType {
    let convert = |ty| val_type(&ty);
    FuncType { params: ty.params().map(convert).collect(), results: ty.results().map(convert).collect() }
}

pub fn to_wasmtime_func_type(engine: &wasmtime::Engine, ty: &FuncType) -> wasmtime::FuncType {
    let convert = |ty: &ValType| to_wasmtime_val_type(*ty);
    wasmtime::FuncType::new(engine, ty.params.iter().map(convert), ty.results.iter().map(convert))
}

pub fn memory_type(ty: &wasmtime::MemoryType) -> MemoryType {
    // Besides the page size of 65536 there is only 1.
    let page_size = u32::try_from(ty.page_size()).unwrap_or(u32::MAX);
    MemoryType { minimum: ty.minimum(), maximum: ty.maximum(), is_64: ty.is_64(), page_size }
}

const BAD_LIMITS: &str = "its minimum size is more than its maximum, or more than wasm can address";

pub fn to_wasmtime_memory_type(ty: MemoryType) -> Result<wasmtime::MemoryType> {
    let impossible = |why: &str| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a {ty} is not possible: {why}"));
    if ![1, value::PAGE_SIZE].contains(&ty.page_size) {
        return Err(impossible("a page has 65536 bytes or 1 byte"));
    }
    let mut builder = wasmtime::MemoryTypeBuilder::new();
    builder.memory64(ty.is_64).min(ty.minimum).max(ty.maximum).page_size_log2(ty.page_size.trailing_zeros() as u8);
    builder.build().map_err(|_| impossible(BAD_LIMITS))
}

pub fn table_type(ty: &wasmtime::TableType) -> TableType {
    TableType { element: ref_type(ty.element()), minimum: ty.minimum(), maximum: ty.maximum(), is_64: ty.is_64() }
}

pub fn to_wasmtime_ref_type(ty: ValType) -> Result<RefType> {
    match ty {
        ValType::FuncRef => Ok(RefType::FUNCREF),
        ValType::ExternRef => Ok(RefType::EXTERNREF),
        other => Err(Error::new(
            abi::STATUS_WRONG_TYPE,
            format!("a table cannot contain {other}; its elements are funcref or externref"),
        )),
    }
}

pub fn to_wasmtime_table_type(ty: TableType) -> Result<wasmtime::TableType> {
    let element = to_wasmtime_ref_type(ty.element)?;
    let impossible = || Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a {ty} is not possible: {BAD_LIMITS}"));
    if ty.maximum.is_some_and(|maximum| maximum < ty.minimum) {
        return Err(impossible());
    }
    if ty.is_64 {
        return Ok(wasmtime::TableType::new64(element, ty.minimum, ty.maximum));
    }
    let minimum = u32::try_from(ty.minimum).map_err(|_| impossible())?;
    let maximum = ty.maximum.map(u32::try_from).transpose().map_err(|_| impossible())?;
    Ok(wasmtime::TableType::new(element, minimum, maximum))
}

pub fn global_type(ty: &wasmtime::GlobalType) -> GlobalType {
    GlobalType { content: val_type(ty.content()), mutable: matches!(ty.mutability(), Mutability::Var) }
}

pub fn extern_type(ty: &wasmtime::ExternType) -> ExternType {
    match ty {
        wasmtime::ExternType::Func(ty) => ExternType::Func(func_type(ty)),
        wasmtime::ExternType::Memory(ty) => ExternType::Memory(memory_type(ty)),
        wasmtime::ExternType::Table(ty) => ExternType::Table(table_type(ty)),
        wasmtime::ExternType::Global(ty) => ExternType::Global(global_type(ty)),
        wasmtime::ExternType::Tag(_) => unreachable!("modules with tags are refused when they are validated"),
    }
}

pub fn to_wasmtime_global_type(ty: GlobalType) -> wasmtime::GlobalType {
    let mutability = if ty.mutable { Mutability::Var } else { Mutability::Const };
    wasmtime::GlobalType::new(to_wasmtime_val_type(ty.content), mutability)
}
