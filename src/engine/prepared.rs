//! Calls from the host into the guest with numbers alone, whose types were compared before.
#![forbid(unsafe_code)]

use super::access::{Access, FuncOf};
use super::watched::{self, Target};
use crate::limits::INLINE_VALUES;
use crate::status::Result;
use crate::value::FuncType;
use libvm_abi::{RawValue, Value};

/// Calls a function of this type: `values` are the arguments, in whose place the results are written.
///
/// # Errors
/// Every failure of a guest.
#[inline]
pub fn call<A: Access>(store: &mut A, target: Target<'_>, func: FuncOf<A>, ty: &FuncType, values: &mut [RawValue]) -> Result<()> {
    if store.state().watch.is_none()
        && let Some(outcome) = store.call_raw(func, values)
    {
        return outcome.map_err(|error| watched::failed(store.state_mut(), target, error));
    }
    call_with_types(store, target, func, ty, values)
}

fn call_with_types<A: Access>(
    store: &mut A,
    target: Target<'_>,
    func: FuncOf<A>,
    ty: &FuncType,
    values: &mut [RawValue],
) -> Result<()> {
    let count = ty.params.len() + ty.results.len();
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
    let (args, results) = room.split_at_mut(ty.params.len());
    for ((arg, ty), value) in args.iter_mut().zip(&ty.params).zip(&*values) {
        *arg = value.to_value(ty.to_abi());
    }
    watched::call(store, target, func, args, results)?;
    for (value, result) in values.iter_mut().zip(results) {
        *value = RawValue::from_value(result);
    }
    Ok(())
}
