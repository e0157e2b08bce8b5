//! A context that a thread holds: its calls enter and leave it without atomic operations, and others find it in use all the time.
#![forbid(unsafe_code)]

use crate::status::Error;
use libvm_abi as abi;
use std::cell::Cell;

/// Threads have even numbers, which are addresses or counted in steps of 8.
pub(super) const CLOSING: usize = 1;
pub(super) const UNFINISHED: usize = 2;
pub(super) const WANTED: usize = 4;
/// With a thread; `UNFINISHED` is without one.
pub(super) const HELD: usize = 2;

/// What is known of the thread that holds a context.
#[derive(Default)]
pub(super) struct Held {
    /// What `user` would be if the context was not held: 0, `UNFINISHED`, or `IN_CALL`.
    rest: Cell<usize>,
    /// How often it has still to be left.
    count: Cell<u64>,
}

/// A call of the thread is in the context.
const IN_CALL: usize = 1;

impl Held {
    /// Begins a call of the thread that holds the context, if this is `from`; otherwise returns what `user` would be.
    #[inline(always)] // on the path of every call
    pub fn begin_call(&self, from: usize, me: usize) -> Result<(), usize> {
        match self.rest.get() {
            rest if rest == from => self.rest.set(IN_CALL),
            IN_CALL => return Err(me),
            rest => return Err(rest),
        }
        Ok(())
    }

    /// Ends a call, after which the context is `to`.
    #[inline(always)] // as above
    pub fn end_call(&self, to: usize) {
        self.rest.set(to);
    }

    /// Returns whether a call is in the context.
    pub fn is_in_call(&self) -> bool {
        self.rest.get() == IN_CALL
    }

    /// Counts that the context was entered.
    pub fn enter(&self) {
        self.count.set(self.count.get() + 1);
        self.end_call(0);
    }

    /// Counts that the context was left; the last time, returns what `user` is then, and a call is in the context until it is that.
    pub fn leave(&self) -> Option<usize> {
        self.count.set(self.count.get() - 1);
        (self.count.get() == 0).then(|| self.rest.replace(IN_CALL))
    }
}

/// Creates the error of a thread that leaves a context which it does not hold, or is in.
#[cold]
pub(super) fn not_left(user: usize, me: usize) -> Error {
    if user & !HELD == me {
        let message = "a callback of the context cannot leave it; leave it where it was entered, when the call has returned";
        return Error::new(abi::STATUS_REENTRANT, message);
    }
    if user == 0 || user == UNFINISHED {
        let message = "the context was not entered; VM_ContextLeave is called once for each VM_ContextEnter that has succeeded";
        return Error::new(abi::STATUS_INVALID_ARGUMENT, message);
    }
    let message = "another thread uses the context; VM_ContextLeave is called on the thread that has entered it";
    Error::new(abi::STATUS_WRONG_THREAD, message)
}

/// Creates the error of a context that is to be used by others, but was not left.
#[cold]
pub(super) fn still_held() -> Error {
    let message =
        "the context is held by this thread; leave it (VM_ContextLeave) as often as it was entered before others use it";
    Error::new(abi::STATUS_BUSY, message)
}

/// Creates the error of a call in a context that was deleted while it was held.
#[cold]
pub(super) fn deleted() -> Error {
    let message = "the context was deleted, and exists until it is left (VM_ContextLeave) as often as it was entered";
    Error::new(abi::STATUS_STALE, message)
}

/// Creates the error of a call in a context that this thread is deleting.
#[cold]
pub(super) fn closing() -> Error {
    let message = "the context is being deleted by a call on this thread and cannot be used any more";
    Error::new(abi::STATUS_REENTRANT, message)
}

/// Creates the error of a callback that uses its context.
#[cold]
pub(super) fn in_callback() -> Error {
    let message = "a callback of the context cannot use the context; use the VM_Caller of the callback";
    Error::new(abi::STATUS_REENTRANT, message)
}
