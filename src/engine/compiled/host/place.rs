//! What all host functions are made of: the store of the context that calls, values, and where functions are created.

use crate::engine::bound::{BoundRef, Slot};
use crate::engine::compiled::convert;
use crate::engine::compiled::state::State;
use crate::value::FuncType;
use std::mem::MaybeUninit;
use wasmtime::{AsContextMut, Func, Result, Store, StoreContextMut, ValRaw};

/// The store of the context that calls: a pointer, which stays in a register where wasmtime's caller, of which nothing else is needed, does not.
pub type Context<'a> = StoreContextMut<'a, State>;

/// Parameters, in whose place the results are written.
pub type Raw<'a> = &'a mut [MaybeUninit<ValRaw>];

/// What a function does. A trait of its own, since closures cannot be inlined always.
pub trait Work: Send + Sync + 'static {
    /// Does it.
    ///
    /// # Errors
    /// The trap of a call that failed.
    fn run(&self, store: Context<'_>, raw: Raw<'_>) -> Result<()>;
}

/// Where functions are created.
pub trait Place {
    type Made;

    /// Creates a function.
    ///
    /// # Safety
    /// The work reads and writes values as the type tells.
    unsafe fn create(&mut self, ty: &FuncType, work: impl Work) -> Self::Made;
}

impl Place for Store<State> {
    type Made = Func;

    unsafe fn create(&mut self, ty: &FuncType, work: impl Work) -> Func {
        let ty = convert::to_wasmtime_func_type(self.engine(), ty);
        // SAFETY: promised by the caller.
        unsafe { Func::new_unchecked(self, ty, move |mut caller, raw| work.run(caller.as_context_mut(), raw)) }
    }
}

/// Returns the host function at a place in the context that calls.
#[inline(always)]
pub fn bound(store: &Context<'_>, slot: Slot) -> BoundRef {
    // SAFETY: a function of the store was created for a host function at this place in it; for one of all stores see `linked`.
    unsafe { store.data().frames.at_unchecked(slot) }
}
