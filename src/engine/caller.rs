//! The functions of a callback's `VM_Caller`, independent of the engine that runs the guest.

use super::bounds::range;
use super::frame::{Claimed, Frame};
use super::function::HostFunction;
use super::guest::{Guest, NO_MEMORY};
use super::handles::Handle;
use super::run::Run;
use super::stage::Stage;
use super::suspend::{Suspension, Waiting};
use super::watch::Space;
use crate::status::{Error, Result};
use crate::text;
use crate::user_data::UserData;
use crate::value::FuncType;
use libvm_abi::{self as abi, Buffer, Value};
use std::any::Any;
use std::ffi::{CString, c_char, c_void};

/// The store that is lent to a host call: the operations of an engine for callers.
pub trait LentStore {
    /// Returns the store that is lent to the call in a frame.
    ///
    /// # Safety
    /// A call is in the frame, and nothing else that was lent to it is in use.
    unsafe fn of(frame: &Frame) -> Self;

    /// Retains a reference. See `Handles`, for this and the next ones.
    fn retain(&mut self, reference: Handle) -> Result<()>;

    /// Releases a reference.
    fn release(&mut self, reference: Handle) -> Result<()>;

    /// Lends a reference to the running callback.
    fn lend(&mut self, value: &Value);

    /// Returns how much is lent.
    fn lent(&mut self) -> usize;

    /// Ends everything that was lent since `lent` returned `mark`.
    fn take_back(&mut self, mark: usize);

    /// Returns the host's data of the context; NULL if there is none.
    fn context_data(&mut self) -> *mut c_void;

    /// Returns the memory of a guest that host functions see.
    fn memory(&mut self, guest: &Guest) -> Option<&mut [u8]>;

    /// Calls a function that a guest exports; returns `None` if it exports no function with that name.
    fn call_export(&mut self, guest: &Guest, name: &str, args: &[Value], results: &mut [Value]) -> Option<Result<()>>;

    /// Calls the function that a funcref refers to.
    ///
    /// # Errors
    /// Those of an invalid handle, of invalid arguments, and every failure of a guest.
    fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()>;

    /// Returns the type of a function.
    ///
    /// # Errors
    /// Those of an invalid handle.
    fn func_type(&mut self, func: Handle) -> Result<FuncType>;

    /// Returns a handle of a function that a guest exports.
    fn export_ref(&mut self, guest: &Guest, name: &str) -> Option<Handle>;

    /// Returns the budget of the execution.
    fn run(&mut self) -> &mut Run;

    /// Returns the events of the running stage of a stream.
    fn stage(&mut self) -> Option<&mut Stage>;

    /// Lends what a recorder needs of the store.
    fn with_space(&mut self, work: &mut dyn FnMut(&mut dyn Space));

    /// Takes fuel from the budget for work of the host.
    ///
    /// # Errors
    /// Those of `Fuel::consume`.
    fn consume_fuel(&mut self, units: u64) -> Result<()>;

    /// Records that a call is to be suspended when its callback returns, and that the guest's function is called meanwhile.
    ///
    /// # Errors
    /// Those of an invalid handle and of invalid arguments.
    fn suspend(&mut self, call: u64, waiting: Waiting, start: Option<(Handle, &[Value])>) -> Result<()>;

    /// Returns whether the call with this number, the innermost one, is to be suspended.
    fn is_suspending(&mut self, call: u64) -> bool;

    /// Takes back what `suspend` recorded for the innermost call.
    fn withdraw(&mut self) -> Option<Waiting>;

    /// Creates an externref that owns a pointer.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    fn create_extern_ref(&mut self, data: UserData) -> Result<Handle>;

    /// Returns the data of an externref; `None` for the null reference.
    ///
    /// # Errors
    /// Those of an invalid handle.
    fn extern_ref_data(&mut self, reference: Handle) -> Result<Option<&UserData>>;
}

/// The call that a `VM_Caller` belongs to, while a function of the caller runs.
pub struct ActiveCall<S> {
    store: S,
    claimed: Claimed,
}

/// Claims the call that `caller` belongs to.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_STALE` outside of the call, `STATUS_WRONG_THREAD`, `STATUS_REENTRANT` if the callback
/// is in another function of the caller: one that calls the guest, or frees data of the host.
///
/// # Safety
/// `caller` is null or was passed to a callback by this library, in a call of this engine.
pub unsafe fn with_caller<S: LentStore, R>(
    caller: *mut abi::Caller,
    work: impl FnOnce(&mut ActiveCall<S>) -> Result<R, abi::Status>,
) -> Result<R, abi::Status> {
    // SAFETY: promised above.
    let claimed = unsafe { Claimed::new(caller)? };
    // SAFETY: a call is in the frame, whose trampoline waits for the callback and does not access its store; no other function
    // of the caller is running, or the frame could not be claimed.
    let store = unsafe { S::of(&claimed.frame()) };
    work(&mut ActiveCall { store, claimed })
}

