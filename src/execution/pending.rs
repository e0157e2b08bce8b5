//! What a context has to tell or to end when it is left, reset or deleted.
#![forbid(unsafe_code)]

use crate::engine::Wake;
use crate::status::Error;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

    /// Is called when a thread that was not in it has left the context to it again: those who were refused meanwhile have to know.
    fn is_left(&self);
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
pub(super) struct Pending {
    unfinished: Mutex<Option<Arc<dyn Unfinished>>>,
    events: Mutex<Events>,
}

impl Pending {
    pub fn unfinished(&self) -> MutexGuard<'_, Option<Arc<dyn Unfinished>>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The events of a context that wait: for a hook, or to enter the context.
#[derive(Default)]
pub(super) struct Events {
    /// By their addresses.
    pub waiting: BTreeMap<usize, Arc<dyn WaitingEvent>>,
    pub wanting: Vec<Arc<dyn Wake>>,
}

/// An execution whose calls were ended, and the error that it is still to be told.
pub(super) type Abandoned = (Arc<dyn Unfinished>, Error);

/// Creates the error of an execution that was cancelled for a reason.
pub(super) fn cancelled(reason: &str) -> Error {
    Error::new(abi::STATUS_CANCELLED, format!("the execution was cancelled: {reason}"))
}

/// The address of an event, which is its own while it is kept.
pub(super) fn address(event: &Arc<dyn WaitingEvent>) -> usize {
    Arc::as_ptr(event).cast::<()>() as usize
}
