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
use wasmi::{AsContextMut, Caller, Extern, Memory, StoreContextMut};

/// What is lent to a host call: its store, or in a start function wasmi's caller, which provides access to the store.
pub enum Lent<'a> {
    Store(StoreContextMut<'a, State>),
    Starting(&'a mut Caller<'a, State>),
}

/// The argument of `Frame::begin`.
#[inline(always)]
pub fn store_pointer(store: StoreContextMut<'_, State>) -> *mut c_void {
    // SAFETY: it is one reference, as wasmi declares it.
    unsafe { mem::transmute::<StoreContextMut<'_, State>, *mut c_void>(store) }
}

/// Returns the memory of a guest that host functions see; while a start function runs, the instance is not known yet, and the
/// memory is looked up.
pub fn memory(guest: &Guest, caller: &Caller<'_, State>) -> Option<Memory> {
    match guest.index() {
        Some(index) => caller.data().instances[index].memory,
        None => guest.memory_name().and_then(|name| caller.get_export(name)).and_then(Extern::into_memory),
    }
}

impl Lent<'_> {
    fn context(&mut self) -> StoreContextMut<'_, State> {
        match self {
            Self::Store(store) => store.as_context_mut(),
            Self::Starting(caller) => caller.as_context_mut(),
        }
    }

    fn export(&self, guest: &Guest, name: &str) -> Option<Extern> {
        match self {
            Self::Store(store) => store.data().instances[guest.index()?].inner.get_export(store, name),
            Self::Starting(caller) => caller.get_export(name),
        }
    }
}

impl LentStore for Lent<'_> {
    type Entity = Entity;

    unsafe fn of(frame: &Frame) -> Self {
        // SAFETY: one of the two was set when the call began, from such a pointer, and is valid until the call ends.
        unsafe {
            match frame.starting().cast::<Caller<'_, State>>().as_mut() {
                Some(caller) => Self::Starting(caller),
                None => Self::Store(mem::transmute::<*mut c_void, StoreContextMut<'_, State>>(frame.store())),
            }
        }
    }

    fn handles(&mut self) -> &mut Handles {
        let handles = match self {
            Self::Store(store) => &mut store.data_mut().handles,
            Self::Starting(caller) => &mut caller.data_mut().handles,
        };
        handles.settle();
        handles
    }

    fn context_data(&mut self) -> *mut c_void {
        self.context().data().user_data.as_ref().map_or(std::ptr::null_mut(), UserData::pointer)
    }

    #[inline]
    fn memory(&mut self, guest: &Guest) -> Option<&mut [u8]> {
        match self {
            Self::Store(store) => store.data().instances[guest.index()?].memory.map(|memory| memory.data_mut(store)),
            Self::Starting(caller) => memory(guest, caller).map(|memory| memory.data_mut(&mut **caller)),
        }
    }

    fn call_export(&mut self, guest: &Guest, name: &str, args: &[Value], results: &mut [Value]) -> Option<Result<()>> {
        let func = self.export(guest, name)?.into_func()?;
        Some(execution::call(self.context(), Callee::Any(func), args, results))
    }

    fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let callee = self.handles().callee(func)?;
        execution::call(self.context(), callee, args, results)
    }

    fn create_extern_ref(&mut self, data: UserData) -> Handle {
        reference::create(self.context(), data)
    }

    fn extern_ref_pointer(&mut self, reference: Handle) -> Result<*mut c_void> {
        self.handles();
        reference::pointer(self.context(), reference)
    }
}