fn no_export(name: &str) -> Error {
    let name = text::name(name);
    Error::new(abi::STATUS_NOT_FOUND, format!("the calling guest exports no function `{name}`"))
}

impl<S: LentStore> ActiveCall<S> {
    /// Returns the host function that is running.
    pub fn function(&self) -> &HostFunction {
        &self.claimed.call().function
    }

    /// Returns the size of the guest's memory in bytes.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if the guest has no memory that host functions see.
    pub fn memory_size(&mut self) -> Result<u64> {
        self.memory().map(|memory| memory.len() as u64)
    }

    /// Returns a pointer into the guest's memory, which is valid until the callback returns or calls the guest.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_BOUNDS`, and those of `memory_size`.
    pub fn memory_span(&mut self, address: u64, size: u64) -> Result<Buffer> {
        let memory = self.memory()?;
        let range = range(memory.len(), address, size)?;
        let bytes = &mut memory[range];
        Ok(Buffer { data: bytes.as_mut_ptr(), size: bytes.len() })
    }

    #[inline]
    fn memory(&mut self) -> Result<&mut [u8]> {
        self.store
            .memory(&self.claimed.call().guest)
            .ok_or_else(|| Error::new(abi::STATUS_NOT_FOUND, format!("the guest {NO_MEMORY}")))
    }

    /// Calls a function that the guest exports. References in the results are borrowed until the callback returns.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, and those of `Store::call`.
    pub fn call_export(&mut self, name: &str, args: &[Value], results: &mut [Value]) -> Result<()> {
        let Some(outcome) = self.store.call_export(&self.claimed.call().guest, name, args, results) else {
            return Err(no_export(name));
        };
        self.finish(outcome, Some(name), results)
    }

