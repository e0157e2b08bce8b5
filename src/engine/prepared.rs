//! Calls from the host into the guest with numbers alone, whose types were compared before.
#![forbid(unsafe_code)]

use super::access::{Access, FuncOf};
use super::watched::{self, Target};
use crate::limits::INLINE_VALUES;
use crate::status::Result;
use crate::value::ValType;
use libvm_abi::{RawValue, Value};

/// Calls a function of these types, which are numbers: `values` are the arguments, in whose place the results are written.
///
/// # Errors
/// Every failure of a guest.
#[inline]
pub fn call<A: Access>(
    store: &mut A,
    target: Target<'_>,
    func: FuncOf<A>,
    types: (&[ValType], &[ValType]),
    values: &mut [RawValue],
) -> Result<()> {
    if store.state().watch.is_none()
        && let Some(outcome) = store.call_raw(func, types.0.len(), values)
    {
        return outcome.map_err(|error| watched::failed(store.state_mut(), target, error));
    }
    call_with_types(store, target, func, types, values)
}

fn call_with_types<A: Access>(
    store: &mut A,
    target: Target<'_>,
    func: FuncOf<A>,
    (params, results): (&[ValType], &[ValType]),
    values: &mut [RawValue],
) -> Result<()> {
    let count = params.len() + results.len();
    let (mut few, mut more, mut many);
    let room: &mut [Value] = match count {
        0..=4 => {
            few = [Value::NONE; 4];
            &mut few[..count]
        }
        5..=INLINE_VALUES => {
            more = [Value::NONE; INLINE_VALUES];
            &mut more[..count]
        }
        _ => {
            many = vec![Value::NONE; count];
            &mut many
        }
    };
    let (args, found) = room.split_at_mut(params.len());
    for ((arg, ty), value) in args.iter_mut().zip(params).zip(&*values) {
        *arg = value.to_value(ty.to_abi());
    }
    watched::call(store, target, func, args, found)?;
    for (value, result) in values.iter_mut().zip(found) {
        *value = RawValue::from_value(result);
    }
    Ok(())
}
