//! The host functions of a context with their frames, and the call of a callback.

use super::call::HostCall;
use super::caller::LentStore;
#[cfg(test)]
use super::fault;
use super::frame::{FrameRef, OwnFrame};
use super::function::{HostFunction, InstancePointers};
use super::guest::Guest;
use super::home::{Home, NEVER, OwnHome};
use super::raw::RawCall;
use crate::status::{Error, Result};
use crate::tight;
use libvm_abi::{self as abi, RawValue, Value};
use std::ffi::c_void;
use std::io::Write;
use std::mem;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A host function of a context with its frame: what a trampoline is created for.
pub struct Bound {
    pub frame: OwnFrame,
    pub call: HostCall,
    /// Whether the callback can be called without preparation now.
    direct: &'static AtomicBool,
}

/// The data of a trampoline. It is copied and never dropped, which makes the code of each of the many trampolines a good deal
/// shorter.
#[derive(Clone, Copy)]
pub struct BoundRef(NonNull<Bound>);

// SAFETY: it is equivalent to a shared reference.
unsafe impl Send for BoundRef {}
// SAFETY: as above.
unsafe impl Sync for BoundRef {}

impl Deref for BoundRef {
    type Target = Bound;

    #[inline(always)]
    fn deref(&self) -> &Bound {
        // SAFETY: the context's state owns it as long as there is a store whose trampolines can be called.
        unsafe { self.0.as_ref() }
    }
}

/// The place of a host function in its context, by which code that contexts share finds it.
#[cfg(feature = "compiled")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Slot(pub usize);

/// The host functions of a context, and the source of their frames.
pub struct Frames {
    table: &'static abi::CallerTable,
    bound: Vec<BoundRef>,
    // Last: frames point to it.
    home: OwnHome,
}

impl Frames {
    pub fn new(table: &'static abi::CallerTable) -> Self {
        Self { table, bound: Vec::new(), home: OwnHome::new() }
    }

    /// The data that all frames of the context share.
    #[inline]
    pub fn home(&self) -> &'static Home {
        self.home.get()
    }

    /// Keeps a host function as long as the context, with a frame.
    pub fn keep(&mut self, call: HostCall) -> BoundRef {
        let direct = self.direct(&call);
        let bound = BoundRef(NonNull::from(Box::leak(Box::new(Bound { frame: self.acquire(), call, direct }))));
        bound.frame.attach(&bound.call);
        tight::push(&mut self.bound, bound);
        bound
    }

    /// Returns the place of the function that is kept next.
    #[cfg(feature = "compiled")]
    pub fn next(&self) -> Slot {
        Slot(self.bound.len())
    }

    /// Returns the function that was kept at a place.
    #[cfg(feature = "compiled")]
    pub fn at(&self, slot: Slot) -> BoundRef {
        self.bound[slot.0]
    }

    /// Likewise, where it is known that one was kept there.
    ///
    /// # Safety
    /// One was.
    #[cfg(feature = "compiled")]
    #[inline(always)]
    pub unsafe fn at_unchecked(&self, slot: Slot) -> BoundRef {
        // SAFETY: promised by the caller; none is removed before all are.
        unsafe { *self.bound.get_unchecked(slot.0) }
    }

    /// Returns where it is whether a callback can be called without preparation.
    fn direct(&self, call: &HostCall) -> &'static AtomicBool {
        let leaves_stack = self.home().is_compiled() && call.function.needs_thread_stack();
        if call.direct && !leaves_stack { self.home().direct() } else { &NEVER }
    }

    /// Returns the bound host functions, each with the guest that imports it.
    pub fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        self.bound.iter().map(|bound| (&*bound.call.function, &*bound.call.guest))
    }

    /// Takes a frame that calls can be attached to.
    pub fn acquire(&self) -> OwnFrame {
        OwnFrame::new(self.table, self.home())
    }

    /// Replaces bound functions with those that `other` returns, which have the same wasm type, and with the plug-in's
    /// instance.
    pub fn rebind(&mut self, mut other: impl FnMut(&HostFunction, &Guest) -> Option<(Arc<HostFunction>, InstancePointers)>) {
        for bound in &self.bound {
            let Some((function, pointers)) = other(&bound.call.function, &bound.call.guest) else { continue };
            // SAFETY: trampolines read it during calls only, and with mutable access to the store's state no call is running.
            unsafe {
                let bound = bound.0.as_ptr();
                (*bound).call.exchange(&function, pointers);
                (*bound).direct = self.direct(&(*bound).call);
            }
            bound.frame.attach(&bound.call);
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        for bound in self.bound.drain(..) {
            // SAFETY: it was created from a box, and the owner of the state calls no more trampolines when dropping it.
            drop(unsafe { Box::from_raw(bound.0.as_ptr()) });
        }
    }
}

