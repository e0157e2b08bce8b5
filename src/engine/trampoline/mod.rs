//! Host calls: from wasm through wasmi to a callback in C, and back.
//!
//! A signature that is common gets a trampoline of its own (`typed.rs`): arguments go from wasmi's stack straight into an
//! array on the native stack. Every other one takes the general one (`general.rs`). Both end in `Bound::invoke`, which
//! checks pointers into the guest's memory where the signature has them (`buffers.rs`).

mod buffers;
mod frame;
mod general;
mod typed;

pub use frame::{ActiveCall, current_thread, with_caller};
pub(in crate::engine) use frame::{Frames, rebind};

use self::frame::{BoundRef, FrameRef, OwnFrame};
use super::error::HostFailure;
use super::store::State;
use crate::status::{self, Error, TrapCode};
use crate::value::{self, FuncType, Signature};
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use wasmi::{AsContextMut, Caller};

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

impl Receiver {
    /// The first parameter in a context where the plug-in's instance is `instance`.
    fn pointer(&self, instance: *mut c_void) -> *mut c_void {
        match self {
            Self::User(user) => user.pointer(),
            Self::Instance => instance,
        }
    }
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
    /// Whether nothing has to be done before the callback is called.
    direct: AtomicBool,
    function: Arc<HostFunction>,
    guest: Arc<Guest>,
}

/// The instance that imports host functions: what they see of it, also when another instance calls them by a reference.
pub struct Guest {
    memory_name: Option<Arc<str>>,
    is_64: bool,
    made: OnceLock<(wasmi::Instance, Option<wasmi::Memory>)>,
}

impl Guest {
    /// An instance that is about to be made: the name of its exported memory, and whether that memory's addresses are 64-bit.
    pub fn new(memory: Option<(&Arc<str>, bool)>) -> Arc<Self> {
        let is_64 = memory.is_some_and(|(_, is_64)| is_64);
        Arc::new(Self { memory_name: memory.map(|(name, _)| Arc::clone(name)), is_64, made: OnceLock::new() })
    }

    /// Whether its memory's addresses are 64-bit; `None` when there is no such memory.
    pub fn is_64(&self) -> Option<bool> {
        self.memory_name.is_some().then_some(self.is_64)
    }

    /// Says that it is made.
    pub(in crate::engine) fn resolve(&self, store: &wasmi::Store<State>, instance: wasmi::Instance) {
        let memory = self.find_memory(|name| instance.get_export(store, name));
        // Nobody else resolves it, so it cannot have another value.
        let _ = self.made.set((instance, memory));
    }

    fn find_memory(&self, export: impl FnOnce(&str) -> Option<wasmi::Extern>) -> Option<wasmi::Memory> {
        self.memory_name.as_deref().and_then(export).and_then(wasmi::Extern::into_memory)
    }

    /// The memory; a start function runs before the instance is known, and looks it up each time.
    #[inline]
    fn memory(&self, export: impl FnOnce(&str) -> Option<wasmi::Extern>) -> Option<wasmi::Memory> {
        match self.made.get() {
            Some((_, memory)) => *memory,
            None => self.find_memory(export),
        }
    }

    /// What it exports under a name; nothing before it is made.
    fn export(&self, store: impl wasmi::AsContext, name: &str) -> Option<wasmi::Extern> {
        self.made.get().and_then(|(instance, _)| instance.get_export(store, name))
    }
}

// SAFETY: what `data` points to is the plug-in's or host's, which promised that it may be used on any thread.
unsafe impl Send for HostCall {}
// SAFETY: as above.
unsafe impl Sync for HostCall {}

/// A host call with its frame: what trampolines are made for.
struct Bound {
    frame: OwnFrame,
    call: HostCall,
}

impl Bound {
    /// Calls the callback: `args` and `results` point to as many values as the type says.
    ///
    /// It is a part of every trampoline, because a call and the saving of registers are much of what it costs. wasmi has just
    /// written the parts of `caller`; to have them in one piece would wait for all of them, so that only cold code does.
    #[inline(always)]
    fn invoke(&self, mut caller: Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<(), wasmi::Error> {
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
    fn invoke_for<R>(
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
    fn invoke_with(&self, caller: &mut Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<(), wasmi::Error> {
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
            frame.take_back(general::has_references(&self.ty));
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
    fn guarded<R>(&self, work: impl FnOnce() -> Result<R, wasmi::Error>) -> Result<R, wasmi::Error> {
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
        let what = format!("met a fault of libvm: {}", panic_text(payload));
        wasmi::Error::host(HostFailure(self.function.error(abi::STATUS_INTERNAL, &what)))
    }

    #[cold]
    fn wrong_result<R>(&self, index: usize, found: abi::ValType) -> Result<R, wasmi::Error> {
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

/// What a panic said.
pub fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a text")
}

/// How many arguments and results a callback sees.
fn counts(signature: &Signature) -> (u32, u32) {
    (signature.params.len() as u32, signature.results.len() as u32)
}

/// Puts a host function into a store.
///
/// `receiver` is the plug-in's instance; a host's function has its own. `guest` is who imports it.
pub(in crate::engine) fn bind(
    store: &mut wasmi::Store<State>,
    function: &Arc<HostFunction>,
    receiver: *mut c_void,
    guest: &Arc<Guest>,
) -> wasmi::Func {
    let call = HostCall {
        callback: function.callback,
        receiver: UserData::new(function.receiver.pointer(receiver), None),
        data: function.data.pointer(),
        counts: counts(&function.signature),
        ty: function.signature.func_type(guest.is_64),
        takes_memory: function.signature.takes_memory(),
        direct: AtomicBool::new(false),
        function: Arc::clone(function),
        guest: Arc::clone(guest),
    };
    let bound = store.data_mut().frames.keep(call);
    match path_of(&bound.call.ty) {
        Path::Typed => typed::bind(store, bound),
        Path::General => general::bind(store, bound),
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
