//! Functions of numbers without types: the callback reads and writes the values where compiled code has them.

use super::general;
use super::invoke::look_after;
use super::place::{Context, Place, Raw, Work, bound};
use crate::engine::bound::Slot;
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::lent::{self, Lent};
use crate::value::FuncType;
use libvm_abi::RawValue;
use wasmtime::{AsContextMut, ValRaw};

// In both directions: `call` passes values of the host to compiled code.
const _: () = assert!(size_of::<ValRaw>() == size_of::<RawValue>() && align_of::<ValRaw>() == align_of::<RawValue>());

/// Creates a function of this type. Whether executions are looked at is the same in all contexts of an engine.
///
/// # Safety
/// The function at the place is one of numbers without types, and its callback reads and writes values as the type tells.
pub unsafe fn create<P: Place>(place: &mut P, ty: &FuncType, looks: bool, slot: Slot) -> P::Made {
    let params = ty.params.len();
    // SAFETY: promised by the caller.
    unsafe {
        // Most functions do neither, and pay nothing for it.
        match (ty.results.len() > params, looks) {
            (false, false) => place.create(ty, Numbers::<false, false> { params, slot }),
            (false, true) => place.create(ty, Numbers::<false, true> { params, slot }),
            (true, false) => place.create(ty, Numbers::<true, false> { params, slot }),
            (true, true) => place.create(ty, Numbers::<true, true> { params, slot }),
        }
    }
}

/// What the function at a place does: it `CLEARS` the values which are results alone, and `LOOKS` whether its execution may go on.
struct Numbers<const CLEARS: bool, const LOOKS: bool> {
    params: usize,
    slot: Slot,
}

impl<const CLEARS: bool, const LOOKS: bool> Work for Numbers<CLEARS, LOOKS> {
    #[inline(always)]
    fn run(&self, mut store: Context<'_>, values: Raw<'_>) -> wasmtime::Result<()> {
        let bound = bound(&store, self.slot);
        let Some(frame) = bound.direct_frame() else { return general::run(&bound, store, values) };
        // SAFETY: promised by who has created it; it is exchanged for functions of its kind only.
        let raw = unsafe { bound.call.raw.unwrap_unchecked() };
        if CLEARS {
            // What the callback does not write must not be what was on the stack before.
            values.iter_mut().skip(self.params).for_each(|result| _ = result.write(ValRaw::v128(0)));
        }
        // SAFETY: the store is not used before the call has ended.
        unsafe { frame.begin(lent::store_pointer(store.as_context_mut())) };
        let mut outcome = bound.run_raw::<Lent<'_>>(frame, raw, values.as_mut_ptr().cast());
        if LOOKS {
            outcome = outcome.and_then(|()| look_after(&bound.call, store));
        }
        outcome.map_err(to_wasmtime)
    }
}
