//! Conversions between values of wasmi and of libvm.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::convert::val_type;
use super::entity::{Entity, Handles};
use crate::status::{Error, Result};
use crate::value::{self, ValType};
use libvm_abi::{self as abi, Value};
use wasmi::{F32, F64, Nullable, Ref, Val, WasmTy};

/// A number type that wasm and C share.
pub trait Number: WasmTy + Copy + 'static {
    /// Returns it as a value of C.
    fn to_value(self) -> Value;
}

impl Number for i32 {
    #[inline(always)]
    fn to_value(self) -> Value {
        Value::i32(self)
    }
}

impl Number for i64 {
    #[inline(always)]
    fn to_value(self) -> Value {
        Value::i64(self)
    }
}

impl Number for F32 {
    #[inline(always)]
    fn to_value(self) -> Value {
        Value::f32_bits(self.to_bits())
    }
}

impl Number for F64 {
    #[inline(always)]
    fn to_value(self) -> Value {
        Value::f64_bits(self.to_bits())
    }
}

/// Converts a value for wasm, after comparing its type with `expected`. `what` names its place for the error.
pub fn to_val(handles: &Handles, value: &Value, expected: ValType, what: impl Fn() -> String) -> Result<Val> {
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

/// Writes a number for wasm; returns false if the value is not a number.
///
/// Each kind is written in place: constructed first, `Val` would be moved in parts that do not match its fields.
#[inline(always)]
pub fn put_number(place: &mut Val, value: &Value) -> bool {
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

/// Writes a number for the host; returns false if the value is not a number.
#[inline(always)]
pub fn give_number(val: &Val, mut write: impl FnMut(Value)) -> bool {
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

/// Converts a reference for a table or global.
pub fn to_ref(handles: &Handles, value: &Value, expected: ValType, what: impl Fn() -> String) -> Result<Ref> {
    match to_val(handles, value, expected, what)? {
        Val::FuncRef(reference) => Ok(Ref::Func(reference)),
        Val::ExternRef(reference) => Ok(Ref::Extern(reference)),
        other => Err(Error::new(abi::STATUS_WRONG_TYPE, format!("{} is not a reference type", val_type(other.ty())))),
    }
}

/// Converts a value for the host. References get a slot of the root table, which the host must release.
pub fn from_val(handles: &mut Handles, val: &Val) -> Value {
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
