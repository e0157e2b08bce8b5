//! The store that is lent to a host call.

use super::callee::Callee;
use super::entity::{Entity, Handles};
use super::state::State;
use super::suspended::Request;
use super::watched::{self, Target};
use super::{convert, driver, execution, recorded, reference, traced};
use crate::engine::caller::LentStore;
use crate::engine::frame::Frame;
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::run::Run;
use crate::engine::stage::Stage;
use crate::engine::suspend::Waiting;
use crate::engine::watch::Space;
use crate::status::Result;
use crate::user_data::UserData;
use crate::value::FuncType;
use libvm_abi::Value;
use std::ffi::c_void;
use std::mem;
use wasmi::{AsContextMut, Func, Memory, StoreContextMut};

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

impl Lent<'_> {
    fn call(&mut self, target: Target<'_>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
        let mut store = self.0.as_context_mut();
        if store.data().watch.is_some() {
            let work = |store: StoreContextMut<'_, State>, results: &mut [Value]| execution::call(store, callee, args, results);
            let outcome = watched::call_guest(store.as_context_mut(), target, args, results, work);
            return outcome.map_err(|error| traced::named(store.data(), target, error));
        }
        let outcome = execution::call(store.as_context_mut(), callee, args, results);
        outcome.map_err(|error| {
            store.data_mut().count_failure(&error);
            traced::named(store.data(), target, error)
        })
    }

    fn export(&self, guest: &Guest, name: &str) -> Option<Func> {
        let instance = self.0.data().instances[guest.index()?].inner;
        instance.get_export(&self.0, name)?.into_func()
    }
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
        let func = self.export(guest, name)?;
        Some(self.call(Target::Export(guest, name), Callee::Any(func), args, results))
    }

    fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let callee = self.handles().callee(func)?;
        self.call(Target::Handle(func), callee, args, results)
    }

    fn func_type(&mut self, func: Handle) -> Result<FuncType> {
        let func = self.handles().func(func)?;
        Ok(convert::func_type(&func.ty(&self.0)))
    }

    fn export_ref(&mut self, guest: &Guest, name: &str) -> Option<Handle> {
        let func = self.export(guest, name)?;
        Some(self.handles().insert(Entity::Func(Callee::Any(func))))
    }

    fn run(&mut self) -> &mut Run {
        &mut self.0.data_mut().run
    }

    fn stage(&mut self) -> Option<&mut Stage> {
        self.0.data_mut().stage.as_deref_mut()
    }

    fn with_space(&mut self, work: &mut dyn FnMut(&mut dyn Space)) {
        recorded::lend(self.0.as_context_mut(), work);
    }

    fn consume_fuel(&mut self, units: u64) -> Result<()> {
        recorded::with_recorder(self.0.as_context_mut(), |recorder, _| recorder.charges(units));
        driver::settle(&mut self.0);
        let consumed = self.run().fuel().consume(units);
        driver::refill(&mut self.0);
        consumed
    }

    fn suspend(&mut self, call: u64, waiting: Waiting, start: Option<(Handle, &[Value])>) -> Result<()> {
        let start = start.map(|(func, args)| execution::prepare(&mut self.0, func, args)).transpose()?;
        self.0.data_mut().requests.push(Request { call, waiting, start });
        Ok(())
    }

    fn is_suspending(&mut self, call: u64) -> bool {
        self.0.data().requests.last().is_some_and(|request| request.call == call)
    }

    fn withdraw(&mut self) -> Option<Waiting> {
        self.0.data_mut().requests.pop().map(|request| request.waiting)
    }

    fn create_extern_ref(&mut self, data: UserData) -> Result<Handle> {
        reference::create(self.0.as_context_mut(), data)
    }

    fn extern_ref_data(&mut self, reference: Handle) -> Result<Option<&UserData>> {
        self.handles();
        reference::data(&self.0, reference)
    }
}
