//! The store that is lent to a host call, of either engine.

use super::caller::LentStore;
use super::frame::Frame;
use super::guest::Guest;
use super::handles::Handle;
use super::run::Run;
use super::stage::Stage;
use super::suspend::Waiting;
use super::watch::Space;
use super::{compiled, interpreter};
use crate::status::Result;
use crate::user_data::UserData;
use crate::value::FuncType;
use libvm_abi::Value;
use std::ffi::c_void;

/// The store that is lent to a host call.
pub enum Lent<'a> {
    Interpreted(interpreter::Lent<'a>),
    Compiled(compiled::Lent<'a>),
}

impl LentStore for Lent<'_> {
    unsafe fn of(frame: &Frame) -> Self {
        // SAFETY: promised by the caller; the frame's context knows the engine of its store.
        unsafe {
            if frame.is_compiled() {
                Self::Compiled(compiled::Lent::of(frame))
            } else {
                Self::Interpreted(interpreter::Lent::of(frame))
            }
        }
    }

    #[inline]
    fn retain(&mut self, reference: Handle) -> Result<()> {
        match self {
            Self::Interpreted(store) => store.retain(reference),
            Self::Compiled(store) => store.retain(reference),
        }
    }

    #[inline]
    fn release(&mut self, reference: Handle) -> Result<()> {
        match self {
            Self::Interpreted(store) => store.release(reference),
            Self::Compiled(store) => store.release(reference),
        }
    }

    #[inline]
    fn lend(&mut self, value: &Value) {
        match self {
            Self::Interpreted(store) => store.lend(value),
            Self::Compiled(store) => store.lend(value),
        }
    }

    #[inline]
    fn lent(&mut self) -> usize {
        match self {
            Self::Interpreted(store) => store.lent(),
            Self::Compiled(store) => store.lent(),
        }
    }

    #[inline]
    fn take_back(&mut self, mark: usize) {
        match self {
            Self::Interpreted(store) => store.take_back(mark),
            Self::Compiled(store) => store.take_back(mark),
        }
    }

    #[inline]
    fn context_data(&mut self) -> *mut c_void {
        match self {
            Self::Interpreted(store) => store.context_data(),
            Self::Compiled(store) => store.context_data(),
        }
    }

    #[inline]
    fn memory(&mut self, guest: &Guest) -> Option<&mut [u8]> {
        match self {
            Self::Interpreted(store) => store.memory(guest),
            Self::Compiled(store) => store.memory(guest),
        }
    }

    #[inline]
    fn call_export(&mut self, guest: &Guest, name: &str, args: &[Value], results: &mut [Value]) -> Option<Result<()>> {
        match self {
            Self::Interpreted(store) => store.call_export(guest, name, args, results),
            Self::Compiled(store) => store.call_export(guest, name, args, results),
        }
    }

    #[inline]
    fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        match self {
            Self::Interpreted(store) => store.call_ref(func, args, results),
            Self::Compiled(store) => store.call_ref(func, args, results),
        }
    }

    #[inline]
    fn func_type(&mut self, func: Handle) -> Result<FuncType> {
        match self {
            Self::Interpreted(store) => store.func_type(func),
            Self::Compiled(store) => store.func_type(func),
        }
    }

    #[inline]
    fn export_ref(&mut self, guest: &Guest, name: &str) -> Option<Handle> {
        match self {
            Self::Interpreted(store) => store.export_ref(guest, name),
            Self::Compiled(store) => store.export_ref(guest, name),
        }
    }

    #[inline]
    fn run(&mut self) -> &mut Run {
        match self {
            Self::Interpreted(store) => store.run(),
            Self::Compiled(store) => store.run(),
        }
    }

    #[inline]
    fn stage(&mut self) -> Option<&mut Stage> {
        match self {
            Self::Interpreted(store) => store.stage(),
            Self::Compiled(store) => store.stage(),
        }
    }

    #[inline]
    fn with_space(&mut self, work: &mut dyn FnMut(&mut dyn Space)) {
        match self {
            Self::Interpreted(store) => store.with_space(work),
            Self::Compiled(store) => store.with_space(work),
        }
    }

    #[inline]
    fn consume_fuel(&mut self, units: u64) -> Result<()> {
        match self {
            Self::Interpreted(store) => store.consume_fuel(units),
            Self::Compiled(store) => store.consume_fuel(units),
        }
    }

    #[inline]
    fn suspend(&mut self, call: u64, waiting: Waiting, start: Option<(Handle, &[Value])>) -> Result<()> {
        match self {
            Self::Interpreted(store) => store.suspend(call, waiting, start),
            Self::Compiled(store) => store.suspend(call, waiting, start),
        }
    }

    #[inline]
    fn is_suspending(&mut self, call: u64) -> bool {
        match self {
            Self::Interpreted(store) => store.is_suspending(call),
            Self::Compiled(store) => store.is_suspending(call),
        }
    }

    #[inline]
    fn withdraw(&mut self) -> Option<Waiting> {
        match self {
            Self::Interpreted(store) => store.withdraw(),
            Self::Compiled(store) => store.withdraw(),
        }
    }

    #[inline]
    fn create_extern_ref(&mut self, data: UserData) -> Result<Handle> {
        match self {
            Self::Interpreted(store) => store.create_extern_ref(data),
            Self::Compiled(store) => store.create_extern_ref(data),
        }
    }

    #[inline]
    fn extern_ref_data(&mut self, reference: Handle) -> Result<Option<&UserData>> {
        match self {
            Self::Interpreted(store) => store.extern_ref_data(reference),
            Self::Compiled(store) => store.extern_ref_data(reference),
        }
    }
}
