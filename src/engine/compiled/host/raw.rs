//! Functions of numbers without types: the callback reads and writes the values where compiled code has them.

use super::general;
use super::invoke::look_after;
use crate::engine::bound::BoundRef;
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::lent::{self, Lent};
use crate::engine::compiled::state::State;
use crate::engine::raw::RawCall;
use libvm_abi::RawValue;
use std::mem::MaybeUninit;
use wasmtime::{AsContextMut, Caller, Func, FuncType, Store, ValRaw};

// In both directions: `call` passes values of the host to compiled code.
const _: () = assert!(size_of::<ValRaw>() == size_of::<RawValue>() && align_of::<ValRaw>() == align_of::<RawValue>());

/// Creates the function; returns `None` if it is not of this kind.
pub fn bind(store: &mut Store<State>, ty: &FuncType, bound: BoundRef) -> Option<Func> {
    // Compiled code has all numbers in little endian.
    let raw = bound.call.function.raw().filter(|_| cfg!(target_endian = "little"))?;
    let call = &bound.call;
    // Most functions do neither, and pay nothing for it.
    Some(match (call.ty.results.len() > call.ty.params.len(), call.looks) {
        (false, false) => create::<false, false>(store, ty, bound, raw),
        (false, true) => create::<false, true>(store, ty, bound, raw),
        (true, false) => create::<true, false>(store, ty, bound, raw),
        (true, true) => create::<true, true>(store, ty, bound, raw),
    })
}

/// Creates a function that `CLEARS` the values which are results alone, and `LOOKS` whether its execution may go on.
fn create<const CLEARS: bool, const LOOKS: bool>(store: &mut Store<State>, ty: &FuncType, bound: BoundRef, raw: RawCall) -> Func {
    let params = bound.call.ty.params.len();
    let work = move |mut caller: Caller<'_, State>, values: &mut [MaybeUninit<ValRaw>]| {
        let Some(frame) = bound.direct_frame() else { return general::run(&bound, &mut caller, values) };
        if CLEARS {
            // What the callback does not write must not be what was on the stack before.
            values.iter_mut().skip(params).for_each(|result| _ = result.write(ValRaw::v128(0)));
        }
        // SAFETY: the caller is not used before the call has ended.
        unsafe { frame.begin(lent::store_pointer(caller.as_context_mut())) };
        let mut outcome = bound.run_raw::<Lent<'_>>(frame, raw, values.as_mut_ptr().cast());
        if LOOKS {
            outcome = outcome.and_then(|()| look_after(&bound.call, &mut caller));
        }
        outcome.map_err(to_wasmtime)
    };
    // SAFETY: the callback reads and writes values as the type tells: the host has promised it.
    unsafe { Func::new_unchecked(store, ty.clone(), work) }
}
