//! Functions of every other type. Up to `limits::INLINE_VALUES` parameters and results need no allocation.

use super::invoke::invoke;
use super::place::{Context, Raw, Work, bound};
use crate::engine::bound::{Bound, Slot};
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::values;
use crate::engine::operand::Operand;
use crate::limits::INLINE_VALUES;
use crate::status::Result;
use libvm_abi::Value;
use wasmtime::{AsContextMut, ValRaw};

/// What the function at a place does.
pub struct General(pub Slot);

impl Work for General {
    fn run(&self, store: Context<'_>, raw: Raw<'_>) -> wasmtime::Result<()> {
        run(&bound(&store, self.0), store, raw)
    }
}

/// Calls a function with the values that compiled code has written, and writes the results.
pub(super) fn run(bound: &Bound, store: Context<'_>, raw: Raw<'_>) -> wasmtime::Result<()> {
    let count = bound.call.ty.params.len() + bound.call.ty.results.len();
    let (mut few, mut many);
    let values: &mut [Value] = if count <= INLINE_VALUES {
        few = [Value::NONE; INLINE_VALUES];
        &mut few[..count]
    } else {
        many = vec![Value::NONE; count];
        &mut many
    };
    call(bound, store, raw, values).map_err(to_wasmtime)
}

fn call(bound: &Bound, mut store: Context<'_>, raw: Raw<'_>, values: &mut [Value]) -> Result<()> {
    let call = &bound.call;
    let lent = store.data().handles.lent();
    let outcome = call.guarded(|| {
        let (args, results) = values.split_at_mut(call.ty.params.len());
        for ((arg, ty), raw) in args.iter_mut().zip(&call.ty.params).zip(&*raw) {
            // SAFETY: compiled code of the store has written the parameters of the type.
            *arg = unsafe { values::from_raw(&mut store, *ty, raw) };
            if ty.is_reference() {
                store.data_mut().handles.lend(arg);
            }
        }
        invoke(bound, store.as_context_mut(), args.as_ptr(), results.as_mut_ptr())?;
        for (index, (value, raw)) in results.iter().zip(raw).enumerate() {
            raw.write(result(bound, &mut store, index, value)?);
        }
        Ok(())
    });
    store.data_mut().handles.take_back(lent);
    outcome
}

/// Returns a result for wasm.
fn result(bound: &Bound, store: &mut Context<'_>, index: usize, value: &Value) -> Result<ValRaw> {
    let (call, expected) = (&bound.call, bound.call.ty.results[index]);
    if value.kind != expected.to_abi() {
        return Err(call.wrong_result(index, value.kind));
    }
    let function = &call.function;
    let place = || format!("result {} of host function `{}.{}`", index + 1, function.module, function.name);
    let resolved = Operand::new(&store.data().handles, value, expected, place);
    let resolved = resolved.map_err(|error| error.in_function(&function.module, &function.name).while_doing(&place()))?;
    Ok(values::to_raw(store, resolved))
}
