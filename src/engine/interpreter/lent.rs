//! Stores of wasmi in the pointer of a frame.

use super::state::State;
use crate::engine::lent::{self, Lend};
use std::ffi::c_void;
use std::mem;
use wasmi::{AsContextMut, StoreContextMut};

/// The store that is lent to a host call.
pub type Lent<'a> = lent::Lent<StoreContextMut<'a, State>>;

/// The argument of `Frame::begin`.
#[inline(always)]
pub fn store_pointer(store: StoreContextMut<'_, State>) -> *mut c_void {
    // SAFETY: it is one reference, as wasmi declares it.
    unsafe { mem::transmute::<StoreContextMut<'_, State>, *mut c_void>(store) }
}

impl Lend for StoreContextMut<'_, State> {
    #[inline]
    unsafe fn from_pointer(pointer: *mut c_void) -> Self {
        // SAFETY: `store_pointer` made it from such a store, which the caller promises is still borrowed.
        unsafe { mem::transmute::<*mut c_void, Self>(pointer) }
    }

    #[inline(always)]
    fn pointer(&mut self) -> *mut c_void {
        store_pointer(self.as_context_mut())
    }
}