    /// Calls the function that a funcref refers to. References in the results are borrowed until the callback returns.
    ///
    /// # Errors
    /// Those of `Store::call`.
    pub fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let outcome = self.store.call_ref(func, args, results);
        self.finish(outcome, None, results)
    }

    /// Returns the type of the function that a funcref refers to.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn func_type(&mut self, func: Handle) -> Result<FuncType> {
        self.store.func_type(func)
    }

    /// Ends a call of the guest: lends the results, or keeps the error for the failure of the callback itself. A trap without
    /// a location happened in the function `name`, or in one that it called.
    fn finish(&mut self, outcome: Result<()>, name: Option<&str>, results: &[Value]) -> Result<()> {
        let Err(error) = outcome else {
            results.iter().for_each(|result| self.lend(result));
            return Ok(());
        };
        let error = match name.filter(|_| error.is_guest_trap() && error.function().is_none()) {
            Some(name) => {
                let host = self.function();
                let what = format!("in `{name}`, called by host function `{}.{}`", host.module, host.name);
                error.in_guest_function(name).while_doing(&what)
            }
            None => error,
        };
        self.claimed.frame().set_guest_failure(error.clone());
        Err(error)
    }

    /// Lends a reference to the callback until it returns.
    fn lend(&mut self, value: &Value) {
        self.claimed.frame().set_lent(|| self.store.lent());
        self.store.lend(value);
    }

    /// Returns the events of the running stage of a stream.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` outside of a stage.
    #[inline]
    pub fn stage(&mut self) -> Result<&mut Stage> {
        self.store.stage().ok_or_else(|| {
            let message = "no event is handled: the call is not made by a stage of a stream (VM_StreamAddGuestStage)";
            Error::new(abi::STATUS_NOT_FOUND, message)
        })
    }

    /// Returns the host's data of the context; NULL if there is none.
    pub fn context_data(&mut self) -> *mut c_void {
        self.store.context_data()
    }

    /// Returns a reference to a function that the guest exports; it is borrowed until the callback returns.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`.
    pub fn export_ref(&mut self, name: &str) -> Result<Handle> {
        let found = self.store.export_ref(&self.claimed.call().guest, name).ok_or_else(|| no_export(name))?;
        self.lend(&Value::func_ref(found));
        Ok(found)
    }

    /// Suspends the call when its callback returns; returns the token by which any thread completes it.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` for a function without the flag, `STATUS_WOULD_BLOCK`, `STATUS_ALREADY_EXISTS`. Also then, the suspension
    /// is cancelled and released.
    pub fn suspend(&mut self, suspension: Suspension) -> Result<u64> {
        self.suspend_with(suspension, None)
    }

    /// Suspends the call when its callback returns, and calls a function of the guest, whose results complete it.
    ///
    /// # Errors
    /// Those of `suspend`, of an invalid handle and of invalid arguments.
    pub fn start_call(&mut self, func: Handle, args: &[Value], suspension: Suspension) -> Result<u64> {
        self.suspend_with(suspension, Some((func, args)))
    }

    fn suspend_with(&mut self, suspension: Suspension, start: Option<(Handle, &[Value])>) -> Result<u64> {
        let (call, id) = (self.claimed.call(), self.claimed.frame().call_id());
        let function = &call.function;
        if function.raw().is_some() {
            let what = "cannot suspend: it is a function of numbers without types, which never does (VM_HostModuleAddFunctionRaw); \
                        add it with VM_HostModuleAddFunction";
            return Err(function.error(abi::STATUS_UNSUPPORTED, what));
        }
        if !function.may_suspend() {
            let what = "cannot suspend: it does not have the flag VM_FUNCTION_MAY_SUSPEND (in the plug-in's descriptor, or by \
                        VM_HostModuleSetFunctionFlags)";
            return Err(function.error(abi::STATUS_UNSUPPORTED, what));
        }
        if let Some(refusal) = self.store.run().refusal() {
            return Err(function.error(abi::STATUS_WOULD_BLOCK, refusal));
        }
        if self.store.is_suspending(id) {
            return Err(function.error(abi::STATUS_ALREADY_EXISTS, "has already suspended this call"));
        }
        let suspension = suspension.map(|given| function.receiver.wrap(given));
        let waiting = Waiting::new(suspension, &call.ty.results, self.store.run().control(), start.is_none());
        let token = waiting.token();
        self.claimed.frame().set_lent(|| self.store.lent());
        self.store.suspend(id, waiting, start)?;
        Ok(token)
    }

    /// Returns the milliseconds that the execution has left; `u64::MAX` without a limit.
    pub fn time_left(&mut self) -> u64 {
        self.store.run().time_left()
    }

    /// Extends the time limits of the execution.
    pub fn extend_time(&mut self, milliseconds: u64) {
        self.store.run().extend_time(milliseconds);
    }

    /// Takes fuel from the execution's budget for work of the host.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED`, `STATUS_OUT_OF_FUEL`.
    pub fn consume_fuel(&mut self, units: u64) -> Result<()> {
        self.store.consume_fuel(units).map_err(|error| self.claimed.call().function.claim(error))
    }

    /// Creates an externref that owns a pointer; it is borrowed until the callback returns.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn create_extern_ref(&mut self, data: UserData) -> Result<Handle> {
        let reference = self.store.create_extern_ref(data)?;
        self.lend(&Value::extern_ref(reference));
        Ok(reference)
    }

    /// Returns the data of an externref; `None` for the null reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE` for a funcref.
    pub fn extern_ref_data(&mut self, reference: Handle) -> Result<Option<&UserData>> {
        self.store.extern_ref_data(reference)
    }

    /// Lends a reference of the host to the callback until it has returned, also as one of its results.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn lend_ref(&mut self, value: &Value) -> Result<()> {
        self.store.retain(value.reference())?;
        self.lend(value);
        Ok(())
    }

    /// Retains a reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn retain_ref(&mut self, reference: Handle) -> Result<()> {
        self.store.retain(reference)
    }

    /// Releases a reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn release_ref(&mut self, reference: Handle) -> Result<()> {
        self.store.release(reference)
    }

    /// Keeps a pointer until the callback returns; returns the one that was kept before.
    pub fn set_data(&mut self, data: UserData) -> Option<UserData> {
        // The call now needs cleanup at its end.
        self.claimed.frame().set_lent(|| self.store.lent());
        self.claimed.frame().keep(data)
    }

    /// Returns the pointer that is kept until the callback returns.
    pub fn data(&self) -> *mut c_void {
        self.claimed.frame().kept()
    }

    /// Lends what a recorder needs of the store.
    pub fn with_space(&mut self, work: &mut dyn FnMut(&mut dyn Space)) {
        self.store.with_space(work);
    }

    /// Returns the plug-in's presence in the context; NULL for a host's function.
    pub fn presence(&self) -> *mut abi::PluginInstance {
        self.claimed.call().myself
    }

    /// Returns what the plug-in has compiled for the calling module, if that has parameters.
    pub fn parameters(&self) -> Option<&(dyn Any + Send + Sync)> {
        self.claimed.call().parameters.as_deref()
    }

    /// Returns why the last failed request of the callback failed.
    pub fn failure(&self) -> Option<Error> {
        self.claimed.frame().failure()
    }

    /// Lends a message to the callback, until it is lent another one.
    pub fn lend_message(&self, message: CString) -> *const c_char {
        self.claimed.frame().lend_message(message)
    }

    /// Lends a signature to the callback, until it is lent another one.
    pub fn lend_signature(&self, signature: CString) -> *const c_char {
        self.claimed.frame().lend_signature(signature)
    }

    /// Sets the reason for the failure that the callback is about to return.
    pub fn set_failure(&self, error: Error) {
        self.claimed.frame().set_failure(error);
    }
}
