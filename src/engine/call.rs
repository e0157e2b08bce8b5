//! Host calls: from wasm through wasmi to a callback in C, and back.
//!
//! A signature that is common gets a trampoline of its own (`typed.rs`): arguments go from wasmi's stack straight into an
//! array on the native stack. Every other one takes the general one (`general.rs`). Both end in `Bound::invoke`, which
//! checks pointers into the guest's memory where the signature has them (`buffers.rs`).

use super::buffers;
use super::frame::{FrameRef, OwnFrame};
use super::function::HostFunction;
use super::guest::Guest;
use super::interpreter::error::HostFailure;
use super::interpreter::store::State;
use crate::panics;
use crate::status::{self, Error};
use crate::user_data::UserData;
use crate::value::{self, FuncType, Signature};
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wasmi::{AsContextMut, Caller};

/// A host function as an instance imports it.
pub(in crate::engine) struct HostCall {
    pub(in crate::engine) callback: abi::Callback,
    pub(in crate::engine) receiver: UserData,
    pub(in crate::engine) data: *mut c_void,
    pub(in crate::engine) counts: (u32, u32),
    /// Its type in wasm.
    pub(in crate::engine) ty: FuncType,
    /// Whether arguments are pieces of the guest's memory.
    pub(in crate::engine) takes_memory: bool,
    /// Whether nothing has to be done before the callback is called.
    pub(in crate::engine) direct: AtomicBool,
    pub(in crate::engine) function: Arc<HostFunction>,
    pub(in crate::engine) guest: Arc<Guest>,
}

// SAFETY: what `data` points to is the plug-in's or host's, which promised that it may be used on any thread.
unsafe impl Send for HostCall {}
// SAFETY: as above.
unsafe impl Sync for HostCall {}

/// A host call with its frame: what trampolines are made for.
pub(in crate::engine) struct Bound {
    pub(in crate::engine) frame: OwnFrame,
    pub(in crate::engine) call: HostCall,
}

impl Bound {
    /// Calls the callback: `args` and `results` point to as many values as the type says.
    ///
    /// It is a part of every trampoline, because a call and the saving of registers are much of what it costs. wasmi has just
    /// written the parts of `caller`; to have them in one piece would wait for all of them, so that only cold code does.
    #[inline(always)]
    pub(in crate::engine) fn invoke(
        &self,
        mut caller: Caller<'_, State>,
        args: *const Value,
        results: *mut Value,
    ) -> Result<(), wasmi::Error> {
        if self.is_direct() {
            // SAFETY: the store was given away to this function.
            unsafe { self.frame.begin(caller.as_context_mut()) };
            return self.call.run(*self.frame, args, results);
        }
        let mut caller = caller;
        self.invoke_otherwise(&mut caller, args, results)
    }

    /// Calls the callback of a function with one result, and gives what `read` makes of that.
    #[inline(always)]
    pub(in crate::engine) fn invoke_for<R>(
        &self,
        caller: Caller<'_, State>,
        args: *const Value,
        kind: abi::ValType,
        read: impl FnOnce(&Value) -> R,
    ) -> Result<R, wasmi::Error> {
        let mut room = MaybeUninit::<Value>::uninit();
        // SAFETY: there is room for a value.
        unsafe { Value::clear(room.as_mut_ptr(), 1) };
        self.invoke(caller, args, room.as_mut_ptr())?;
        // SAFETY: its type has been written, and whoever writes another type answers for what belongs to that.
        let value = unsafe { &*room.as_ptr() };
        if value.kind == kind { Ok(read(value)) } else { self.call.wrong_result(0, value.kind) }
    }

    /// The same as `invoke` for who still needs the caller.
    #[inline(always)]
    pub(in crate::engine) fn invoke_with(
        &self,
        caller: &mut Caller<'_, State>,
        args: *const Value,
        results: *mut Value,
    ) -> Result<(), wasmi::Error> {
        if self.is_direct() {
            // SAFETY: the caller is not used before the call has ended.
            unsafe { self.frame.begin(caller.as_context_mut()) };
            return self.call.run(*self.frame, args, results);
        }
        self.invoke_otherwise(caller, args, results)
    }

    #[inline(always)]
    fn is_direct(&self) -> bool {
        self.call.direct.load(Ordering::Relaxed) && !self.frame.is_busy()
    }

    /// Calls the callback with pieces of the guest's memory, inside a call of the same function, or from a start function.
    #[inline(never)]
    fn invoke_otherwise(
        &self,
        caller: &mut Caller<'_, State>,
        args: *const Value,
        results: *mut Value,
    ) -> Result<(), wasmi::Error> {
        let call = &self.call;
        call.guarded(|| {
            let other = self.frame.is_busy().then(|| caller.data().frames.acquire());
            other.as_ref().inspect(|frame| frame.attach(call));
            let frame = other.as_ref().map_or(*self.frame, |frame| **frame);
            let starting = call.guest.made.get().is_none();
            call.direct.store(!starting && !call.takes_memory, Ordering::Relaxed);
            let run = |caller: &mut Caller<'_, State>, args| {
                // SAFETY: the caller is not used before the call has ended.
                unsafe { if starting { frame.begin_starting(caller) } else { frame.begin(caller.as_context_mut()) } }
                let outcome = call.run(frame, args, results);
                frame.forget_caller();
                outcome
            };
            if call.takes_memory { buffers::pass(call, caller, args, run) } else { run(caller, args) }
        })
    }
}

