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
//! | a thread, with `HELD` | is in use by this thread, also between its calls: `held` says whether it is in one |
//! | one of these threads, with `WANTED` | is in use by this thread, and an event waits for it to leave |
//! | one of these, with `CLOSING` | was deleted: its user deletes what is in it when it leaves, and nobody enters it any more |
//!
//! Events that hooks have suspended do not occupy the context. What goes on with them is a visit: it enters a context that is not in use,
//! also while an execution is unfinished, and leaves it as it was. An event that can go on while the context is in use sets `WANTED`, and is
//! woken when the user leaves.

use super::freeable::Freeable;
use super::held::{self, CLOSING, HELD, Held, UNFINISHED, WANTED, not_left, still_held};
use super::pending::{Events, Pending, Unfinished, WaitingEvent, address, cancelled};
use crate::context::Context;
use crate::engine::{Controls, Wake};
use crate::hooks::Event;
use crate::panics;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi as abi;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard};

/// A context with its owners.
pub struct SharedContext(Freeable<Shared>);

/// Each call writes it: it shares no line of the cache with what another thread may write.
#[repr(align(64))]
struct Shared {
    user: AtomicUsize,
    /// Touched by the thread in `user` only, if that holds the context.
    held: Held,
    id: u64,
    controls: Arc<Controls>,
    inner: UnsafeCell<ManuallyDrop<Context>>,
    pending: Arc<Pending>,
    /// The bits of the points with hooks.
    hook_bits: Arc<AtomicU64>,
    /// The reference of the host, until it deletes the context.
    host: UnsafeCell<Option<Arc<SharedContext>>>,
}

