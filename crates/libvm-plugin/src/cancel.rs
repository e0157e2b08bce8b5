//! What is called when a suspended wait ends without a completion.
use crate::error;
use crate::services::{Level, Services};
use libvm_abi as abi;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// The `user` of a suspension: a closure for its `cancel`.
pub(crate) struct OnCancel<F> {
    state: Mutex<State<F>>,
    host: *const abi::PluginHost,
}

// SAFETY: the closure is `Send` and only the thread that takes it uses it; the host's log is thread-safe.
unsafe impl<F: Send> Send for OnCancel<F> {}
// SAFETY: as above.
unsafe impl<F: Send> Sync for OnCancel<F> {}

enum State<F> {
    /// It is not known yet whether the host suspends.
    Suspending,
    Suspended(F),
    /// Cancelled, or refused by the host.
    Ended,
}

impl<F: FnOnce() + Send + 'static> OnCancel<F> {
    /// # Safety
    /// The host is valid until the suspension was released.
    pub(crate) unsafe fn new(host: *const abi::PluginHost) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::Suspending), host })
    }

    /// Returns the three fields of a suspension: its user, cancel and release. Release must be called once.
    pub(crate) fn functions(this: &Arc<Self>) -> (*mut c_void, Option<abi::Free>, Option<abi::Free>) {
        (Arc::into_raw(Arc::clone(this)).cast_mut().cast(), Some(cancel::<F>), Some(release::<F>))
    }

    /// Sets the closure, after the host has suspended; runs it if the wait has ended meanwhile.
    pub(crate) fn set(&self, closure: F) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            State::Ended => {
                drop(state);
                self.run(closure);
            }
            _ => *state = State::Suspended(closure),
        }
    }

    fn end(&self) {
        let state = std::mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Ended);
        if let State::Suspended(closure) = state {
            self.run(closure);
        }
    }

    fn run(&self, closure: F) {
        guard(self.host, closure);
    }
}

/// Catches a panic, which goes to the log.
fn guard(host: *const abi::PluginHost, run: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        Services { host, myself: std::ptr::null_mut() }
            .log(Level::Error, &format!("cancelling a suspension: {}", error::of_panic(&*panic)));
    }
}

unsafe extern "C" fn cancel<F: FnOnce() + Send + 'static>(user: *mut c_void) {
    // SAFETY: the suspension owns a count until `release`.
    unsafe { &*user.cast_const().cast::<OnCancel<F>>() }.end();
}

unsafe extern "C" fn release<F: FnOnce() + Send + 'static>(user: *mut c_void) {
    // SAFETY: called once, last; the count of the suspension.
    let owned = unsafe { Arc::from_raw(user.cast_const().cast::<OnCancel<F>>()) };
    // The closure of a completed wait is dropped here, and what it owns may panic.
    guard(owned.host, || drop(owned));
}
