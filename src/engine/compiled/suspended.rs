//! What a store has for its fibers, and the calls of a started execution that is suspended; `fiber` runs them.

use super::callee::Callee;
use crate::stack;
use crate::status::{Error, Result};
use libvm_abi::Value;
use std::ffi::c_void;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::{Func, TypedFunc};

/// What a store has for its fibers.
#[derive(Default)]
pub struct Fibers {
    pub functions: Option<Box<Functions>>,
    /// The fiber that runs.
    pub current: Option<Arc<Fiber>>,
    /// Why the guest fails that goes on after its slice of fuel was used up.
    pub failure: Option<Error>,
}

/// The functions by which fibers are entered and left. With them a store can be suspended, and wasmtime refuses its plain functions that
/// check that.
#[derive(Clone)]
pub struct Functions {
    pub enter: TypedFunc<(), ()>,
    pub leave: Func,
}

/// What the fiber and the thread that runs it tell each other.
pub struct Fiber {
    pub called: Callee,
    pub args: Mutex<Vec<Value>>,
    pub outcome: Mutex<Option<Result<Vec<Value>>>>,
    /// Whether its caller waits until it has ended: it was entered because there was not enough of another stack.
    pub blocks: bool,
    /// Whether callbacks are called outside of it, on the stack from which it is entered: that of the thread, for a call that blocks, or
    /// one of the host, which may switch between its stacks in them.
    outside: AtomicBool,
    /// The lowest address of its stack that may be used; 0 before it has begun.
    pub lowest: AtomicUsize,
    /// `stack::below` where it was entered.
    pub free: AtomicUsize,
    /// How many fibers run inside of each other when it runs, itself included.
    pub inside: AtomicUsize,
    /// Whether what runs on it has left it. Otherwise it was interrupted.
    left: AtomicBool,
    /// What it was left for: the thread does it, and goes on with the fiber.
    errand: Mutex<Option<Errand>>,
    /// Why it ends; what waits on it returns that.
    stop: Mutex<Option<Error>>,
}

/// The asynchronous call that runs a fiber.
pub type Run = Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send>>;

/// The calls of a started execution that is suspended. Dropping them ends what waits, innermost first.
pub struct Calls {
    /// `None` once they have ended.
    pub run: Option<Run>,
    pub fiber: Arc<Fiber>,
    pub store: StorePointer,
    /// Drops the asynchronous call of a fiber of the store, which ends what waits on it.
    pub end: fn(StorePointer, Arc<Fiber>, Run),
}

impl Drop for Calls {
    fn drop(&mut self) {
        if let Some(run) = self.run.take() {
            self.fiber.stop(Error::suspension());
            (self.end)(self.store, Arc::clone(&self.fiber), run);
        }
    }
}

/// What is done on the stack of the thread while the fiber waits for it: a function, and its argument.
#[derive(Clone, Copy)]
pub struct Errand {
    pub work: unsafe fn(*mut c_void, StorePointer),
    pub data: *mut c_void,
}

// SAFETY: it is done by the thread that runs the fiber, before that goes on.
unsafe impl Send for Errand {}

/// The store that calls are of.
#[derive(Clone, Copy)]
pub struct StorePointer(pub *mut c_void);

// SAFETY: the pointer is used by the thread that uses the store, or drops it.
unsafe impl Send for StorePointer {}
// SAFETY: as above.
unsafe impl Sync for StorePointer {}

impl Fiber {
    /// Creates a fiber that calls a function, for a caller that waits until it has ended, or for an execution.
    pub fn new(called: Callee, args: &[Value], blocks: bool) -> Arc<Self> {
        Arc::new(Self {
            called,
            args: Mutex::new(args.to_vec()),
            outcome: Mutex::default(),
            blocks,
            outside: AtomicBool::new(false),
            lowest: AtomicUsize::new(0),
            free: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
            left: AtomicBool::new(false),
            errand: Mutex::default(),
            stop: Mutex::default(),
        })
    }

    /// Notes that it is entered from here, which may be a fiber outside of which callbacks are called; returns whether they are called
    /// outside of this one.
    pub fn enter(&self, outside: bool) -> bool {
        let outside = outside || stack::left().is_none() || self.blocks && !stack::is_fiber();
        self.outside.store(outside, Ordering::Relaxed);
        self.free.store(stack::below(), Ordering::Relaxed);
        self.inside.store(stack::fibers() + 1, Ordering::Relaxed);
        outside
    }

    /// Notes that what runs on it leaves it.
    pub fn leaves(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Returns whether what runs on it has left it since this was asked last.
    pub fn was_left(&self) -> bool {
        self.left.swap(false, Ordering::Relaxed)
    }

    /// Lets what waits on it return an error, unless it does already.
    pub fn stop(&self, error: Error) {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    /// Sets what the thread does when the fiber is left.
    pub fn set_errand(&self, errand: Errand) {
        *self.errand.lock().unwrap_or_else(PoisonError::into_inner) = Some(errand);
    }

    /// Takes what the thread has to do before it goes on with the fiber.
    pub fn take_errand(&self) -> Option<Errand> {
        self.errand.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Takes the outcome of its calls, if they have ended.
    pub fn outcome(&self) -> Option<Result<Vec<Value>>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns why it ends, if it does.
    pub fn stopped(&self) -> Option<Error> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Fibers {
    /// Returns whether the store can be suspended: wasmtime then has its instances created asynchronously.
    pub fn are_used(&self) -> bool {
        self.functions.is_some()
    }

    /// Returns whether a fiber runs.
    #[inline]
    pub fn is_running(&self) -> bool {
        self.current.is_some()
    }

    /// Returns whether a fiber runs outside of which callbacks are called.
    pub fn calls_outside(&self) -> bool {
        self.current.as_ref().is_some_and(|fiber| fiber.outside.load(Ordering::Relaxed))
    }

    /// Returns whether a fiber runs whose caller waits until it has ended.
    pub fn blocks(&self) -> bool {
        self.current.as_ref().is_some_and(|fiber| fiber.blocks)
    }

    /// Returns why the fiber that runs ends, if it does.
    pub fn stopped(&self) -> Option<Error> {
        self.current.as_ref().and_then(|fiber| fiber.stopped())
    }
}
