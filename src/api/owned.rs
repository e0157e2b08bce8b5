//! Contexts and executions as Rust owns them: deleted when they are dropped.

use crate::context::Context;
use crate::execution::{Execution, SharedContext};
use crate::plugin;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

/// A context that is deleted when this is dropped.
pub struct OwnedContext(*mut SharedContext);

// SAFETY: it is a reference to what is `Sync`, and `close` may be called on any thread.
unsafe impl Send for OwnedContext {}
// SAFETY: as above.
unsafe impl Sync for OwnedContext {}

impl OwnedContext {
    /// Takes ownership of a context.
    pub fn new(inner: Context) -> Self {
        Self(SharedContext::create(inner))
    }

    /// Takes ownership of a context.
    ///
    /// # Safety
    /// It is from `SharedContext::create`, was not closed, and nothing else closes it.
    pub unsafe fn from_raw(context: *mut SharedContext) -> Self {
        Self(context)
    }

    /// Returns the context, which this owns.
    pub fn as_ptr(&self) -> *mut SharedContext {
        self.0
    }

    /// Gives up ownership of the context.
    pub fn into_raw(self) -> *mut SharedContext {
        ManuallyDrop::new(self).0
    }
}

impl Deref for OwnedContext {
    type Target = SharedContext;

    #[inline]
    fn deref(&self) -> &SharedContext {
        // SAFETY: it exists until it is closed below.
        unsafe { &*self.0 }
    }
}

impl Drop for OwnedContext {
    fn drop(&mut self) {
        // SAFETY: it was created above, and is dropped once.
        unsafe { SharedContext::close(self.0) };
        plugin::end_waiting();
    }
}

/// An execution that is deleted when this is dropped.
pub struct OwnedExecution(Arc<Execution>);

impl OwnedExecution {
    /// Takes ownership of an execution that was started.
    pub fn new(started: Arc<Execution>) -> Self {
        Self(started)
    }
}

impl Deref for OwnedExecution {
    type Target = Execution;

    fn deref(&self) -> &Execution {
        &self.0
    }
}

impl Drop for OwnedExecution {
    fn drop(&mut self) {
        self.0.delete();
        plugin::end_waiting();
    }
}
