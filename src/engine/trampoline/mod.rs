//! Host calls: from wasm through wasmi to a callback in C, and back.
//!
//! A signature that is common gets a trampoline of its own (`typed.rs`): arguments go from wasmi's stack straight into an
//! array on the native stack. Every other one takes the general one (`general.rs`). Both end in `HostCall::invoke`, which
//! checks pointers into the guest's memory where the signature has them (`buffers.rs`).

mod buffers;
mod frame;
mod general;
mod typed;

pub(in crate::engine) use frame::Frames;
pub use frame::{ActiveCall, with_caller};

use super::error::HostFailure;
use super::store::State;
use crate::status::{self, Error, TrapCode};
use crate::value::{self, FuncType, Signature};
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// A pointer of the host or a plug-in with the function that frees it, which runs exactly once.
pub struct UserData {
    pointer: *mut c_void,
    free: Option<abi::Free>,
}

// SAFETY: the pointer is never looked into here; who gives it promises (in the docs of every function that takes one) that
// it may be used on any thread on which a context is used.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// Takes the pointer over: `free` runs when the last owner is dropped.
    pub fn new(pointer: *mut c_void, free: Option<abi::Free>) -> Self {
        Self { pointer, free }
    }

    /// The pointer.
    #[inline]
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the giver of `free` promised that it takes `pointer`; dropping happens once.
            unsafe { free(self.pointer) }
        }
    }
}

/// Whom a host function's first parameter points to.
pub enum Receiver {
    /// The `user` pointer that came with the function.
    User(UserData),
    /// The plug-in's instance in the context.
    Instance,
}

/// A host function apart from any context.
pub struct HostFunction {
    /// The wasm module it belongs to.
    pub module: Arc<str>,
    /// Its name in the module.
    pub name: Box<str>,
    /// What it takes and gives.
    pub signature: Signature,
    /// What is called.
    pub callback: abi::Callback,
    /// What `caller->data` says.
    pub data: UserData,
    /// What the first parameter points to.
    pub receiver: Receiver,
    /// The plug-in's name.
    pub plugin: Option<Arc<str>>,
}

impl HostFunction {
    /// An error about this function.
    pub fn error(&self, status: abi::Status, what: &str) -> Error {
        let error = Error::new(status, format!("host function `{}.{}` {what}", self.module, self.name));
        self.claim(error.with_trap(TrapCode::HostFunction))
    }

    /// Says in an error with which this function fails that it was this one, where the error does not say another.
    fn claim(&self, error: Error) -> Error {
        let error = error.in_function(&self.module, &self.name);
        // A guest that was called back and left through `proc_exit` did not trap.
        let trapped = error.trap() == TrapCode::None && error.status() != abi::STATUS_EXIT;
        let error = if trapped { error.with_trap(TrapCode::HostFunction) } else { error };
        match &self.plugin {
            Some(plugin) if error.plugin().is_none() => error.of_plugin(plugin),
            _ => error,
        }
    }
}

/// Which trampoline a signature takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// One made for exactly this signature.
    Typed,
    /// The one for all others.
    General,
}

/// Which trampoline functions of this type take.
pub fn path_of(ty: &FuncType) -> Path {
    if typed::covers(ty) { Path::Typed } else { Path::General }
}

/// A host function as an instance imports it.
pub(in crate::engine) struct HostCall {
    callback: abi::Callback,
    receiver: UserData,
    data: *mut c_void,
    counts: (u32, u32),
    /// Its type in wasm.
    ty: FuncType,
    /// Whether arguments are pieces of the guest's memory.
    takes_memory: bool,
    function: Arc<HostFunction>,
    memory: Arc<VisibleMemory>,
}

/// The memory of an instance that the host functions it imports see, also when another instance calls them by a reference.
pub struct VisibleMemory {
    name: Option<Arc<str>>,
    is_64: bool,
    found: OnceLock<wasmi::Memory>,
}

impl VisibleMemory {
    /// That of an instance that is about to be made: the name of its export, and whether its addresses are 64-bit.
    pub fn new(export: Option<(&Arc<str>, bool)>) -> Arc<Self> {
        let is_64 = export.is_some_and(|(_, is_64)| is_64);
        Arc::new(Self { name: export.map(|(name, _)| Arc::clone(name)), is_64, found: OnceLock::new() })
    }

    /// Whether its addresses are 64-bit; `None` when there is no such memory.
    pub fn is_64(&self) -> Option<bool> {
        self.name.is_some().then_some(self.is_64)
    }

