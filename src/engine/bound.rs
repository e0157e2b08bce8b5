//! The host functions of a context with their frames, and the call of a callback.

use super::call::HostCall;
use super::caller::LentStore;
use super::frame::{FrameRef, OwnFrame};
use super::function::HostFunction;
use super::guest::Guest;
use super::home::{Home, OwnHome};
use crate::status::Result;
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A host function of a context with its frame: what trampolines are made for.
pub struct Bound {
    pub frame: OwnFrame,
    pub call: HostCall,
}

/// What a trampoline holds. It is copied and never dropped, which makes the code of each of the many trampolines a good deal
/// shorter.
#[derive(Clone, Copy)]
pub struct BoundRef(NonNull<Bound>);

// SAFETY: it is as good as a shared reference.
unsafe impl Send for BoundRef {}
// SAFETY: as above.
unsafe impl Sync for BoundRef {}

impl Deref for BoundRef {
    type Target = Bound;

    #[inline(always)]
    fn deref(&self) -> &Bound {
        // SAFETY: the context's state has it as long as there is a store whose trampolines can be called.
        unsafe { self.0.as_ref() }
    }
}

/// The host functions of a context, and where their frames come from.
pub struct Frames {
    table: &'static abi::CallerTable,
    bound: Vec<BoundRef>,
    // Last: frames lead to it.
    home: OwnHome,
}

impl Frames {
    pub fn new(table: &'static abi::CallerTable) -> Self {
        Self { table, bound: Vec::new(), home: OwnHome::new() }
    }

    /// What the frames have in common.
    #[inline]
    pub fn home(&self) -> &'static Home {
        self.home.get()
    }

    /// Keeps a host function as long as the context, with a frame.
    pub fn keep(&mut self, call: HostCall) -> BoundRef {
        let bound = BoundRef(NonNull::from(Box::leak(Box::new(Bound { frame: self.acquire(), call }))));
        bound.frame.attach(&bound.call);
        self.bound.push(bound);
        bound
    }

    /// The host functions that were bound, and who imports them.
    pub fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        self.bound.iter().map(|bound| (&*bound.call.function, &*bound.call.guest))
    }

    /// A frame that calls can be attached to.
    pub fn acquire(&self) -> OwnFrame {
        OwnFrame::new(self.table, self.home())
    }

    /// Puts others in the place of the bound functions: those that `other` gives, of the same type in wasm, with the plug-in's
    /// instance.
    pub fn rebind(&mut self, mut other: impl FnMut(&HostFunction, &Guest) -> Option<(Arc<HostFunction>, *mut c_void)>) {
        for bound in &self.bound {
            let Some((function, instance)) = other(&bound.call.function, &bound.call.guest) else { continue };
            // SAFETY: trampolines look at it during calls only, and who has the store's state mutably is in none of its calls.
            unsafe { &mut (*bound.0.as_ptr()).call }.exchange(&function, instance);
            bound.frame.attach(&bound.call);
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        for bound in self.bound.drain(..) {
            // SAFETY: it was a box's, and whoever drops the state calls no more trampolines.
            drop(unsafe { Box::from_raw(bound.0.as_ptr()) });
        }
    }
}

impl Bound {
    /// Whether the callback can be called in the frame at once.
    #[inline(always)]
    pub fn is_direct(&self) -> bool {
        self.call.direct.load(Ordering::Relaxed) && !self.frame.is_busy()
    }

    /// Calls the callback with the arguments that it sees; the call has begun in `frame`, and ends here.
    #[inline(always)]
    pub fn run<S: LentStore>(&self, frame: FrameRef, args: *const Value, results: *mut Value) -> Result<()> {
        let call = &self.call;
        let answer = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(test)]
            fault::strike();
            // SAFETY: the callback takes what it was registered with, and as many values as its signature has.
            unsafe { (call.callback)(call.receiver, frame.as_caller(), args, results) }
        }));
        if let Ok(abi::STATUS_OK) = answer
            && frame.is_tidy()
        {
            frame.end();
            return Ok(());
        }
        finish::<S>(call, frame, answer)
    }
}

/// Ends a call that failed, or whose callback was lent references or kept something.
#[cold]
fn finish<S: LentStore>(call: &HostCall, frame: FrameRef, answer: std::thread::Result<abi::Status>) -> Result<()> {
    let ended = call.guarded(|| {
        // References among the results are still needed; the trampoline takes them back.
        if let Some(mark) = frame.take_lent().filter(|_| !call.ty.has_references()) {
            // SAFETY: the call has not ended, and its callback has.
            unsafe { S::of(&frame) }.handles().take_back(mark);
        }
        Ok(frame.take_failure())
    });
    let kept = frame.take_kept();
    frame.end();
    // Freeing it is code of the plug-in, to which the call is over.
    drop(kept);
    let said = ended?;
    call.guarded(|| match answer {
        Ok(abi::STATUS_OK) => Ok(()),
        Ok(status) => Err(call.failure(status, said)),
        Err(payload) => Err(call.panicked(payload.as_ref())),
    })
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
