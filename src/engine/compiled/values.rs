//! Conversions between values of wasmtime and of libvm.

use super::callee::Callee;
use super::state::{Compiled, Object, State};
use crate::engine::entity::Entity;
use crate::engine::operand::Operand;
use crate::value::ValType;
use libvm_abi::{self as abi, Value};
use std::mem::MaybeUninit;
use wasmtime::{AsContextMut, ExternRef, Func, Ref, RootScope, StoreContextMut, Val, ValRaw};

type Context<'a> = StoreContextMut<'a, State>;

/// Returns a number that wasm has written; compiled code writes no more of it than the type has.
///
/// # Safety
/// A number of the type was written there.
#[inline(always)]
pub unsafe fn number(ty: ValType, raw: &MaybeUninit<ValRaw>) -> Value {
    let from = raw.as_ptr();
    // SAFETY: promised by the caller; each read is of as many bytes as the type has.
    unsafe {
        match ty {
            ValType::I32 => Value::i32(i32::from_le(from.cast::<i32>().read())),
            ValType::F32 => Value::f32_bits(u32::from_le(from.cast::<u32>().read())),
            ValType::F64 => Value::f64_bits(u64::from_le(from.cast::<u64>().read())),
            ValType::V128 => Value::v128(u128::from_le_bytes(from.cast::<[u8; 16]>().read())),
            _ => Value::i64(i64::from_le(from.cast::<i64>().read())),
        }
    }
}

/// Returns a number of the host for wasm.
#[inline(always)]
pub fn to_raw_number(value: &Value) -> ValRaw {
    match value.kind {
        abi::VALTYPE_I32 => ValRaw::i32(value.bits_32() as i32),
        abi::VALTYPE_F32 => ValRaw::f32(value.bits_32()),
        abi::VALTYPE_F64 => ValRaw::f64(value.bits_64()),
        abi::VALTYPE_V128 => ValRaw::v128(value.bits_128()),
        _ => ValRaw::i64(value.bits_64() as i64),
    }
}

/// Returns a value that wasm has written. References get a slot of the root table, which the host must release.
///
/// # Safety
/// A value of the type was written there, by wasm of this store.
pub unsafe fn from_raw(store: &mut Context<'_>, ty: ValType, raw: &MaybeUninit<ValRaw>) -> Value {
    match ty {
        ValType::FuncRef => {
            // SAFETY: promised by the caller.
            let func = unsafe { Func::from_raw(&mut *store, raw.assume_init_ref().get_funcref()) };
            let handles = &mut store.data_mut().handles;
            Value::func_ref(func.map_or(abi::Ref::default(), |func| handles.insert(Entity::Func(func.into()))))
        }
        ValType::ExternRef => {
            // SAFETY: promised by the caller.
            let object = unsafe { raw.as_ptr().cast::<u32>().read() };
            let handles = &mut store.data_mut().handles;
            let object = Some(u32::from_le(object)).filter(|object| *object != 0);
            Value::extern_ref(object.map_or(abi::Ref::default(), |object| handles.insert(Entity::Object(Object(object)))))
        }
        // SAFETY: promised by the caller.
        _ => unsafe { number(ty, raw) },
    }
}

/// Returns a value for wasm.
pub fn to_raw(store: &mut Context<'_>, value: Operand<Compiled>) -> ValRaw {
    match value {
        Operand::Number(value) => to_raw_number(&value),
        Operand::Func(None) => ValRaw::funcref(std::ptr::null_mut()),
        Operand::Func(Some(callee)) => ValRaw::funcref(callee.func.to_raw(store)),
        Operand::Object(object) => ValRaw::externref(object.map_or(0, |object| object.0)),
    }
}

/// Calls `work` with a value for wasm; a reference to an object is valid until then.
pub fn with_val<R>(store: &mut Context<'_>, value: Operand<Compiled>, work: impl FnOnce(&mut Context<'_>, Val) -> R) -> R {
    let mut scope = RootScope::new(store.as_context_mut());
    let value = match value {
        Operand::Number(value) => match ValType::from_abi(value.kind) {
            Some(ValType::I32) => Val::I32(value.bits_32() as i32),
            Some(ValType::F32) => Val::F32(value.bits_32()),
            Some(ValType::F64) => Val::F64(value.bits_64()),
            Some(ValType::V128) => Val::V128(value.bits_128().into()),
            _ => Val::I64(value.bits_64() as i64),
        },
        Operand::Func(callee) => Val::FuncRef(callee.map(|callee| callee.func)),
        Operand::Object(object) => Val::ExternRef(object.and_then(|object| ExternRef::from_raw(&mut scope, object.0))),
    };
    work(&mut scope.as_context_mut(), value)
}

/// Likewise with a reference; a number is taken for a null reference to a function.
pub fn with_ref<R>(store: &mut Context<'_>, value: Operand<Compiled>, work: impl FnOnce(&mut Context<'_>, Ref) -> R) -> R {
    with_val(store, value, |store, value| work(store, value.ref_().unwrap_or(Ref::Func(None))))
}

/// Returns the value that `read` returns.
pub fn operand(store: &mut Context<'_>, read: impl FnOnce(&mut Context<'_>) -> Val) -> Operand<Compiled> {
    let mut scope = RootScope::new(store.as_context_mut());
    match read(&mut scope.as_context_mut()) {
        Val::I32(value) => Operand::Number(Value::i32(value)),
        Val::I64(value) => Operand::Number(Value::i64(value)),
        Val::F32(bits) => Operand::Number(Value::f32_bits(bits)),
        Val::F64(bits) => Operand::Number(Value::f64_bits(bits)),
        Val::V128(value) => Operand::Number(Value::v128(value.as_u128())),
        Val::FuncRef(func) => Operand::Func(func.map(Callee::from)),
        // It was rooted just now.
        Val::ExternRef(object) => Operand::Object(object.and_then(|object| object.to_raw(&mut scope).ok()).map(Object)),
        // Modules with other references are refused.
        _ => Operand::Func(None),
    }
}
