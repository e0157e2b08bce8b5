//! Contexts that a thread has entered for many calls.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Result, guard};
use crate::execution::SharedContext;
use crate::plugin;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

impl Context {
    /// Enters the context for many calls: until the result is dropped it is used by this thread, also between its calls, and short calls
    /// take a fraction of the time. Started executions and events that wait are refused to other threads as long, and go on then.
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))"#).unwrap();
    /// # let engine = vm::Engine::new()?;
    /// # let mut context = vm::Context::new(&engine)?;
    /// # let instance = context.instantiate(&vm::Module::from_buffer(&engine, wasm)?)?;
    /// let twice = instance.function(&mut context, "twice")?.typed::<i32, i32>(&context)?;
    /// let mut entered = context.enter()?;
    /// let sum = (0..1000).try_fold(0, |sum, n| Ok::<_, vm::Error>(sum + twice.call(&mut entered, n)?))?;
    /// assert_eq!(sum, 999_000);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn enter(&mut self) -> Result<EnteredContext<'_>> {
        let shared = guard(|| {
            let shared = self.shared().enter()?.share();
            shared.hold()?;
            Ok(shared)
        })?;
        Ok(EnteredContext { context: self, shared, _on_this_thread: PhantomData })
    }
}

/// A context that was entered by [`Context::enter`], and is left when this is dropped. Forgetting this leaves the context in use, also when it
/// is dropped.
pub struct EnteredContext<'a> {
    context: &'a mut Context,
    /// The one that was entered: another one may have been put in its place.
    shared: Arc<SharedContext>,
    _on_this_thread: PhantomData<*const ()>,
}

impl Deref for EnteredContext<'_> {
    type Target = Context;

    fn deref(&self) -> &Context {
        self.context
    }
}

impl DerefMut for EnteredContext<'_> {
    fn deref_mut(&mut self) -> &mut Context {
        self.context
    }
}

impl fmt::Debug for EnteredContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnteredContext({})", self.shared.id())
    }
}

impl Drop for EnteredContext<'_> {
    fn drop(&mut self) {
        // It fails if a part of it is still lent, by a guard that was forgotten: then the context stays in use.
        let _ = guard(|| self.shared.leave());
        plugin::end_waiting();
    }
}
