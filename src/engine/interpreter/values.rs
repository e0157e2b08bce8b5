//! Conversions between values of wasmi and of libvm.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::state::{Handles, Interpreter};
use crate::engine::arguments;
use crate::engine::operand::Operand;
use crate::status::Result;
use crate::value::ValType;
use libvm_abi::{self as abi, RawValue, Value};
use wasmi::{F32, F64, Nullable, Ref, Val, WasmTy};

/// A number type that wasm and C share.
pub trait Number: WasmTy + Copy + 'static {
    /// Returns it as a value of C.
    fn to_value(self) -> Value;

    /// Returns it as a number without its type, of which all bytes are written.
    fn to_raw(self) -> RawValue;

    /// Returns it from a number without its type.
    fn from_raw(value: &RawValue) -> Self;
}

/// Defines how a number becomes a value of C, and how it is read from its bits.
macro_rules! number {
    ($t:ty, $bits:ident, |$value:ident| $to:expr, |$read:ident| $from:expr) => {
        impl Number for $t {
            #[inline(always)]
            fn to_value(self) -> Value {
                let $value = self;
                $to
            }

            #[inline(always)]
            fn to_raw(self) -> RawValue {
                RawValue::from_value(&self.to_value())
            }

            #[inline(always)]
            fn from_raw(value: &RawValue) -> Self {
                let $read = value.$bits();
                $from
            }
        }
    };
}
number!(i32, bits_32, |value| Value::i32(value), |bits| bits as i32);
number!(i64, bits_64, |value| Value::i64(value), |bits| bits as i64);
number!(F32, bits_32, |value| Value::f32_bits(value.to_bits()), |bits| F32::from_bits(bits));
number!(F64, bits_64, |value| Value::f64_bits(value.to_bits()), |bits| F64::from_bits(bits));

/// Converts a value for wasm, after comparing its type with `expected`. `what` names its place for the error.
pub fn to_val(handles: &Handles, value: &Value, expected: ValType, what: impl Fn() -> String) -> Result<Val> {
    Operand::new(handles, value, expected, what).map(of_operand)
}

/// Converts a resolved value for wasm.
pub fn of_operand(operand: Operand<Interpreter>) -> Val {
    let mut number = Val::I32(0);
    match operand {
        Operand::Number(value) => {
            put_number(&mut number, &value);
            number
        }
        Operand::Func(func) => Val::FuncRef(func.map_or(Nullable::Null, |func| Nullable::Val(func.func()))),
        Operand::Object(object) => Val::ExternRef(object.map_or(Nullable::Null, Nullable::Val)),
    }
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

/// Converts a resolved reference for a table; returns `None` for a number.
pub fn to_ref(operand: Operand<Interpreter>) -> Option<Ref> {
    match of_operand(operand) {
        Val::FuncRef(reference) => Some(Ref::Func(reference)),
        Val::ExternRef(reference) => Some(Ref::Extern(reference)),
        _ => None,
    }
}

/// Converts a value from wasm.
pub fn operand(val: &Val) -> Operand<Interpreter> {
    match val {
        Val::FuncRef(Nullable::Null) => Operand::Func(None),
        Val::FuncRef(Nullable::Val(func)) => Operand::Func(Some(Callee::Any(*func))),
        Val::ExternRef(Nullable::Null) => Operand::Object(None),
        Val::ExternRef(Nullable::Val(object)) => Operand::Object(Some(*object)),
        Val::I32(value) => Operand::Number(Value::i32(*value)),
        Val::I64(value) => Operand::Number(Value::i64(*value)),
        Val::F32(value) => Operand::Number(Value::f32_bits(value.to_bits())),
        Val::F64(value) => Operand::Number(Value::f64_bits(value.to_bits())),
        Val::V128(value) => Operand::Number(Value::v128(value.as_u128())),
    }
}

/// Converts a value for the host. References get a slot of the root table, which the host must release.
pub fn from_val(handles: &mut Handles, val: &Val) -> Value {
    operand(val).give(handles)
}

/// Converts arguments for wasmi, which compares their types with the function's.
#[inline(always)]
pub fn to_inputs(handles: &Handles, args: &[Value], inputs: &mut [Val]) -> Result<()> {
    for (index, (input, arg)) in inputs.iter_mut().zip(args).enumerate() {
        if !put_number(input, arg) {
            *input = of_operand(arguments::resolve(handles, arg, index)?);
        }
    }
    Ok(())
}
