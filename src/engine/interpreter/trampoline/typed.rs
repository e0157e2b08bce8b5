//! Trampolines for one signature each: {i32, i64, f32, f64} for up to 3 parameters, {i32, i64} for up to 6, with at
//! most one result. They cover nearly every import of real programs, allocate nothing, and cost about 670 bytes each.
#![forbid(unsafe_code)]

use super::invoke::{invoke, invoke_for};
use crate::engine::bound::{Bound, BoundRef};
use crate::engine::interpreter::error::to_wasmi;
use crate::engine::interpreter::state::State;
use crate::engine::interpreter::values::Number;
use crate::value::{FuncType, ValType};
use libvm_abi::{self as abi, Value};
use std::ptr;
use wasmi::{Caller, Error, F32, F64, Func, Store, WasmRet};

/// Returns whether functions of this type have a trampoline of their own.
pub(super) fn covers(ty: &FuncType) -> bool {
    let integer = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
    let number = |ty: &ValType| integer(ty) || matches!(ty, ValType::F32 | ValType::F64);
    let mut all = ty.params.iter().chain(&ty.results);
    ty.results.len() <= 1
        && match ty.params.len() {
            0..=3 => all.all(number),
            4..=6 => all.all(integer),
            _ => false,
        }
}

/// At most one number, the result of a function.
trait Outcome: Sized + 'static {
    fn invoke(host: &Bound, caller: Caller<'_, State>, args: *const Value) -> Result<Self, Error>;
}

impl Outcome for () {
    #[inline(always)]
    fn invoke(host: &Bound, caller: Caller<'_, State>, args: *const Value) -> Result<Self, Error> {
        invoke(host, caller, args, ptr::dangling_mut()).map_err(to_wasmi)
    }
}

/// Defines how a result of type `$kind` becomes a `$t`.
macro_rules! outcome {
    ($t:ty, $kind:ident, $read:expr) => {
        impl Outcome for $t {
            #[inline(always)]
            fn invoke(host: &Bound, caller: Caller<'_, State>, args: *const Value) -> Result<Self, Error> {
                invoke_for(host, caller, args, abi::$kind, $read)
            }
        }
    };
}
outcome!(i32, VALTYPE_I32, |value| value.bits_32() as i32);
outcome!(i64, VALTYPE_I64, |value| value.bits_64() as i64);
outcome!(F32, VALTYPE_F32, |value| F32::from_bits(value.bits_32()));
outcome!(F64, VALTYPE_F64, |value| F64::from_bits(value.bits_64()));

/// Defines `$wrap`, which creates the function for the types `$t…` and the result `R`.
macro_rules! wrap {
    ($wrap:ident: $($t:ident $a:ident),*) => {
        // Cold, so that what wasmi does in it is not repeated for each of the signatures.
        #[cold]
        fn $wrap<R: Outcome, $($t: Number),*>(store: &mut Store<State>, host: BoundRef) -> Func
        where
            Result<R, Error>: WasmRet,
        {
            Func::wrap(store, move |caller: Caller<'_, State>, $($a: $t),*| -> Result<R, Error> {
                R::invoke(&host, caller, [$($a.to_value()),*].as_ptr())
            })
        }
    };
}
wrap!(wrap0:);
wrap!(wrap1: A a);
wrap!(wrap2: A a, B b);
wrap!(wrap3: A a, B b, C c);
wrap!(wrap4: A a, B b, C c, D d);
wrap!(wrap5: A a, B b, C c, D d, E e);
wrap!(wrap6: A a, B b, C c, D d, E e, F f);

/// Selects among `$numbers` by the signature, one parameter after another, and calls `$wrap` with the types.
macro_rules! choose {
    ($wrap:ident($store:ident, $host:ident), $r:ident, [$($chosen:ty),*], $numbers:tt,) => {
        $wrap::<$r $(, $chosen)*>($store, $host)
    };
    ($wrap:ident($store:ident, $host:ident), $r:ident, [$($chosen:ty),*], any, $first:expr $(, $rest:expr)*) => {
        match $first {
            ValType::I32 => choose!($wrap($store, $host), $r, [$($chosen,)* i32], any, $($rest),*),
            ValType::I64 => choose!($wrap($store, $host), $r, [$($chosen,)* i64], any, $($rest),*),
            ValType::F32 => choose!($wrap($store, $host), $r, [$($chosen,)* F32], any, $($rest),*),
            ValType::F64 => choose!($wrap($store, $host), $r, [$($chosen,)* F64], any, $($rest),*),
            other => unreachable!("`covers` excludes {other}"),
        }
    };
    ($wrap:ident($store:ident, $host:ident), $r:ident, [$($chosen:ty),*], integers, $first:expr $(, $rest:expr)*) => {
        match $first {
            ValType::I32 => choose!($wrap($store, $host), $r, [$($chosen,)* i32], integers, $($rest),*),
            ValType::I64 => choose!($wrap($store, $host), $r, [$($chosen,)* i64], integers, $($rest),*),
            other => unreachable!("`covers` excludes {other}"),
        }
    };
}

pub(super) use choose;

/// Creates the function; `covers` returned true for its type.
pub(super) fn bind(store: &mut Store<State>, host: BoundRef) -> Func {
    let ty = host.call.ty.clone();
    match ty.results.first() {
        None => long::<()>(&ty.params, store, host),
        Some(ValType::I32) => long::<i32>(&ty.params, store, host),
        Some(ValType::I64) => long::<i64>(&ty.params, store, host),
        Some(ValType::F32) => short::<F32>(&ty.params, store, host),
        Some(ValType::F64) => short::<F64>(&ty.params, store, host),
        Some(other) => unreachable!("`covers` excludes {other}"),
    }
}

fn long<R: Outcome>(params: &[ValType], store: &mut Store<State>, host: BoundRef) -> Func
where
    Result<R, Error>: WasmRet,
{
    match *params {
        [a, b, c, d] => choose!(wrap4(store, host), R, [], integers, a, b, c, d),
        [a, b, c, d, e] => choose!(wrap5(store, host), R, [], integers, a, b, c, d, e),
        [a, b, c, d, e, f] => choose!(wrap6(store, host), R, [], integers, a, b, c, d, e, f),
        _ => short::<R>(params, store, host),
    }
}

fn short<R: Outcome>(params: &[ValType], store: &mut Store<State>, host: BoundRef) -> Func
where
    Result<R, Error>: WasmRet,
{
    match *params {
        [] => wrap0::<R>(store, host),
        [a] => choose!(wrap1(store, host), R, [], any, a),
        [a, b] => choose!(wrap2(store, host), R, [], any, a, b),
        [a, b, c] => choose!(wrap3(store, host), R, [], any, a, b, c),
        _ => unreachable!("`covers` excludes {} parameters", params.len()),
    }
}
