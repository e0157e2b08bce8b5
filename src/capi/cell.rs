//! Who uses a context: one thread at a time, found out without a lock.

use crate::capi::error::Error as ErrorObject;
use crate::capi::ffi::{Shared, shared};
use crate::capi::guard::guard;
use crate::context;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi::{self as abi, Status};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A context.
pub struct Context {
    /// The thread that uses it, or 0; `CLOSING` is added when its last user has to delete it.
    user: AtomicUsize,
    /// Never changed. Atomic, because what is reached through a shared reference may be freed in its last use only where every
    /// byte may be written.
    id: AtomicU64,
    inner: UnsafeCell<context::Context>,
}

/// Threads have even numbers.
const CLOSING: usize = 1;

// SAFETY: `inner` is touched only by the thread whose number stands in `user`; all it holds may move between threads.
unsafe impl Sync for Context {}

const fn assert_send<T: Send>() {}
const _: () = assert_send::<context::Context>();

impl Context {
    pub(in crate::capi) fn new(mut inner: context::Context) -> Self {
        Self { user: AtomicUsize::new(0), id: AtomicU64::new(inner.store().id()), inner: UnsafeCell::new(inner) }
    }

    pub(in crate::capi) fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// Deletes the context now or, when it is in use, at the end of that use.
    ///
    /// # Safety
    /// `context` is NULL, or from `VM_ContextCreate` and not deleted before.
    pub(in crate::capi) unsafe fn close(context: *mut Self) {
        // SAFETY: promised above.
        let Some(this) = (unsafe { context.as_ref() }) else { return };
        if this.user.fetch_or(CLOSING, Ordering::AcqRel) == 0 {
            // What is freed with it may be code of the host that calls with this context.
            this.user.store(thread::id() | CLOSING, Ordering::Relaxed);
            // SAFETY: nobody uses it, and with `CLOSING` set nobody begins to.
            drop(unsafe { Box::from_raw(context) });
        }
    }
}

#[cold]
fn in_use(user: usize, me: usize) -> Error {
    if user == me | CLOSING {
        let message = "the context is being deleted by a call on this thread and cannot be used any more";
        Error::new(abi::STATUS_REENTRANT, message)
    } else if user == me {
        let message = "a callback of the context cannot use the context; use the VM_Caller of the callback";
        Error::new(abi::STATUS_REENTRANT, message)
    } else {
        Error::new(
            abi::STATUS_BUSY,
            "another thread is using the context; wait until it is done, or create a context for each thread",
        )
    }
}

/// Runs `work` as the context's only user.
#[inline]
pub(in crate::capi) fn with<'a>(
    context: Option<impl Into<Shared<'a, Context>>>,
    error: Option<&mut *mut ErrorObject>,
    work: impl FnOnce(&mut context::Context) -> Result<()>,
) -> Status {
    /// Ends the use also when something below panics.
    struct Leave<'a>(&'a Context, usize);
    impl Drop for Leave<'_> {
        #[inline]
        fn drop(&mut self) {
            let (context, me) = (std::ptr::from_ref(self.0).cast_mut(), self.1);
            // A context that is closing stays in use: deleting it may run code of the host that calls with it.
            if self.0.user.compare_exchange(me, 0, Ordering::AcqRel, Ordering::Acquire).is_err() {
                // SAFETY: it was closed while in use: this was its last user.
                drop(unsafe { Box::from_raw(context) });
            }
        }
    }
    guard(error, || {
        let context = shared(context.map(Into::into), "context")?;
        let me = thread::id();
        if let Err(user) = context.user.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            return Err(in_use(user, me));
        }
        let leave = Leave(context, me);
        // SAFETY: this thread stands in `user`, and no other reference exists while it does.
        let inner = unsafe { &mut *leave.0.inner.get() };
        inner.store().begin_use(me);
        work(inner)
    })
}

/// Like `with`, for functions that give a value and no error.
pub(in crate::capi) fn with_value<T>(context: Option<&Context>, fallback: T, work: impl FnOnce(&mut context::Context) -> T) -> T {
    let mut value = fallback;
    with(context, None, |context| {
        value = work(context);
        Ok(())
    });
    value
}
