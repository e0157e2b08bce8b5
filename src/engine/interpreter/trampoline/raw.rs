//! Trampolines for functions of numbers without types: {i32, i64, f32, f64} for up to 2 parameters, {i32, i64} for up to 4, with at
//! most one result. Every other such function uses those of functions with types.

use super::invoke;
use super::typed::choose;
use crate::engine::bound::BoundRef;
use crate::engine::interpreter::error::to_wasmi;
use crate::engine::interpreter::lent::{self, Lent};
use crate::engine::interpreter::state::State;
use crate::engine::interpreter::values::Number;
use crate::engine::raw::RawCall;
use crate::status::Result;
use crate::value::ValType;
use libvm_abi::{RawValue, Value};
use wasmi::{AsContextMut, Caller, Error, F32, F64, Func, Store, WasmRet};

/// A function with its callback.
#[derive(Clone, Copy)]
struct Raw {
    bound: BoundRef,
    call: RawCall,
}

/// The most values that a trampoline passes.
const MOST: usize = 4;

/// Creates the function; returns `None` if it is not of this kind.
pub(super) fn bind(store: &mut Store<State>, bound: BoundRef) -> Option<Func> {
    let raw = Raw { bound, call: bound.call.function.raw()? };
    let ty = bound.call.ty.clone();
    let integer = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
    let number = |ty: &ValType| integer(ty) || matches!(ty, ValType::F32 | ValType::F64);
    match ty.params.len() {
        0..=2 if ty.params.iter().all(number) => {}
        3..=MOST if ty.params.iter().all(integer) => {}
        _ => return None,
    }
    Some(match *ty.results {
        [] => with_result::<()>(&ty.params, store, raw),
        [ValType::I32] => with_result::<i32>(&ty.params, store, raw),
        [ValType::I64] => with_result::<i64>(&ty.params, store, raw),
        [ValType::F64] => with_result::<F64>(&ty.params, store, raw),
        _ => return None,
    })
}

/// At most one number, the result of a function.
trait Outcome: Sized + 'static {
    fn read(value: &RawValue) -> Self;
}

impl Outcome for () {
    #[inline(always)]
    fn read(_: &RawValue) -> Self {}
}

impl<T: Number> Outcome for T {
    #[inline(always)]
    fn read(value: &RawValue) -> Self {
        T::from_raw(value)
    }
}

/// Calls the callback.
#[inline(never)] // a part of each of the trampolines otherwise
fn call(raw: Raw, mut caller: Caller<'_, State>, values: &mut [RawValue]) -> Result<(), Error> {
    let Some(frame) = raw.bound.direct_frame() else { return otherwise(raw.bound, caller, values).map_err(to_wasmi) };
    // SAFETY: this function has exclusive access to the store.
    unsafe { frame.begin(lent::store_pointer(caller.as_context_mut())) };
    raw.bound.run_raw::<Lent<'_>>(frame, raw.call, values.as_mut_ptr()).map_err(to_wasmi)
}

/// Calls the function as one with types, for what watches it, or inside a call of the same function.
#[cold]
fn otherwise(bound: BoundRef, mut caller: Caller<'_, State>, values: &mut [RawValue]) -> Result<()> {
    let ty = &bound.call.ty;
    let mut args = [Value::NONE; MOST];
    for ((arg, ty), value) in args.iter_mut().zip(&ty.params).zip(&*values) {
        *arg = value.to_value(ty.to_abi());
    }
    let mut result = Value::NONE;
    invoke::uncommon(&bound, &mut caller, args.as_ptr(), &raw mut result)?;
    values[0] = RawValue::from_value(&result);
    Ok(())
}

/// Defines `$wrap`, which creates the function for the types `$t…` and the result `R`.
macro_rules! wrap {
    ($wrap:ident: $($t:ident $a:ident),*) => {
        // Cold, so that what wasmi does in it is not repeated for each of the signatures.
        #[cold]
        fn $wrap<R: Outcome, $($t: Number),*>(store: &mut Store<State>, raw: Raw) -> Func
        where
            Result<R, Error>: WasmRet,
        {
            Func::wrap(store, move |caller: Caller<'_, State>, $($a: $t),*| -> Result<R, Error> {
                // There is room for the result of a function without parameters.
                let values = &mut [$($a.to_raw(),)* RawValue::ZERO];
                call(raw, caller, values)?;
                Ok(R::read(&values[0]))
            })
        }
    };
}
wrap!(wrap0:);
wrap!(wrap1: A a);
wrap!(wrap2: A a, B b);
wrap!(wrap3: A a, B b, C c);
wrap!(wrap4: A a, B b, C c, D d);

fn with_result<R: Outcome>(params: &[ValType], store: &mut Store<State>, raw: Raw) -> Func
where
    Result<R, Error>: WasmRet,
{
    match *params {
        [] => wrap0::<R>(store, raw),
        [a] => choose!(wrap1(store, raw), R, [], any, a),
        [a, b] => choose!(wrap2(store, raw), R, [], any, a, b),
        [a, b, c] => choose!(wrap3(store, raw), R, [], integers, a, b, c),
        [a, b, c, d] => choose!(wrap4(store, raw), R, [], integers, a, b, c, d),
        _ => unreachable!("`bind` excludes {} parameters", params.len()),
    }
}
