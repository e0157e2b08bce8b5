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
//! | a thread, with `WANTED` | is in use by this thread, and an event waits for it to leave |
//! | one of these, with `CLOSING` | was deleted: its user deletes what is in it when it leaves, and nobody enters it any more |
//!
//! Events that hooks have suspended do not occupy the context. What goes on with them is a visit: it enters a context that is not in use,
//! also while an execution is unfinished, and leaves it as it was. An event that can go on while the context is in use sets `WANTED`, and is
//! woken when the user leaves.

use super::freeable::Freeable;
use crate::context::Context;
use crate::engine::{Controls, Wake};
use crate::hooks::Event;
use crate::panics;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi as abi;
use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Threads have even numbers, which are addresses or counted in steps of 8.
const CLOSING: usize = 1;
const UNFINISHED: usize = 2;
const WANTED: usize = 4;

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

/// An event that waits, which its context has to end when the context is reset or deleted.
pub trait WaitingEvent: Send + Sync {
    /// Is called when this thread ends it, before its context is reset; returns whether it waited.
    fn ends(&self) -> bool;

    /// Is called when its context has ended it.
    fn ended(&self, reason: &str);
}

/// What a context still has to be told or to end, which those who leave it need also when it is freed meanwhile.
#[derive(Default)]
struct Pending {
    unfinished: Mutex<Option<Arc<dyn Unfinished>>>,
    events: Mutex<Events>,
}