    /// Looks it up in the instance.
    pub(in crate::engine) fn resolve(&self, export: impl FnOnce(&str) -> Option<wasmi::Extern>) {
        if let Some(memory) = self.name.as_deref().and_then(export).and_then(wasmi::Extern::into_memory) {
            // Nobody else resolves it, so it cannot have another value.
            let _ = self.found.set(memory);
        }
    }

    /// The memory; a start function runs before it is resolved, and looks it up each time.
    #[inline]
    fn of(&self, caller: &wasmi::Caller<'_, State>) -> Option<wasmi::Memory> {
        match self.found.get() {
            Some(memory) => Some(*memory),
            None => caller.get_export(self.name.as_deref()?)?.into_memory(),
        }
    }
}

// SAFETY: what `data` points to is the plug-in's or host's, which promised that it may be used on any thread.
unsafe impl Send for HostCall {}
// SAFETY: as above.
unsafe impl Sync for HostCall {}

impl HostCall {
    /// Calls the callback: `args` and `results` point to as many values as the type says.
    #[inline]
    fn invoke(&self, caller: &mut wasmi::Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<(), wasmi::Error> {
        match catch_unwind(AssertUnwindSafe(|| self.run(caller, args, results))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(wasmi::Error::host(HostFailure(error))),
            Err(payload) => Err(self.panicked(payload.as_ref())),
        }
    }

    #[inline]
    fn run(&self, caller: &mut wasmi::Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<(), Error> {
        if self.takes_memory {
            return buffers::pass(self, caller, args, |caller, args| self.run_with(caller, args, results));
        }
        self.run_with(caller, args, results)
    }

    /// Runs the callback with the arguments that it sees.
    #[inline]
    fn run_with(&self, caller: &mut wasmi::Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<(), Error> {
        /// Ends the call also when something below panics.
        struct Leave<'a, 'b>(&'a mut wasmi::Caller<'b, State>, frame::FrameRef);
        impl Drop for Leave<'_, '_> {
            #[inline]
            fn drop(&mut self) {
                self.0.data_mut().frames.leave(self.1);
            }
        }
        let (frame, id) = caller.data_mut().frames.enter();
        let leave = Leave(caller, frame);
        frame.begin(id, leave.0, self);
        #[cfg(test)]
        fault::strike();
        // SAFETY: the callback takes what it was registered with, and as many values as its signature has.
        let status = unsafe { (self.callback)(self.receiver.pointer(), frame.as_caller(), args, results) };
        let said = if status == abi::STATUS_OK { None } else { frame.take_failure() };
        drop(leave);
        if status == abi::STATUS_OK { Ok(()) } else { Err(self.failure(status, said)) }
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
        let what = format!("met a fault of libvm: {}", panic_text(payload));
        wasmi::Error::host(HostFailure(self.function.error(abi::STATUS_INTERNAL, &what)))
    }

    #[cold]
    fn wrong_result(&self, index: usize, found: abi::ValType) -> wasmi::Error {
        let expected = self.ty.results[index];
        let what = if found == abi::VALTYPE_NONE {
            format!("did not write its result {}, which is {expected}", index + 1)
        } else {
            format!("gave {} as its result {}, which is {expected}", value::type_name(found), index + 1)
        };
        wasmi::Error::host(HostFailure(self.function.error(abi::STATUS_TRAP, &what)))
    }
}

/// What a panic said.
pub fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a text")
}

/// Puts a host function into a store.
///
/// `receiver` is the plug-in's instance; a host's function has its own. `memory` is what the callback sees.
pub(in crate::engine) fn bind(
    store: &mut wasmi::Store<State>,
    function: &Arc<HostFunction>,
    receiver: *mut c_void,
    memory: &Arc<VisibleMemory>,
) -> wasmi::Func {
    let receiver = match &function.receiver {
        Receiver::User(user) => user.pointer(),
        Receiver::Instance => receiver,
    };
    let call = HostCall {
        callback: function.callback,
        receiver: UserData::new(receiver, None),
        data: function.data.pointer(),
        counts: (function.signature.params.len() as u32, function.signature.results.len() as u32),
        ty: function.signature.func_type(memory.is_64),
        takes_memory: function.signature.takes_memory(),
        function: Arc::clone(function),
        memory: Arc::clone(memory),
    };
    match path_of(&call.ty) {
        Path::Typed => typed::bind(store, call),
        Path::General => general::bind(store, call),
    }
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