// SAFETY: `held`, `inner` and `host` are touched only by the thread in `user`; all they hold may move between threads.
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
            held: Held::default(),
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

    pub(super) fn unfinished(&self) -> MutexGuard<'_, Option<Arc<dyn Unfinished>>> {
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

    /// Returns whether a thread, which calls this, holds the context; not of one that was deleted.
    #[inline(always)] // as above
    pub(super) fn is_held_by(&self, me: usize) -> bool {
        self.0.user.load(Ordering::Relaxed) & !WANTED == me | HELD
    }

    /// Holds the context for this thread, until it is left as often as it was entered.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn hold(&self) -> Result<()> {
        let _entered = ManuallyDrop::new(self.enter()?);
        self.0.user.fetch_or(HELD, Ordering::Relaxed);
        self.0.held.enter();
        Ok(())
    }

    /// Leaves the context that this thread holds; with the last one, others can enter it, and it is deleted if it was to be.
    ///
    /// # Errors
    /// `STATUS_WRONG_THREAD` if another thread uses it, `STATUS_INVALID_ARGUMENT` if none does, `STATUS_REENTRANT` inside of a call.
    pub fn leave(&self) -> Result<()> {
        let me = thread::id();
        let user = self.0.user.load(Ordering::Relaxed) & !(WANTED | CLOSING);
        if user != me | HELD || self.0.held.is_in_call() {
            return Err(not_left(user, me));
        }
        let Some(rest) = self.0.held.leave() else { return Ok(()) };
        let mut last = Entered { shared: self, user };
        last.context().store().take_stack_back();
        match rest {
            UNFINISHED => last.leave_unfinished(),
            _ => drop(last),
        }
        Ok(())
    }

    /// Returns whether the context was deleted while this thread holds it, and no call is in it.
    pub(super) fn is_still_held(&self) -> bool {
        self.0.user.load(Ordering::Relaxed) & !WANTED == thread::id() | HELD | CLOSING && !self.0.held.is_in_call()
    }

    /// Checks that this thread does not hold the context, which others are to use.
    ///
    /// # Errors
    /// `STATUS_BUSY`.
    pub fn check_left(&self) -> Result<()> {
        if self.is_held_by(thread::id()) { Err(still_held()) } else { Ok(()) }
    }

    /// Enters the context for its unfinished execution, unless somebody uses it: to reset or to delete it.
    pub(super) fn enter_unfinished(&self) -> Option<Entered<'_>> {
        self.enter_from(UNFINISHED, thread::id()).ok()
    }

    /// Begins a call of a thread, if it holds the context, no call is in it and nobody wants it; the use of the store is still to begin.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub(super) fn begin_held(&self, me: usize) -> Option<HeldCall<'_>> {
        let is_held = self.0.user.load(Ordering::Relaxed) == me | HELD;
        if is_held && self.0.held.begin_call(0, me).is_ok() { Some(HeldCall(self)) } else { None }
    }

    /// As `enter`; the use of the store is still to begin.
    #[cfg(feature = "compiled")]
    #[inline(always)] // as above
    pub(super) fn enter_for_call(&self, me: usize) -> Result<Entered<'_>> {
        self.take_from(0, me).map_err(|user| self.in_use(user, me))
    }

    #[inline(always)] // on the path of every call
    fn enter_from(&self, from: usize, me: usize) -> Result<Entered<'_>, usize> {
        let mut entered = self.take_from(from, me)?;
        entered.context().store().begin_use(me);
        Ok(entered)
    }

    #[inline(always)] // as above
    fn take_from(&self, from: usize, me: usize) -> Result<Entered<'_>, usize> {
        let user = &self.0.user;
        let is_free = user.load(Ordering::Relaxed) == from;
        if !is_free || user.compare_exchange(from, me, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.take_otherwise(from, me)?;
        }
        Ok(Entered { shared: self, user: me })
    }

    /// Enters a context that this thread holds, or that another one has just left.
    #[cold]
    fn take_otherwise(&self, from: usize, me: usize) -> Result<(), usize> {
        if self.is_held_by(me) {
            return self.0.held.begin_call(from, me);
        }
        self.0.user.compare_exchange(from, me, Ordering::Acquire, Ordering::Relaxed).map(|_| ())
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
                Err(user) if user & !(WANTED | CLOSING | HELD) == me => return Err(true),
                Err(_) => {}
            }
            // First, so that the user finds it.
            self.events().wanting.push(Arc::clone(wanting));
            let user = self.0.user.load(Ordering::Acquire);
            if user & CLOSING != 0 {
                return Err(false);
            }
            let is_used = user != 0 && user != UNFINISHED && user & !(WANTED | HELD) != me;
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
    pub(super) fn end_events(&self) -> Vec<Arc<dyn WaitingEvent>> {
        let Events { waiting, wanting } = std::mem::take(&mut *self.events());
        drop(wanting);
        waiting.into_values().filter(|event| event.ends()).collect()
    }

    #[cold]
    fn in_use(&self, user: usize, me: usize) -> Error {
        let user = user & !WANTED;
        if self.is_still_held() {
            return held::deleted();
        }
        if user & !HELD == me | CLOSING {
            return held::closing();
        }
        if user == me {
            return held::in_callback();
        }
        // The list of locks in state.rs does not have this one before that of an execution.
        let unfinished = self.unfinished().clone();
        let message = match unfinished {
            Some(unfinished) if user == UNFINISHED => format!(
                "the context has an unfinished execution, {}; poll it (VM_ExecutionPoll) until it has ended, or delete it",
                unfinished.name()
            ),
            _ if user != UNFINISHED && user & HELD != 0 => {
                "another thread holds the context; wait until it leaves it (VM_ContextLeave), or create one for each thread"
                    .to_owned()
            }
            _ => "another thread is using the context; wait until it is done, or create a context for each thread".to_owned(),
        };
        Error::new(abi::STATUS_BUSY, message)
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

    /// Leaves the context, of which the use had this `user`, and which is `to` from now on, if it is held, or events want it: then wakes
    /// them. Does not leave one that is closing, unless it is held and nothing in it has to end before.
    #[cold]
    fn leave_otherwise(&self, user: usize, to: usize) -> bool {
        let found = self.0.user.load(Ordering::Acquire);
        if user & HELD == 0 && found & HELD != 0 {
            let leaves = to == 0 || found & CLOSING == 0;
            if leaves {
                self.0.held.end_call(to);
            }
            return leaves;
        }
        // Afterwards another thread may free the context at any time.
        let pending = Arc::clone(&self.0.pending);
        let left = self.0.user.compare_exchange(user | WANTED, to, Ordering::AcqRel, Ordering::Acquire);
        if left.is_ok() {
            let wanting = std::mem::take(&mut pending.events().wanting);
            wanting.iter().for_each(|event| event.wake());
        }
        left.is_ok()
    }

    /// Deletes what is in it, as its last user.
    #[cold]
    fn delete(&self, me: usize) {
        let mut closing = ManuallyDrop::new(Entered { shared: self, user: me });
        drop(panics::catch(|| closing.context().tell_closing()));
        let unfinished = self.unfinished().take();
        let ended = unfinished.map(|unfinished| {
            let mut entered = ManuallyDrop::new(Entered { shared: self, user: me });
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
    /// What `user` is without `WANTED` and `CLOSING`; without `HELD`, the context is held afterwards if it is so now.
    user: usize,
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
        match this.shared.0.user.compare_exchange(this.user, UNFINISHED, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(_) if this.shared.leave_otherwise(this.user, UNFINISHED) => Ok(()),
            Err(_) => Err(ManuallyDrop::into_inner(this)),
        }
    }

    /// Leaves the context to its unfinished execution, in which this thread was not.
    fn leave_unfinished(self) {
        let unfinished = self.shared.unfinished().clone();
        match self.suspend() {
            Ok(()) => drop(unfinished.inspect(|unfinished| unfinished.is_left())),
            // It ends the execution.
            Err(closing) => drop(closing),
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        let user = &self.shared.0.user;
        // A context that is closing stays in use: deleting it may run code of the host that calls with it.
        let left = user.compare_exchange(self.user, 0, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if !left && !self.shared.leave_otherwise(self.user, 0) {
            self.shared.delete(self.user & !HELD);
        }
    }
}

/// A call of a thread that holds the context; it ends when this is dropped.
#[cfg(feature = "compiled")]
#[repr(transparent)] // it is passed in a register
pub struct HeldCall<'a>(&'a SharedContext);

#[cfg(feature = "compiled")]
impl HeldCall<'_> {
    /// Returns the context.
    #[inline]
    pub fn context(&mut self) -> &mut Context {
        // SAFETY: this thread is in `user`, and this is its only call.
        unsafe { &mut *self.0.0.inner.get() }
    }
}

#[cfg(feature = "compiled")]
impl Drop for HeldCall<'_> {
    #[inline(always)] // on the path of prepared calls
    fn drop(&mut self) {
        self.0.0.held.end_call(0);
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
        if self.resumes {
            entered.leave_unfinished();
        }
    }
}