impl Bound {
    /// Returns the frame if the callback can be called in it without preparation.
    #[inline(always)]
    pub fn direct_frame(&self) -> Option<FrameRef> {
        let frame = *self.frame;
        (self.direct.load(Ordering::Relaxed) && !frame.is_busy()).then_some(frame)
    }

    /// Calls the callback with the arguments as it sees them; the call has begun in `frame`, and ends here.
    #[inline(always)]
    pub fn run<S: LentStore>(&self, frame: FrameRef, args: *const Value, results: *mut Value) -> Result<()> {
        let call = &self.call;
        // SAFETY: the callback receives what it was registered with, and as many values as its signature has.
        self.run_with::<S>(frame, |caller| unsafe { (call.callback)(call.receiver, caller, args, results) })
    }

    /// Calls the callback of a function of numbers: `values` are the arguments, in whose place the results are written.
    #[inline(always)]
    pub fn run_raw<S: LentStore>(&self, frame: FrameRef, raw: RawCall, values: *mut RawValue) -> Result<()> {
        // SAFETY: as above.
        self.run_with::<S>(frame, |caller| unsafe { (raw.callback)(raw.user, caller, values) })
    }

    #[inline(always)]
    fn run_with<S: LentStore>(&self, frame: FrameRef, callback: impl FnOnce(*mut abi::Caller) -> abi::Status) -> Result<()> {
        let call = &self.call;
        let unwinding = Unwinding(call);
        let answer = callback(frame.as_caller());
        mem::forget(unwinding);
        if answer == abi::STATUS_OK && frame.is_tidy() {
            frame.end();
            return Ok(());
        }
        finish::<S>(call, frame, answer)
    }

    /// Continues a suspended call with its completion; the call has begun in `frame`, and ends here.
    pub fn resume<S: LentStore>(
        &self,
        frame: FrameRef,
        (resume, user): (abi::Resume, *mut c_void),
        completion: &abi::Completion,
        args: *const Value,
        results: *mut Value,
    ) -> Result<()> {
        let call = &self.call;
        let unwinding = Unwinding(call);
        // SAFETY: the callback passed the function with its argument when it suspended the call; the values are as many as its
        // signature has.
        let answer = unsafe { resume(user, frame.as_caller(), completion, args, results) };
        mem::forget(unwinding);
        finish::<S>(call, frame, answer)
    }
}

impl BoundRef {
    /// Returns the reference for a function that the trampolines of a context call.
    pub fn of(bound: &Bound) -> Self {
        Self(NonNull::from(bound))
    }
}

/// Is dropped when an exception or a panic propagates out of a callback. The wasm frames above cannot be unwound: the process has
/// to abort, after naming the function and plug-in that caused it. In a call that returns, it costs nothing.
struct Unwinding<'a>(&'a HostCall);

impl Drop for Unwinding<'_> {
    #[inline(always)] // it needs no place in memory then
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl HostCall {
    #[cold]
    #[inline(never)]
    fn abort(&self) -> ! {
        let HostFunction { module, name, plugin, .. } = &*self.function;
        let owner = plugin.as_ref().map_or_else(String::new, |plugin| format!(" of plug-in `{plugin}`"));
        let message = format!(
            "libvm: a C++ exception or a panic left the callback of host function `{module}.{name}`{owner}; callbacks must \
             catch them and return a status. The process is aborted.\n"
        );
        // There is nobody to notify if standard error is closed.
        let _ = std::io::stderr().write_all(message.as_bytes());
        std::process::abort();
    }
}

/// Ends a call that failed or was suspended, or whose callback borrowed references or kept data.
#[cold]
fn finish<S: LentStore>(call: &HostCall, frame: FrameRef, answer: abi::Status) -> Result<()> {
    let mut requested = false;
    let mut withdrawn = None;
    let ended = call.guarded(|| {
        #[cfg(test)]
        fault::strike(fault::Place::AfterCallback);
        if let Some(mark) = frame.take_lent() {
            // SAFETY: the call has not ended, and its callback has.
            let mut store = unsafe { S::of(&frame) };
            requested = store.is_suspending(frame.call_id());
            if requested && answer != abi::STATUS_PENDING {
                withdrawn = store.withdraw();
            }
            // References among the results are still needed; the trampoline takes them.
            if !call.ty.has_references() {
                store.take_back(mark);
            }
        }
        Ok(frame.take_failure(answer))
    });
    let kept = frame.take_kept();
    frame.end();
    // Freeing it runs code of the plug-in, for which the call is over.
    drop(kept);
    drop(withdrawn);
    let said = ended?;
    match (answer, requested) {
        (abi::STATUS_PENDING, true) => Err(Error::suspension()),
        (abi::STATUS_OK, false) => Ok(()),
        _ => call.guarded(|| Err(call.failure(answer, requested, said))),
    }
}
