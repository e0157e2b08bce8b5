//! Functions of every other type. Up to `limits::INLINE_VALUES` parameters and results need no allocation.

use super::invoke::invoke_with;
use crate::engine::bound::{Bound, BoundRef};
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::state::State;
use crate::engine::compiled::values;
use crate::engine::operand::Operand;
use crate::limits::INLINE_VALUES;
use crate::status::Result;
use libvm_abi::Value;
use std::mem::MaybeUninit;
use wasmtime::{AsContextMut, Caller, Func, FuncType, Store, ValRaw};

pub fn bind(store: &mut Store<State>, ty: FuncType, bound: BoundRef) -> Func {
    let work = move |mut caller: Caller<'_, State>, raw: &mut [MaybeUninit<ValRaw>]| run(&bound, &mut caller, raw);
    // SAFETY: `run` reads and writes values as the type tells.
    unsafe { Func::new_unchecked(store, ty, work) }
}

/// Calls a function with the values that compiled code has written, and writes the results.
pub(super) fn run(bound: &Bound, caller: &mut Caller<'_, State>, raw: &mut [MaybeUninit<ValRaw>]) -> wasmtime::Result<()> {
    let count = bound.call.ty.params.len() + bound.call.ty.results.len();
    let (mut few, mut many);
    let values: &mut [Value] = if count <= INLINE_VALUES {
        few = [Value::NONE; INLINE_VALUES];
        &mut few[..count]
    } else {
        many = vec![Value::NONE; count];
        &mut many
    };
    call(bound, caller, raw, values).map_err(to_wasmtime)
}

fn call(bound: &Bound, caller: &mut Caller<'_, State>, raw: &mut [MaybeUninit<ValRaw>], values: &mut [Value]) -> Result<()> {
    let call = &bound.call;
    let lent = caller.data().handles.lent();
    let outcome = call.guarded(|| {
        let (args, results) = values.split_at_mut(call.ty.params.len());
        let mut store = caller.as_context_mut();
        for ((arg, ty), raw) in args.iter_mut().zip(&call.ty.params).zip(&*raw) {
            // SAFETY: compiled code of the store has written the parameters of the type.
            *arg = unsafe { values::from_raw(&mut store, *ty, raw) };
            if ty.is_reference() {
                store.data_mut().handles.lend(arg);
            }
        }
        invoke_with(bound, caller, args.as_ptr(), results.as_mut_ptr())?;
        for (index, (value, raw)) in results.iter().zip(raw).enumerate() {
            raw.write(result(bound, caller, index, value)?);
        }
        Ok(())
    });
    caller.data_mut().handles.take_back(lent);
    outcome
}

/// Returns a result for wasm.
fn result(bound: &Bound, caller: &mut Caller<'_, State>, index: usize, value: &Value) -> Result<ValRaw> {
    let (call, expected) = (&bound.call, bound.call.ty.results[index]);
    if value.kind != expected.to_abi() {
        return Err(call.wrong_result(index, value.kind));
    }
    let function = &call.function;
    let place = || format!("result {} of host function `{}.{}`", index + 1, function.module, function.name);
    let resolved = Operand::new(&caller.data().handles, value, expected, place);
    let resolved = resolved.map_err(|error| error.in_function(&function.module, &function.name).while_doing(&place()))?;
    Ok(values::to_raw(&mut caller.as_context_mut(), resolved))
}
