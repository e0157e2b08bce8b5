//! Contexts and executions as Rust owns them: deleted when they are dropped.

use crate::context::Context;
use crate::execution::{Execution, SharedContext};
use crate::plugin;
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
