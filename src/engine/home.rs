//! The data that the frames of one context share: the thread that uses the context, and the nesting depth of its calls.
#![forbid(unsafe_code)]

use crate::limits::{DEFAULT_CALL_DEPTH, MIN_NATIVE_STACK};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

// The nesting depth of calls from the host into guests on this thread, of all contexts: a host function may create a context
// for each call, and then no context is entered twice.
thread_local!(static NESTED: Cell<usize> = const { Cell::new(0) });

/// Homes of deleted contexts, for reuse.
static UNUSED: Mutex<Vec<&'static Home>> = Mutex::new(Vec::new());

pub(super) fn unused() -> MutexGuard<'static, Vec<&'static Home>> {
    UNUSED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// It is never freed, like frames: a caller that is used too late points here. Each call writes it: it shares its line of the cache
/// with no other, which another thread may write.
#[repr(align(64))]
pub struct Home {
    /// The thread that uses the context now.
    thread: AtomicUsize,
    /// The nesting depth of calls from the host into the context's guests. Only the thread that uses the context accesses it.
    depth: AtomicUsize,
    /// The maximum of `depth`.
    most: AtomicUsize,
}

impl Home {
    fn new() -> Self {
        Self { thread: AtomicUsize::new(0), depth: AtomicUsize::new(0), most: AtomicUsize::new(DEFAULT_CALL_DEPTH) }
    }
}

/// A context's home until the context is dropped.
pub struct OwnHome(&'static Home);

impl OwnHome {
    pub fn new() -> Self {
        let unused = unused().pop();
        Self(unused.unwrap_or_else(|| Box::leak(Box::new(Home::new()))))
    }

    #[inline]
    pub fn get(&self) -> &'static Home {
        self.0
    }
}

impl Drop for OwnHome {
    fn drop(&mut self) {
        unused().push(self.0);
    }
}

impl Home {
    /// Sets the thread that uses the context from now on.
    #[inline]
    pub fn set_thread(&self, thread: usize) {
        self.thread.store(thread, Ordering::Relaxed);
    }

    /// Returns the thread that uses the context.
    pub fn thread(&self) -> usize {
        self.thread.load(Ordering::Relaxed)
    }

    /// Sets the maximum nesting depth of calls from the host into the context's guests.
    pub fn set_depth_limit(&self, calls: usize) {
        self.most.store(calls, Ordering::Relaxed);
    }

    /// Checks that a call from the host into a guest may begin.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    pub fn check_depth(&self) -> Result<()> {
        if NESTED.get() > 0 { self.check(self.depth.load(Ordering::Relaxed)) } else { Ok(()) }
    }

    /// Begins a call from the host into a guest, which ends when the result is dropped, also by a panic. The native stack is
    /// checked each time: calls may also be nested through other contexts, which this one does not count.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    #[inline]
    pub fn enter(&'static self) -> Result<Entered> {
        let nested = NESTED.get();
        let depth = self.depth.load(Ordering::Relaxed);
        if nested > 0 {
            self.check(depth)?;
        }
        NESTED.set(nested + 1);
        self.depth.store(depth + 1, Ordering::Relaxed);
        Ok(Entered(self))
    }

    /// Checks that a call may begin while this many others are suspended, which are not on the native stack.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    pub fn check_suspended(&self, calls: usize) -> Result<()> {
        self.check(self.depth.load(Ordering::Relaxed) + calls)
    }

    /// Checks that a call may be nested in `depth` others of the context.
    #[cold]
    fn check(&self, depth: usize) -> Result<()> {
        let most = self.most.load(Ordering::Relaxed);
        if depth >= most {
            let message = format!(
                "host and guest would call each other {} deep, and the limit of the context is {most}; let the callback return before \
                 the guest is called again, or raise the limit (VM_ContextConfigSetCallDepthLimit)",
                depth + 1
            );
            return Err(Error::new(abi::STATUS_RECURSION_LIMIT, message));
        }
        match stacker::remaining_stack() {
            // 0 is impossible: the host runs this on a custom stack, such as that of a fiber.
            Some(left) if (1..MIN_NATIVE_STACK).contains(&left) => {
                let message = format!(
                    "the thread has {left} bytes of its native stack left, and a nested call needs {MIN_NATIVE_STACK}; run the \
                     context on a thread with a larger stack (the engine's recursion depth and stack size do not count here)"
                );
                Err(Error::new(abi::STATUS_RECURSION_LIMIT, message))
            }
            _ => Ok(()),
        }
    }
}

/// A call from the host into a guest.
pub struct Entered(&'static Home);

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        self.0.depth.store(self.0.depth.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        NESTED.set(NESTED.get().saturating_sub(1));
    }
}
