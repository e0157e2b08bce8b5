//! The trampoline of every signature that has no trampoline of its own.
//!
//! wasmi's `Func::new` makes one allocation per call for the values that it decodes; this adds none for functions of up to
//! `limits::INLINE_VALUES` parameters and results.

use super::invoke::{invoke, invoke_with};
use crate::engine::bound::{Bound, BoundRef};
use crate::engine::call::HostCall;
use crate::engine::interpreter::error::to_wasmi;
use crate::engine::interpreter::state::State;
use crate::engine::interpreter::{convert, values};
use crate::limits::INLINE_VALUES;
use crate::status::Result;
use libvm_abi::Value;
use std::mem::MaybeUninit;
use wasmi::{Caller, Func, Store, Val};

pub(super) fn bind(store: &mut Store<State>, bound: BoundRef) -> Func {
    let ty = convert::to_wasmi_func_type(&bound.call.ty);
    let count = bound.call.ty.params.len() + bound.call.ty.results.len();
    match (bound.call.ty.has_references(), count) {
        (false, ..=INLINE_VALUES) => Func::new(store, ty, move |caller, params, results| {
            let values = &mut [const { MaybeUninit::uninit() }; INLINE_VALUES];
            numbers(&bound, caller, params, results, values).map_err(to_wasmi)
        }),
        (false, _) => Func::new(store, ty, move |caller, params, results| {
            numbers(&bound, caller, params, results, &mut vec![MaybeUninit::uninit(); count]).map_err(to_wasmi)
        }),
        (true, ..=INLINE_VALUES) => Func::new(store, ty, move |mut caller, params, results| {
            let values = &mut [Value::NONE; INLINE_VALUES][..count];
            references(&bound, &mut caller, params, results, values).map_err(to_wasmi)
        }),
        (true, _) => Func::new(store, ty, move |mut caller, params, results| {
            let values = &mut vec![Value::NONE; count];
            references(&bound, &mut caller, params, results, values).map_err(to_wasmi)
        }),
    }
}

/// Calls with numbers only; `values` is room for arguments and results, of which no more is filled than necessary.
#[inline]
fn numbers(
    bound: &Bound,
    caller: Caller<'_, State>,
    params: &[Val],
    results: &mut [Val],
    values: &mut [MaybeUninit<Value>],
) -> Result<()> {
    let (args, out) = values.split_at_mut(params.len());
    for (arg, param) in args.iter_mut().zip(params) {
        values::give_number(param, |number| _ = arg.write(number));
    }
    let out = &mut out[..results.len()];
    // SAFETY: there is room for this many.
    unsafe { Value::clear(out.as_mut_ptr().cast(), out.len()) };
    invoke(bound, caller, args.as_ptr().cast(), out.as_mut_ptr().cast())?;
    let call = &bound.call;
    for (index, ((result, value), expected)) in results.iter_mut().zip(out).zip(&call.ty.results).enumerate() {
        // SAFETY: the type was written above, and a callback that sets another type is responsible for the value that belongs
        // to it.
        let value = unsafe { &*value.as_ptr() };
        if value.kind != expected.to_abi() {
            return Err(call.wrong_result(index, value.kind));
        }
        values::put_number(result, value);
    }
    Ok(())
}

/// Calls with `values` as the room for arguments and results.
fn references(
    bound: &Bound,
    caller: &mut Caller<'_, State>,
    params: &[Val],
    results: &mut [Val],
    values: &mut [Value],
) -> Result<()> {
    let (args, out) = values.split_at_mut(params.len());
    let lent = caller.data().handles.lent();
    // What was lent is taken back also after an internal error.
    let outcome = bound.call.guarded(|| {
        let handles = &mut caller.data_mut().handles;
        for (arg, param) in args.iter_mut().zip(params) {
            *arg = values::from_val(handles, param);
            handles.lend(arg);
        }
        invoke_with(bound, caller, args.as_ptr(), out.as_mut_ptr())?;
        write(&bound.call, caller, results, out)
    });
    caller.data_mut().handles.take_back(lent);
    outcome
}

fn write(call: &HostCall, caller: &Caller<'_, State>, results: &mut [Val], values: &[Value]) -> Result<()> {
    for (index, (result, value)) in results.iter_mut().zip(values).enumerate() {
        let expected = call.ty.results[index];
        if value.kind != expected.to_abi() {
            return Err(call.wrong_result(index, value.kind));
        }
        let function = &call.function;
        let place = || format!("result {} of host function `{}.{}`", index + 1, function.module, function.name);
        *result = values::to_val(&caller.data().handles, value, expected, place)
            .map_err(|error| error.in_function(&function.module, &function.name).while_doing(&place()))?;
    }
    Ok(())
}
