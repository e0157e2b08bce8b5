//! Functions with a fixed number of parameters that are numbers, and at most one result.

use super::invoke::{invoke, invoke_for};
use crate::engine::bound::BoundRef;
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::state::State;
use crate::engine::compiled::values::{number, to_raw_number};
use crate::value::ValType;
use libvm_abi::Value;
use std::mem::MaybeUninit;
use std::{array, ptr};
use wasmtime::{Caller, Func, FuncType, Result, Store, ValRaw};

type Raw<'a> = &'a mut [MaybeUninit<ValRaw>];

/// Creates the function; returns `None` if its type is not of this kind.
pub fn bind(store: &mut Store<State>, ty: &FuncType, bound: BoundRef) -> Option<Func> {
    let number = |ty: &ValType| !ty.is_reference() && *ty != ValType::V128;
    let types = &bound.call.ty;
    if !types.params.iter().chain(&types.results).all(number) || types.results.len() > 1 {
        return None;
    }
    Some(match types.params.len() {
        0 => with_params::<0>(store, ty, bound),
        1 => with_params::<1>(store, ty, bound),
        2 => with_params::<2>(store, ty, bound),
        3 => with_params::<3>(store, ty, bound),
        4 => with_params::<4>(store, ty, bound),
        5 => with_params::<5>(store, ty, bound),
        6 => with_params::<6>(store, ty, bound),
        7 => with_params::<7>(store, ty, bound),
        8 => with_params::<8>(store, ty, bound),
        _ => return None,
    })
}

fn with_params<const N: usize>(store: &mut Store<State>, ty: &FuncType, bound: BoundRef) -> Func {
    let types: [ValType; N] = array::from_fn(|index| bound.call.ty.params[index]);
    match bound.call.ty.results.first().copied() {
        None => create(store, ty, move |caller, raw| {
            // SAFETY: compiled code has written the parameters of the type.
            let args = unsafe { arguments(&types, raw) };
            invoke(&bound, caller, args.as_ptr(), ptr::dangling_mut()).map_err(to_wasmtime)
        }),
        Some(result) => create(store, ty, move |caller, raw| {
            // SAFETY: as above.
            let args = unsafe { arguments(&types, raw) };
            let result = invoke_for(&bound, caller, args.as_ptr(), result.to_abi(), to_raw_number)?;
            // SAFETY: there is room for the results of the type, of which there is one.
            unsafe { raw.get_unchecked_mut(0) }.write(result);
            Ok(())
        }),
    }
}

fn create(
    store: &mut Store<State>,
    ty: &FuncType,
    work: impl Fn(Caller<'_, State>, Raw<'_>) -> Result<()> + Send + Sync + 'static,
) -> Func {
    // SAFETY: `with_params` reads and writes values as the type, from which it has taken their number, tells.
    unsafe { Func::new_unchecked(store, ty.clone(), work) }
}

/// Reads the arguments.
///
/// # Safety
/// There is an argument of each type.
#[inline(always)]
unsafe fn arguments<const N: usize>(types: &[ValType; N], raw: Raw<'_>) -> [Value; N] {
    // SAFETY: promised by the caller.
    array::from_fn(|index| unsafe { number(types[index], raw.get_unchecked(index)) })
}
