//! The store that is lent to a host call.

use super::access::{Access, FuncOf, Item};
use super::caller::LentStore;
use super::entity::{Entity, Handles};
use super::frame::Frame;
use super::guest::Guest;
use super::handles::Handle;
use super::request::{Request, Start};
use super::run::Run;
use super::stage::Stage;
use super::suspend::Waiting;
use super::watch::Space;
use super::watched::{self, Target};
use super::{arguments, recorded, reference};
use crate::status::Result;
use crate::tight;
use crate::user_data::UserData;
use crate::value::FuncType;
use libvm_abi::Value;
use std::ffi::c_void;

/// A borrowed store that fits into the pointer of a frame.
pub trait Lend: Access {
    /// Returns the store that such a pointer stands for.
    ///
    /// # Safety
    /// The pointer was made from such a store, which is borrowed for as long as this one is used, and not used meanwhile.
    unsafe fn from_pointer(pointer: *mut c_void) -> Self;

    /// Returns the pointer for a frame, which stands for this store.
    fn pointer(&mut self) -> *mut c_void;
}

/// The store that is lent to a host call.
pub struct Lent<A>(A);

impl<A: Lend> Lent<A> {
    fn export(&mut self, guest: &Guest, name: &str) -> Option<FuncOf<A>> {
        let instance = self.0.state().instances[guest.index()?].inner;
        match self.0.export(instance, name)? {
            Item::Func(func) => Some(func),
            _ => None,
        }
    }

    /// Returns the root table, after applying the releases that were requested meanwhile.
    fn handles(&mut self) -> &mut Handles<A::Backend> {
        let handles = &mut self.0.state_mut().handles;
        handles.settle();
        handles
    }

    /// Prepares a call that the host function requests while it is suspended.
    fn prepare(&mut self, handle: Handle, args: &[Value]) -> Result<Start<A::Backend>> {
        let func = self.0.state().handles.func(handle)?;
        arguments::check_references(&self.0.state().handles, args)?;
        arguments::check_args(&self.0.func_type(func), args)?;
        // The callback has borrowed them until it returns.
        let handles = &mut self.0.state_mut().handles;
        args.iter().map(Value::reference).chain([handle]).try_for_each(|reference| handles.retain(reference))?;
        Ok(Start { func, handle, args: args.into() })
    }
}

impl<A: Lend> LentStore for Lent<A> {
    unsafe fn of(frame: &Frame) -> Self {
        // SAFETY: it was set when the call began, and is valid until the call ends.
        Self(unsafe { A::from_pointer(frame.store()) })
    }

    fn retain(&mut self, reference: Handle) -> Result<()> {
        self.handles().retain(reference)
    }

    fn release(&mut self, reference: Handle) -> Result<()> {
        self.handles().release(reference)
    }

    fn lend(&mut self, value: &Value) {
        self.handles().lend(value);
    }

    fn lent(&mut self) -> usize {
        self.handles().lent()
    }

    fn take_back(&mut self, mark: usize) {
        self.handles().take_back(mark);
    }

    fn context_data(&mut self) -> *mut c_void {
        UserData::pointer_of(self.0.state().user_data.as_deref())
    }

    #[inline]
    fn memory(&mut self, guest: &Guest) -> Option<&mut [u8]> {
        let memory = self.0.state().memory_of(guest)?;
        Some(self.0.memory(memory))
    }

    fn call_export(&mut self, guest: &Guest, name: &str, args: &[Value], results: &mut [Value]) -> Option<Result<()>> {
        let func = self.export(guest, name)?;
        Some(watched::call(&mut self.0, Target::Export(guest, name), func, args, results))
    }

    fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let called = self.handles().func(func)?;
        watched::call(&mut self.0, Target::Handle(func), called, args, results)
    }

    fn func_type(&mut self, func: Handle) -> Result<FuncType> {
        let func = self.handles().func(func)?;
        Ok(self.0.func_type(func))
    }

    fn export_ref(&mut self, guest: &Guest, name: &str) -> Option<Handle> {
        let func = self.export(guest, name)?;
        Some(self.handles().insert(Entity::Func(func)))
    }

    fn run(&mut self) -> &mut Run {
        &mut self.0.state_mut().run
    }

    fn stage(&mut self) -> Option<&mut Stage> {
        self.0.state_mut().stage.as_deref_mut()
    }

    fn with_space(&mut self, work: &mut dyn FnMut(&mut dyn Space)) {
        recorded::lend(&mut self.0, work);
    }

    fn consume_fuel(&mut self, units: u64) -> Result<()> {
        recorded::with_recorder(&mut self.0, |recorder, _| recorder.charges(units));
        self.0.settle_fuel();
        let consumed = self.run().fuel().consume(units);
        self.0.refill_fuel();
        consumed
    }

    fn suspend(&mut self, call: u64, waiting: Waiting, start: Option<(Handle, &[Value])>) -> Result<()> {
        let start = start.map(|(func, args)| self.prepare(func, args)).transpose()?;
        tight::push(&mut self.0.state_mut().requests, Request { call, waiting, start });
        Ok(())
    }

    fn is_suspending(&mut self, call: u64) -> bool {
        self.0.state().requests.last().is_some_and(|request| request.call == call)
    }

    fn withdraw(&mut self) -> Option<Waiting> {
        self.0.state_mut().requests.pop().map(|request| request.waiting)
    }

    fn create_extern_ref(&mut self, data: UserData) -> Result<Handle> {
        reference::create(&mut self.0, data)
    }

    fn extern_ref_data(&mut self, reference: Handle) -> Result<Option<&UserData>> {
        self.handles();
        let index = reference::index(&self.0, reference)?;
        Ok(index.map(|index| &self.0.state().objects[index]))
    }
}
