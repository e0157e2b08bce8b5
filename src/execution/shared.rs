//! A context as the C API has it: used by one thread at a time, which is found out without a lock, and owned by the host and by its
//! unfinished execution.
//!
//! `user` has one of these values, and changes only by compare-and-swap:
//!
//! | value | the context |
//! | --- | --- |
//! | 0 | is not in use |
//! | `UNFINISHED` | has an unfinished execution, and no thread is in it |
//! | a thread | is in use by this thread |
//! | one of these, with `CLOSING` | was deleted: its user deletes what is in it when it leaves, and nobody enters it any more |

use super::freeable::Freeable;
use crate::context::Context;
use crate::engine::Controls;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi as abi;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Threads have even numbers, which are addresses or counted in steps of 8.
const CLOSING: usize = 1;
const UNFINISHED: usize = 2;

/// An execution that its context has to end when the context is reset or deleted.
pub trait Unfinished: Send + Sync {
    /// Returns what messages call it.
    fn name(&self) -> String;

    /// Cancels it; the thread that runs it ends it.
    fn cancel(&self);

    /// Is called when this thread, which is in the context, begins to end it: no other thread can go on with it.
    fn ends(&self);

    /// Is called when its context has ended it.
    fn ended(&self, error: Error);
}

/// An execution whose calls were ended, and the error that it is still to be told.
type Abandoned = (Arc<dyn Unfinished>, Error);

/// Creates the error of an execution that was cancelled for a reason.
pub(super) fn cancelled(reason: &str) -> Error {
    Error::new(abi::STATUS_CANCELLED, format!("the execution was cancelled: {reason}"))
}

/// A context with its owners.
pub struct SharedContext(Freeable<Shared>);

/// Each call writes it: it shares no line of the cache with what another thread may write.
#[repr(align(64))]
struct Shared {
    user: AtomicUsize,
    id: u64,
    controls: Arc<Controls>,
    inner: UnsafeCell<ManuallyDrop<Context>>,
    unfinished: Arc<Mutex<Option<Arc<dyn Unfinished>>>>,
    /// The reference of the host, until it deletes the context.
    host: UnsafeCell<Option<Arc<SharedContext>>>,
}

// SAFETY: `inner` and `host` are touched only by the thread in `user`; all they hold may move between threads.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

const fn assert_send<T: Send>() {}
const _: () = assert_send::<Context>();

impl SharedContext {
    /// Creates a context that the host owns, until `close`.
    pub fn create(mut inner: Context) -> *mut Self {
        let shared = Arc::new(Self(Freeable::new(Shared {
            user: AtomicUsize::new(0),
            id: inner.store().id(),
            controls: inner.store().controls(),
            inner: UnsafeCell::new(ManuallyDrop::new(inner)),
            unfinished: Arc::default(),
            host: UnsafeCell::new(None),
        })));
        // SAFETY: nobody else knows it yet.
        unsafe { *shared.0.host.get() = Some(Arc::clone(&shared)) };
        Arc::as_ptr(&shared).cast_mut()
    }

    /// Returns the id of the context.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Returns whether the host has deleted it, so that it is not entered any more.
    pub fn is_deleted(&self) -> bool {
        self.0.user.load(Ordering::Acquire) & CLOSING != 0
    }

    /// Returns where the control of its running or next execution is.
    pub fn controls(&self) -> &Controls {
        &self.0.controls
    }

    fn unfinished(&self) -> MutexGuard<'_, Option<Arc<dyn Unfinished>>> {
        self.0.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters the context as its only user.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`.
    #[inline(always)] // on the path of every call
    pub fn enter(&self) -> Result<Entered<'_>> {
        let me = thread::id();
        self.enter_from(0, me).map_err(|user| self.in_use(user, me))
    }

    /// Enters the context for its unfinished execution, unless somebody uses it: to reset or to delete it.
    pub(super) fn enter_unfinished(&self) -> Option<Entered<'_>> {
        self.enter_from(UNFINISHED, thread::id()).ok()
    }

    #[inline(always)] // as above
    fn enter_from(&self, from: usize, me: usize) -> Result<Entered<'_>, usize> {
        self.0.user.compare_exchange(from, me, Ordering::Acquire, Ordering::Relaxed)?;
        let mut entered = Entered { shared: self, me };
        entered.context().store().begin_use(me);
        Ok(entered)
    }

    #[cold]
    fn in_use(&self, user: usize, me: usize) -> Error {
        if user == me | CLOSING {
            let message = "the context is being deleted by a call on this thread and cannot be used any more";
            return Error::new(abi::STATUS_REENTRANT, message);
        }
        if user == me {
            let message = "a callback of the context cannot use the context; use the VM_Caller of the callback";
            return Error::new(abi::STATUS_REENTRANT, message);
        }
        // The list of locks in state.rs does not have this one before that of an execution.
        let unfinished = self.unfinished().clone();
        let message = match unfinished {
            Some(unfinished) if user == UNFINISHED => format!(
                "the context has an unfinished execution, {}; poll it (VM_ExecutionPoll) until it has ended, or delete it",
                unfinished.name()
            ),
            _ => "another thread is using the context; wait until it is done, or create a context for each thread".to_owned(),
        };
        Error::new(abi::STATUS_BUSY, message)
    }

    /// Resets the context. An unfinished execution is cancelled.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`, and those of `Context::reset`.
    pub fn reset(&self) -> Result<()> {
        let (mut entered, ended) = self.enter_to_reset()?;
        let result = entered.context().reset();
        drop(entered);
        // Now its callback can use the context.
        if let Some((unfinished, error)) = ended {
            unfinished.ended(error);
        }
        result
    }