impl Pending {
    fn unfinished(&self) -> MutexGuard<'_, Option<Arc<dyn Unfinished>>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The events of a context that wait: for a hook, or to enter the context.
#[derive(Default)]
struct Events {
    /// By their addresses.
    waiting: BTreeMap<usize, Arc<dyn WaitingEvent>>,
    wanting: Vec<Arc<dyn Wake>>,
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
    pending: Arc<Pending>,
    /// The bits of the points with hooks.
    hook_bits: Arc<AtomicU64>,
    /// The reference of the host, until it deletes the context.
    host: UnsafeCell<Option<Arc<SharedContext>>>,
}

// SAFETY: `inner` and `host` are touched only by the thread in `user`; all they hold may move between threads.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

/// What few contexts need is behind pointers: a context costs about 1.5 KiB of libvm's own, of which this is a third.
#[cfg(all(target_pointer_width = "64", feature = "compiled"))]
const _: () = assert!(size_of::<Shared>() <= 512);

const fn assert_send<T: Send>() {}
const _: () = assert_send::<Context>();

impl SharedContext {
    /// Creates a context that the host owns, until `close`.
    pub fn create(mut inner: Context) -> *mut Self {
        let shared = Arc::new(Self(Freeable::new(Shared {
            user: AtomicUsize::new(0),
            id: inner.store().id(),
            controls: inner.store().controls(),
            pending: Arc::default(),
            hook_bits: Arc::clone(inner.hook_bits()),
            inner: UnsafeCell::new(ManuallyDrop::new(inner)),
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

    /// Returns whether there may be hooks at the point of an event.
    #[inline]
    pub fn may_have_hooks(&self, event: &Event) -> bool {
        self.0.hook_bits.load(Ordering::Relaxed) & event.bit() != 0
    }

    fn unfinished(&self) -> MutexGuard<'_, Option<Arc<dyn Unfinished>>> {
        self.0.pending.unfinished()
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

    /// Enters the context for an event, also while an execution is unfinished.
    ///
    /// # Errors
    /// As `enter`, except for an unfinished execution.
    pub fn visit(&self) -> Result<Visit<'_>> {
        let me = thread::id();
        self.try_visit(me).map_err(|user| self.in_use(user, me))
    }

    fn try_visit(&self, me: usize) -> Result<Visit<'_>, usize> {
        let entered = self.enter_from(0, me).map(|entered| (entered, false));
        let (entered, resumes) = entered.or_else(|_| self.enter_from(UNFINISHED, me).map(|entered| (entered, true)))?;
        Ok(Visit { entered: Some(entered), resumes })
    }

    /// Enters the context for an event, as `visit`. If that is in use, the event is woken when its user leaves.
    ///
    /// # Errors
    /// Whether the user is this thread.
    pub(super) fn visit_or_want(&self, wanting: &Arc<dyn Wake>) -> Result<Visit<'_>, bool> {
        let me = thread::id();
        loop {
            match self.try_visit(me) {
                Ok(visit) => return Ok(visit),
                Err(user) if user & !(WANTED | CLOSING) == me => return Err(true),
                Err(_) => {}
            }
            // First, so that the user finds it.
            self.events().wanting.push(Arc::clone(wanting));
            let user = self.0.user.load(Ordering::Acquire);
            if user & CLOSING != 0 {
                return Err(false);
            }
            let is_used = user != 0 && user != UNFINISHED && user & !WANTED != me;
            let wants = || self.0.user.compare_exchange(user, user | WANTED, Ordering::AcqRel, Ordering::Relaxed);
            if is_used && wants().is_ok() {
                return Err(false);
            }
            self.events().wanting.retain(|other| !Arc::ptr_eq(other, wanting));
        }
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        self.0.pending.events()
    }

    /// Keeps an event that waits, to end it with the context.
    pub(super) fn keep_event(&self, event: Arc<dyn WaitingEvent>) {
        self.events().waiting.insert(address(&event), event);
    }

    /// Keeps an event no longer.
    pub(super) fn release_event(&self, event: &Arc<dyn WaitingEvent>) {
        let kept = self.events().waiting.remove(&address(event));
        drop(kept);
    }

    /// Ends what the events that wait wait for; they are still to be told.
    fn end_events(&self) -> Vec<Arc<dyn WaitingEvent>> {
        let Events { waiting, wanting } = std::mem::take(&mut *self.events());
        drop(wanting);
        waiting.into_values().filter(|event| event.ends()).collect()
    }

    #[cold]
    fn in_use(&self, user: usize, me: usize) -> Error {
        let user = user & !WANTED;
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
        let events = self.end_events();
        let result = entered.context().reset();
        drop(entered);
        events.iter().for_each(|event| event.ended("its context was reset"));
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
        self.end_events().iter().for_each(|event| event.ended("its context was reset"));
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
        let pending = Arc::clone(&this.0.pending);
        let user = this.0.user.fetch_or(CLOSING, Ordering::AcqRel);
        if user == 0 || user == UNFINISHED {
            // What is freed with it may be code of the host that calls with this context.
            let me = thread::id();
            this.0.user.store(me | CLOSING, Ordering::Relaxed);
            this.delete(me);
        } else {
            let unfinished = pending.unfinished().clone();
            unfinished.inspect(|unfinished| unfinished.cancel());
        }
    }

    /// Deletes what is in it, as its last user.
    #[cold]
    fn delete(&self, me: usize) {
        let mut closing = ManuallyDrop::new(Entered { shared: self, me });
        let told = panics::catch(|| closing.context().tell_closing());
        drop(told);
        let unfinished = self.unfinished().take();
        let ended = unfinished.map(|unfinished| {
            let mut entered = ManuallyDrop::new(Entered { shared: self, me });
            entered.context().store().begin_use(me);
            unfinished.ends();
            (unfinished, entered.abandon(cancelled("its context was deleted")))
        });
        let events = self.end_events();
        // SAFETY: nobody uses it, and with `CLOSING` set nobody begins to.
        let host = unsafe {
            ManuallyDrop::drop(&mut *self.0.inner.get());
            (*self.0.host.get()).take()
        };
        if let Some((unfinished, error)) = ended {
            unfinished.ended(error);
        }
        events.iter().for_each(|event| event.ended("its context was deleted"));
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
        match this.shared.0.user.compare_exchange(this.me, UNFINISHED, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(_) if this.leave_wanted(UNFINISHED) => Ok(()),
            Err(_) => Err(ManuallyDrop::into_inner(this)),
        }
    }

    /// Leaves the context, which is `to` from now on, if events want it, and wakes them.
    #[cold]
    fn leave_wanted(&self, to: usize) -> bool {
        // Afterwards another thread may free the context at any time.
        let pending = Arc::clone(&self.shared.0.pending);
        let left = self.shared.0.user.compare_exchange(self.me | WANTED, to, Ordering::AcqRel, Ordering::Acquire);
        if left.is_ok() {
            let wanting = std::mem::take(&mut pending.events().wanting);
            wanting.iter().for_each(|event| event.wake());
        }
        left.is_ok()
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        // A context that is closing stays in use: deleting it may run code of the host that calls with it.
        if self.shared.0.user.compare_exchange(self.me, 0, Ordering::AcqRel, Ordering::Acquire).is_err() && !self.leave_wanted(0)
        {
            self.shared.delete(self.me);
        }
    }
}

/// A use of a context by this thread for an event, which leaves an unfinished execution as it was; it ends when this is dropped.
pub struct Visit<'a> {
    /// Taken when this is dropped.
    entered: Option<Entered<'a>>,
    /// Whether an execution is unfinished.
    resumes: bool,
}

impl Visit<'_> {
    /// Returns the context.
    pub fn context(&mut self) -> &mut Context {
        self.entered.as_mut().expect("it is taken when this is dropped").context()
    }

    /// Returns an owning reference to the context.
    pub(super) fn share(&self) -> Arc<SharedContext> {
        self.entered.as_ref().expect("it is taken when this is dropped").share()
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let entered = self.entered.take().expect("it is dropped once");
        if !self.resumes {
            drop(entered);
        } else if let Err(closing) = entered.suspend() {
            // It ends the execution.
            drop(closing);
        }
    }
}

/// The address of an event, which is its own while it is kept.
fn address(event: &Arc<dyn WaitingEvent>) -> usize {
    Arc::as_ptr(event).cast::<()>() as usize
}
