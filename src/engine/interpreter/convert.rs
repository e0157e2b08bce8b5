//! Between wasmi's types and values and libvm's.
#![forbid(unsafe_code)]

use super::callee::Callee;
use crate::engine::handles::{Entity, Handles};
use crate::status::{Error, Result};
use crate::value::{self, ExternType, FuncType, GlobalType, MemoryType, TableType, ValType};
use libvm_abi::{self as abi, Value};
use wasmi::{F32, F64, Nullable, Ref, Val};

pub(in crate::engine) fn val_type(ty: wasmi::ValType) -> ValType {
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

pub(in crate::engine) fn to_wasmi_val_type(ty: ValType) -> wasmi::ValType {
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

pub(in crate::engine) fn func_type(ty: &wasmi::FuncType) -> FuncType {
    let list = |types: &[wasmi::ValType]| types.iter().map(|ty| val_type(*ty)).collect::<Box<[_]>>();
    FuncType { params: list(ty.params()), results: list(ty.results()) }
}

pub(in crate::engine) fn to_wasmi_func_type(ty: &FuncType) -> wasmi::FuncType {
    wasmi::FuncType::new(ty.params.iter().copied().map(to_wasmi_val_type), ty.results.iter().copied().map(to_wasmi_val_type))
}

pub(in crate::engine) fn memory_type(ty: wasmi::MemoryType) -> MemoryType {
    let mut same = wasmi::MemoryType::builder();
    same.memory64(ty.is_64()).min(ty.minimum()).max(ty.maximum());
    // wasmi does not tell the page size; besides the default one there is only 1.
    let page_size = if same.build().is_ok_and(|same| same == ty) { value::PAGE_SIZE } else { 1 };
    MemoryType { minimum: ty.minimum(), maximum: ty.maximum(), is_64: ty.is_64(), page_size }
}

const BAD_LIMITS: &str = "its least size is more than its greatest, or more than wasm can address";

pub(in crate::engine) fn to_wasmi_memory_type(ty: MemoryType) -> Result<wasmi::MemoryType> {
    let mut builder = wasmi::MemoryType::builder();
    let impossible = |why: String| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a {ty} cannot be: {why}"));
    if !ty.page_size.is_power_of_two() {
        return Err(impossible("a page has 65536 bytes, or 1".to_owned()));
    }
    builder.memory64(ty.is_64).min(ty.minimum).max(ty.maximum).page_size_log2(ty.page_size.trailing_zeros() as u8);
    builder.build().map_err(|_| impossible(BAD_LIMITS.to_owned()))
}

pub(in crate::engine) fn table_type(ty: wasmi::TableType) -> TableType {
    let element = match ty.element() {
        wasmi::RefType::Func => ValType::FuncRef,
        wasmi::RefType::Extern => ValType::ExternRef,
    };
    TableType { element, minimum: ty.minimum(), maximum: ty.maximum(), is_64: ty.is_64() }
}

pub(in crate::engine) fn to_wasmi_ref_type(ty: ValType) -> Result<wasmi::RefType> {
    match ty {
        ValType::FuncRef => Ok(wasmi::RefType::Func),
        ValType::ExternRef => Ok(wasmi::RefType::Extern),
        other => {
            Err(Error::new(abi::STATUS_WRONG_TYPE, format!("a table cannot hold {other}; its elements are funcref or externref")))
        }
    }
}

pub(in crate::engine) fn to_wasmi_table_type(ty: TableType) -> Result<wasmi::TableType> {
    let element = to_wasmi_ref_type(ty.element)?;
    let impossible = || Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a {ty} cannot be: {BAD_LIMITS}"));
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

pub(in crate::engine) fn global_type(ty: wasmi::GlobalType) -> GlobalType {
    GlobalType { content: val_type(ty.content()), mutable: ty.mutability().is_mut() }
}

pub(in crate::engine) fn extern_type(ty: &wasmi::ExternType) -> ExternType {
    match ty {
        wasmi::ExternType::Func(ty) => ExternType::Func(func_type(ty)),
        wasmi::ExternType::Memory(ty) => ExternType::Memory(memory_type(*ty)),
        wasmi::ExternType::Table(ty) => ExternType::Table(table_type(*ty)),
        wasmi::ExternType::Global(ty) => ExternType::Global(global_type(*ty)),
    }
}

/// A value for wasm, after its type was compared with `expected`. `what` names its place for the error.
pub(in crate::engine) fn to_val(handles: &Handles, value: &Value, expected: ValType, what: impl Fn() -> String) -> Result<Val> {
    if value.kind != expected.to_abi() {
        let message = format!("{} is {}, but {expected} is needed", what(), value::type_name(value.kind));
        return Err(Error::new(abi::STATUS_WRONG_TYPE, message));
    }
    Ok(match expected {
        ValType::I32 => Val::I32(value.bits_32() as i32),
        ValType::I64 => Val::I64(value.bits_64() as i64),
        ValType::F32 => Val::F32(F32::from_bits(value.bits_32())),
        ValType::F64 => Val::F64(F64::from_bits(value.bits_64())),
        ValType::V128 => Val::V128(wasmi::V128::from(value.bits_128())),
        ValType::FuncRef => match value.reference() {
            reference if reference.context == 0 => Val::FuncRef(Nullable::Null),
            reference => Val::FuncRef(Nullable::Val(handles.func(reference)?)),
        },
        ValType::ExternRef => match value.reference() {
            reference if reference.context == 0 => Val::ExternRef(Nullable::Null),
            reference => Val::ExternRef(Nullable::Val(handles.extern_ref(reference)?)),
        },
    })
}

/// Writes a number for wasm; false when the value is none.
///
/// Each kind is written where it has to be: put together first, `Val` would be moved in pieces that do not match its fields.
#[inline(always)]
pub(in crate::engine) fn put_number(place: &mut Val, value: &Value) -> bool {
    match value.kind {
        abi::VALTYPE_I32 => *place = Val::I32(value.bits_32() as i32),
        abi::VALTYPE_I64 => *place = Val::I64(value.bits_64() as i64),
        abi::VALTYPE_F32 => *place = Val::F32(F32::from_bits(value.bits_32())),
        abi::VALTYPE_F64 => *place = Val::F64(F64::from_bits(value.bits_64())),
        abi::VALTYPE_V128 => *place = Val::V128(wasmi::V128::from(value.bits_128())),
        _ => return false,
    }
    true
}

/// Lets a number for the host be written; false when the value is none.
#[inline(always)]
pub(in crate::engine) fn give_number(val: &Val, mut write: impl FnMut(Value)) -> bool {
    match val {
        Val::I32(value) => write(Value::i32(*value)),
        Val::I64(value) => write(Value::i64(*value)),
        Val::F32(value) => write(Value::f32_bits(value.to_bits())),
        Val::F64(value) => write(Value::f64_bits(value.to_bits())),
        Val::V128(value) => write(Value::v128(value.as_u128())),
        Val::FuncRef(_) | Val::ExternRef(_) => return false,
    };
    true
}

/// A reference for a table or global.
pub(in crate::engine) fn to_ref(handles: &Handles, value: &Value, expected: ValType, what: impl Fn() -> String) -> Result<Ref> {
    match to_val(handles, value, expected, what)? {
        Val::FuncRef(reference) => Ok(Ref::Func(reference)),
        Val::ExternRef(reference) => Ok(Ref::Extern(reference)),
        other => Err(Error::new(abi::STATUS_WRONG_TYPE, format!("{} is not a reference type", val_type(other.ty())))),
    }
}

/// A value for the host. References get a slot of the root table, which is the host's to release.
pub(in crate::engine) fn from_val(handles: &mut Handles, val: &Val) -> Value {
    match val {
        Val::FuncRef(Nullable::Null) => Value::func_ref(abi::Ref::default()),
        Val::FuncRef(Nullable::Val(func)) => Value::func_ref(handles.insert(Entity::Func(Callee::Any(*func)))),
        Val::ExternRef(Nullable::Null) => Value::extern_ref(abi::Ref::default()),
        Val::ExternRef(Nullable::Val(object)) => Value::extern_ref(handles.insert(Entity::Extern(*object))),
        Val::I32(value) => Value::i32(*value),
        Val::I64(value) => Value::i64(*value),
        Val::F32(value) => Value::f32_bits(value.to_bits()),
        Val::F64(value) => Value::f64_bits(value.to_bits()),
        Val::V128(value) => Value::v128(value.as_u128()),
    }
}