    /// Restores the context to what its pool has prepared. An unfinished execution is cancelled; its callback cannot use the context,
    /// which is no longer its owner's.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`: then nothing has changed.
    pub(super) fn restore<R>(&self, restore: impl FnOnce(&mut Context) -> R) -> Result<R> {
        let (mut entered, ended) = self.enter_to_reset()?;
        if let Some((unfinished, error)) = ended {
            unfinished.ended(error);
        }
        Ok(restore(entered.context()))
    }

    /// Enters the context, and ends the calls of its unfinished execution, which is still to be told.
    fn enter_to_reset(&self) -> Result<(Entered<'_>, Option<Abandoned>)> {
        let (mut entered, unfinished) = match self.enter_unfinished() {
            Some(entered) => (entered, self.unfinished().take()),
            None => (self.enter()?, None),
        };
        let ended = unfinished.map(|unfinished| {
            unfinished.ends();
            (unfinished, entered.abandon(cancelled("its context was reset")))
        });
        Ok((entered, ended))
    }

    /// Deletes the context now or, when it is in use, at the end of that use. An unfinished execution is cancelled, also one that is
    /// running.
    ///
    /// # Safety
    /// `context` is NULL, or from `create` and not closed before.
    pub unsafe fn close(context: *mut Self) {
        // SAFETY: promised above.
        let Some(this) = (unsafe { context.as_ref() }) else { return };
        // Afterwards its user may free it at any time.
        let unfinished = Arc::clone(&this.0.unfinished);
        let user = this.0.user.fetch_or(CLOSING, Ordering::AcqRel);
        if user == 0 || user == UNFINISHED {
            // What is freed with it may be code of the host that calls with this context.
            let me = thread::id();
            this.0.user.store(me | CLOSING, Ordering::Relaxed);
            this.delete(me);
        } else {
            let unfinished = unfinished.lock().unwrap_or_else(PoisonError::into_inner).clone();
            unfinished.inspect(|unfinished| unfinished.cancel());
        }
    }

    /// Deletes what is in it, as its last user.
    #[cold]
    fn delete(&self, me: usize) {
        let unfinished = self.unfinished().take();
        let ended = unfinished.map(|unfinished| {
            let mut entered = ManuallyDrop::new(Entered { shared: self, me });
            entered.context().store().begin_use(me);
            unfinished.ends();
            (unfinished, entered.abandon(cancelled("its context was deleted")))
        });
        // SAFETY: nobody uses it, and with `CLOSING` set nobody begins to.
        let host = unsafe {
            ManuallyDrop::drop(&mut *self.0.inner.get());
            (*self.0.host.get()).take()
        };
        if let Some((unfinished, error)) = ended {
            unfinished.ended(error);
        }
        drop(host);
    }
}

/// The use of a context by this thread; it ends when this is dropped.
pub struct Entered<'a> {
    shared: &'a SharedContext,
    me: usize,
}

impl Entered<'_> {
    /// Returns the context.
    #[inline]
    pub fn context(&mut self) -> &mut Context {
        // SAFETY: this thread is in `user`, and this borrows the only value that says so.
        unsafe { &mut *self.shared.0.inner.get() }
    }

    /// Returns an owning reference to the context.
    pub fn share(&self) -> Arc<SharedContext> {
        // SAFETY: this thread is in `user`.
        let host = unsafe { &*self.shared.0.host.get() };
        Arc::clone(host.as_ref().expect("it was not deleted yet"))
    }

    /// Returns whether the context was deleted, and ends with this use.
    pub(super) fn is_closing(&self) -> bool {
        self.shared.0.user.load(Ordering::Acquire) & CLOSING != 0
    }

    /// Sets the execution that the context has to end if it is reset or deleted.
    pub(super) fn set_unfinished(&self, execution: Option<Arc<dyn Unfinished>>) {
        let former = std::mem::replace(&mut *self.shared.unfinished(), execution);
        drop(former);
    }

    /// Ends the calls of the unfinished execution with an error, and returns it.
    pub(super) fn abandon(&mut self, error: Error) -> Error {
        self.context().store().abandon();
        error
    }

    /// Leaves the context to its unfinished execution. Returns the use if the context was deleted meanwhile, so that the execution
    /// has to end first.
    pub(super) fn suspend(self) -> Result<(), Self> {
        let this = ManuallyDrop::new(self);
        let left = this.shared.0.user.compare_exchange(this.me, UNFINISHED, Ordering::AcqRel, Ordering::Relaxed);
        left.map(drop).map_err(|_| ManuallyDrop::into_inner(this))
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        // A context that is closing stays in use: deleting it may run code of the host that calls with it.
        if self.shared.0.user.compare_exchange(self.me, 0, Ordering::AcqRel, Ordering::Acquire).is_err() {
            self.shared.delete(self.me);
        }
    }
}
