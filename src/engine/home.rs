//! The data that the frames of one context share: the thread that uses the context, and the nesting depth of its calls.
#![forbid(unsafe_code)]

#[cfg(feature = "compiled")]
use crate::limits::MAX_NESTED_FIBERS;
use crate::limits::{DEFAULT_CALL_DEPTH, MIN_NATIVE_STACK};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

// The nesting depth of calls from the host into guests on this thread, of all contexts: a host function may create a context
// for each call, and then no context is entered twice.
thread_local!(static NESTED: Cell<usize> = const { Cell::new(0) });

// The lowest address that may be used of the stack of the fiber that this thread runs; 0 while it runs on its own stack.
#[cfg(feature = "compiled")]
thread_local!(static LOWEST: Cell<usize> = const { Cell::new(0) });

/// Lets this thread use a stack down to this address, that of a fiber; 0 for its own. Returns what it used before. A fiber may go on on
/// another thread, so that the function must not be inlined where that may happen.
#[cfg(feature = "compiled")]
#[inline(never)]
pub fn use_stack(lowest: usize) -> usize {
    LOWEST.replace(lowest)
}

/// Returns an address of the stack that is used now, near its top.
#[cfg(feature = "compiled")]
#[inline(never)]
pub fn stack_address() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here) as usize
}

/// Returns the number of bytes that are left of the stack that is used now; `None` or 0 if it is not known, as where the host runs this
/// on a stack of its own.
fn remaining_stack() -> Option<usize> {
    #[cfg(feature = "compiled")]
    if LOWEST.get() != 0 {
        return Some(stack_address().saturating_sub(LOWEST.get()).max(1));
    }
    stacker::remaining_stack()
}

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
    /// Whether the context runs compiled code.
    compiled: AtomicBool,
    /// Whether the thread is on its own stack while a fiber of the context waits for it.
    #[cfg(feature = "compiled")]
    below_fiber: AtomicBool,
}

impl Home {
    fn new() -> Self {
        Self {
            thread: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
            most: AtomicUsize::new(DEFAULT_CALL_DEPTH),
            compiled: AtomicBool::new(false),
            #[cfg(feature = "compiled")]
            below_fiber: AtomicBool::new(false),
        }
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

    /// Sets whether the context runs compiled code.
    pub fn set_compiled(&self, compiled: bool) {
        self.compiled.store(compiled, Ordering::Relaxed);
    }

    /// Returns whether the context runs compiled code.
    #[cfg(feature = "compiled")]
    pub fn is_compiled(&self) -> bool {
        self.compiled.load(Ordering::Relaxed)
    }

    /// Sets whether the thread is on its own stack while a fiber of the context waits for it; returns whether it was.
    #[cfg(feature = "compiled")]
    pub fn set_below_fiber(&self, is_below: bool) -> bool {
        self.below_fiber.swap(is_below, Ordering::Relaxed)
    }

    /// Returns the thread that uses the context.
    pub fn thread(&self) -> usize {
        self.thread.load(Ordering::Relaxed)
    }

    /// Sets the maximum nesting depth of calls from the host into the context's guests.
    pub fn set_depth_limit(&self, calls: usize) {
        self.most.store(calls, Ordering::Relaxed);
    }

    /// Returns whether the innermost running call from the host into the context's guests is nested in another one.
    #[cfg(feature = "compiled")]
    pub fn is_nested(&self) -> bool {
        self.depth.load(Ordering::Relaxed) > 1
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

    /// Like `enter`, for guests that use the native stack: the outermost call on a stack needs this many bytes of it for them, and
    /// what they call back needs as much as any nested call.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn enter_with_stack(&'static self, bytes: usize) -> Result<Entered> {
        if self.depth.load(Ordering::Relaxed) == 0 || self.below_fiber.load(Ordering::Relaxed) {
            check_stack(bytes)?;
        }
        self.enter()
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
        match remaining_stack() {
            #[cfg(feature = "compiled")]
            Some(left) if LOWEST.get() != 0 && left < MIN_NATIVE_STACK => Err(no_fiber_stack(left, MIN_NATIVE_STACK)),
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

#[cfg(feature = "compiled")]
#[inline]
fn check_stack(bytes: usize) -> Result<()> {
    let needed = bytes + MIN_NATIVE_STACK;
    match remaining_stack() {
        Some(left) if (1..needed).contains(&left) => Err(no_stack(left, bytes, needed)),
        _ => Ok(()),
    }
}

#[cfg(feature = "compiled")]
#[cold]
fn no_stack(left: usize, bytes: usize, needed: usize) -> Error {
    if LOWEST.get() != 0 {
        return no_fiber_stack(left, needed);
    }
    let message = format!(
        "the thread has {left} bytes of its native stack left, and compiled code with a stack of {bytes} bytes needs {needed}; run the \
         context on a thread with a larger stack, or lower VM_EngineConfigSetStackSize"
    );
    Error::new(abi::STATUS_RECURSION_LIMIT, message)
}

#[cfg(feature = "compiled")]
#[cold]
fn no_fiber_stack(left: usize, needed: usize) -> Error {
    let message = format!(
        "the started execution has {left} bytes of its own stack left, and the call needs {needed}; set VM_FUNCTION_THREAD_STACK for \
         the function that makes it, or raise VM_EngineConfigSetStackSize of the engine of the execution"
    );
    Error::new(abi::STATUS_RECURSION_LIMIT, message)
}

/// Checks that one more execution may run on a stack of its own inside of the calls of this thread.
///
/// # Errors
/// `STATUS_RECURSION_LIMIT`.
#[cfg(feature = "compiled")]
pub fn check_fibers() -> Result<()> {
    let nested = NESTED.get();
    if nested < MAX_NESTED_FIBERS {
        return Ok(());
    }
    let message = format!(
        "{nested} calls into guests run inside of each other on this thread, and an execution is not started inside of so many; let \
         the callbacks return first"
    );
    Err(Error::new(abi::STATUS_RECURSION_LIMIT, message))
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
