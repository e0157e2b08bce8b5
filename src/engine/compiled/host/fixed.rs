//! Functions with a fixed number of parameters that are numbers, and at most one result.

use super::invoke::{invoke, invoke_for};
use super::place::{Context, Place, Raw, Work, bound};
use crate::engine::bound::Slot;
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::values::{number, to_raw_number};
use crate::value::{FuncType, ValType};
use libvm_abi::Value;
use std::{array, ptr};

/// Creates the function; returns `None` if its type is not of this kind.
pub fn bind<P: Place>(place: &mut P, ty: &FuncType, slot: Slot) -> Option<P::Made> {
    let number = |ty: &ValType| !ty.is_reference() && *ty != ValType::V128;
    if !ty.params.iter().chain(&ty.results).all(number) || ty.results.len() > 1 {
        return None;
    }
    Some(match ty.params.len() {
        0 => with_params::<0, P>(place, ty, slot),
        1 => with_params::<1, P>(place, ty, slot),
        2 => with_params::<2, P>(place, ty, slot),
        3 => with_params::<3, P>(place, ty, slot),
        4 => with_params::<4, P>(place, ty, slot),
        5 => with_params::<5, P>(place, ty, slot),
        6 => with_params::<6, P>(place, ty, slot),
        7 => with_params::<7, P>(place, ty, slot),
        8 => with_params::<8, P>(place, ty, slot),
        _ => return None,
    })
}

fn with_params<const N: usize, P: Place>(place: &mut P, ty: &FuncType, slot: Slot) -> P::Made {
    let types: [ValType; N] = array::from_fn(|index| ty.params[index]);
    // SAFETY: the work reads and writes values as the type, from which it has taken their number, tells.
    unsafe {
        match ty.results.first() {
            None => place.create(ty, WithoutResult { types, slot }),
            Some(result) => place.create(ty, WithResult { types, result: *result, slot }),
        }
    }
}

/// What a function without results does.
struct WithoutResult<const N: usize> {
    types: [ValType; N],
    slot: Slot,
}

impl<const N: usize> Work for WithoutResult<N> {
    #[inline(always)]
    fn run(&self, store: Context<'_>, raw: Raw<'_>) -> wasmtime::Result<()> {
        // SAFETY: compiled code has written the parameters of the type.
        let args = unsafe { arguments(&self.types, raw) };
        invoke(&bound(&store, self.slot), store, args.as_ptr(), ptr::dangling_mut()).map_err(to_wasmtime)
    }
}

/// What a function with a result does.
struct WithResult<const N: usize> {
    types: [ValType; N],
    result: ValType,
    slot: Slot,
}

impl<const N: usize> Work for WithResult<N> {
    #[inline(always)]
    fn run(&self, store: Context<'_>, raw: Raw<'_>) -> wasmtime::Result<()> {
        // SAFETY: as above.
        let args = unsafe { arguments(&self.types, raw) };
        let result = invoke_for(&bound(&store, self.slot), store, args.as_ptr(), self.result.to_abi(), to_raw_number)?;
        // SAFETY: there is room for the results of the type, of which there is one.
        unsafe { raw.get_unchecked_mut(0) }.write(result);
        Ok(())
    }
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
