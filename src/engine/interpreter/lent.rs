//! The store that is lent to a host call.

use super::callee::Callee;
use super::entity::{Entity, Handles};
use super::state::State;
use super::{execution, reference};
use crate::engine::caller::LentStore;
use crate::engine::frame::Frame;
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::status::Result;
use crate::user_data::UserData;
use libvm_abi::Value;
use std::ffi::c_void;
use std::mem;
use wasmi::{AsContextMut, Memory, StoreContextMut};

/// The store that is lent to a host call.
pub struct Lent<'a>(StoreContextMut<'a, State>);

/// The argument of `Frame::begin`.
#[inline(always)]
pub fn store_pointer(store: StoreContextMut<'_, State>) -> *mut c_void {
    // SAFETY: it is one reference, as wasmi declares it.
    unsafe { mem::transmute::<StoreContextMut<'_, State>, *mut c_void>(store) }
}

/// Returns the memory of a guest that host functions see.
pub fn memory(guest: &Guest, state: &State) -> Option<Memory> {
    state.instances[guest.index()?].memory
}

impl LentStore for Lent<'_> {
    type Entity = Entity;

    unsafe fn of(frame: &Frame) -> Self {
        // SAFETY: it was set when the call began, from such a pointer, and is valid until the call ends.
        Self(unsafe { mem::transmute::<*mut c_void, StoreContextMut<'_, State>>(frame.store()) })
    }

    fn handles(&mut self) -> &mut Handles {
        let handles = &mut self.0.data_mut().handles;
        handles.settle();
        handles
    }

    fn context_data(&mut self) -> *mut c_void {
        self.0.data().user_data.as_ref().map_or(std::ptr::null_mut(), UserData::pointer)
    }

    #[inline]
    fn memory(&mut self, guest: &Guest) -> Option<&mut [u8]> {
        memory(guest, self.0.data()).map(|memory| memory.data_mut(&mut self.0))
    }

    fn call_export(&mut self, guest: &Guest, name: &str, args: &[Value], results: &mut [Value]) -> Option<Result<()>> {
        let instance = self.0.data().instances[guest.index()?].inner;
        let func = instance.get_export(&self.0, name)?.into_func()?;
        Some(execution::call(self.0.as_context_mut(), Callee::Any(func), args, results))
    }

    fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let callee = self.handles().callee(func)?;
        execution::call(self.0.as_context_mut(), callee, args, results)
    }

    fn create_extern_ref(&mut self, data: UserData) -> Handle {
        reference::create(self.0.as_context_mut(), data)
    }

    fn extern_ref_pointer(&mut self, reference: Handle) -> Result<*mut c_void> {
        self.handles();
        reference::pointer(self.0.as_context_mut(), reference)
    }
}