impl HostCall {
    /// `instance` is the plug-in's; a host's function has its own receiver.
    pub(in crate::engine) fn new(function: &Arc<HostFunction>, instance: *mut c_void, guest: &Arc<Guest>) -> Self {
        Self {
            callback: function.callback,
            receiver: UserData::new(function.receiver.pointer(instance), None),
            data: function.data.pointer(),
            counts: counts(&function.signature),
            ty: function.signature.func_type(guest.is_64),
            takes_memory: function.signature.takes_memory(),
            direct: AtomicBool::new(false),
            function: Arc::clone(function),
            guest: Arc::clone(guest),
        }
    }

    /// Calls another function of the same type in wasm from now on.
    pub(in crate::engine) fn exchange(&mut self, function: &Arc<HostFunction>, instance: *mut c_void) {
        let next = Self::new(function, instance, &self.guest);
        assert!(next.ty == self.ty, "the trampoline is made for the type");
        *self = next;
    }

    /// Calls the callback with the arguments that it sees; the call has begun in the frame, and ends here.
    #[inline(always)]
    fn run(&self, frame: FrameRef, args: *const Value, results: *mut Value) -> Result<(), wasmi::Error> {
        let answer = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(test)]
            fault::strike();
            // SAFETY: the callback takes what it was registered with, and as many values as its signature has.
            unsafe { (self.callback)(self.receiver.pointer(), frame.as_caller(), args, results) }
        }));
        if let Ok(abi::STATUS_OK) = answer
            && frame.is_tidy()
        {
            frame.end();
            return Ok(());
        }
        self.finish(frame, answer)
    }

    /// Ends a call that failed, or whose callback was lent references or kept something.
    #[cold]
    fn finish(&self, frame: FrameRef, answer: std::thread::Result<abi::Status>) -> Result<(), wasmi::Error> {
        let ended = self.guarded(|| {
            // References among the results are still needed; the general trampoline takes them back.
            frame.take_back(self.ty.has_references());
            Ok(frame.take_failure())
        });
        let kept = frame.take_kept();
        frame.end();
        // Freeing it is code of the plug-in, to which the call is over.
        drop(kept);
        let said = ended?;
        self.guarded(|| match answer {
            Ok(abi::STATUS_OK) => Ok(()),
            Ok(status) => Err(wasmi::Error::host(HostFailure(self.failure(status, said)))),
            Err(payload) => Err(self.panicked(payload.as_ref())),
        })
    }

    /// Runs a part of libvm below wasm's frames, through which a panic must not go.
    #[inline]
    pub(in crate::engine) fn guarded<R>(&self, work: impl FnOnce() -> Result<R, wasmi::Error>) -> Result<R, wasmi::Error> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(self.panicked(payload.as_ref())))
    }

    #[cold]
    fn failure(&self, status: abi::Status, said: Option<Error>) -> Error {
        let function = &self.function;
        if let Some(error) = said.filter(|error| error.status() == status) {
            return function.claim(error);
        }
        match status::name(status).map(|name| name.to_string_lossy()) {
            Some(name) if status < 0 => function.error(status, &format!("failed with {name}")),
            Some(name) => {
                let what =
                    format!("answered {status} ({name}), which means nothing here; it may answer VM_STATUS_OK or a failure");
                function.error(abi::STATUS_BAD_ANSWER, &what)
            }
            None => {
                let what = format!("answered {status}, which is no status; it may answer VM_STATUS_OK or a failure");
                function.error(abi::STATUS_BAD_ANSWER, &what)
            }
        }
    }

    #[cold]
    fn panicked(&self, payload: &(dyn std::any::Any + Send)) -> wasmi::Error {
        let what = format!("met a fault of libvm: {}", panics::text(payload));
        wasmi::Error::host(HostFailure(self.function.error(abi::STATUS_INTERNAL, &what)))
    }

    #[cold]
    pub(in crate::engine) fn wrong_result<R>(&self, index: usize, found: abi::ValType) -> Result<R, wasmi::Error> {
        self.guarded(|| Err(wasmi::Error::host(HostFailure(self.describe_wrong_result(index, found)))))
    }

    fn describe_wrong_result(&self, index: usize, found: abi::ValType) -> Error {
        let expected = self.ty.results[index];
        let what = if found == abi::VALTYPE_NONE {
            format!("did not write its result {}, which is {expected}", index + 1)
        } else {
            format!("gave {} as its result {}, which is {expected}", value::type_name(found), index + 1)
        };
        self.function.error(abi::STATUS_TRAP, &what)
    }
}

/// How many arguments and results a callback sees.
fn counts(signature: &Signature) -> (u32, u32) {
    (signature.params.len() as u32, signature.results.len() as u32)
}

/// Breaks libvm itself below wasm frames, which no test can do from outside.
#[cfg(test)]
pub(crate) mod fault {
    use std::cell::Cell;

    thread_local!(static ARMED: Cell<bool> = const { Cell::new(false) });

    /// Lets the next host call on this thread panic.
    pub(crate) fn arm() {
        ARMED.set(true);
    }

    pub(super) fn strike() {
        assert!(!ARMED.take(), "struck by a test");
    }
}
