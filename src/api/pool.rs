//! Pools of contexts.

use super::context::Context;
use super::context_config::ContextConfig;
use super::engine::Engine;
use super::error::{Error, Result, Status, guard};
use super::owned::OwnedContext;
use crate::capi::CALLER_TABLE;
use crate::execution::{Pool, SharedContext, Unprepared};
use crate::{context, engine, panics, plugin, status};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

type Prepare = Box<dyn Fn(&mut Context) -> Result<()> + Send + Sync>;

struct Inner {
    pool: Arc<Pool>,
    engine: engine::Engine,
    config: context::ContextConfig,
    prepare: Prepare,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pool.clear();
        plugin::end_waiting();
    }
}

impl Inner {
    fn create(&self) -> context::Context {
        context::Context::new(&self.engine, self.config.clone(), &CALLER_TABLE)
    }

    fn prepare(&self, raw: *mut SharedContext) -> Result<(), Unprepared> {
        self.engine.check_limits(&self.config.limits).map_err(Unprepared::Failed)?;
        // SAFETY: the pool lends the context that it has created; it gets it back below, or is told that it does not.
        let mut context = Context::from_owned(unsafe { OwnedContext::from_raw(raw) });
        let prepared = panics::catch(|| (self.prepare)(&mut context));
        if context.shared().as_ptr() != raw {
            let text = "the function that prepares the contexts of a pool has put another context in the place of the new one";
            return Err(Unprepared::Lost(status::Error::new(Status::INVALID_ARGUMENT.number(), text)));
        }
        context.into_owned().into_raw();
        let panicked = |panic: panics::Panic| {
            Error::new(format!("the function that prepares the contexts of the pool panicked: {}", panic.text()))
        };
        let prepared = prepared.unwrap_or_else(|panic| Err(panicked(panic)));
        prepared.map_err(|error| Unprepared::Failed(error.into_inner().unwrap_or_else(|own| own)))
    }
}

/// Keeps contexts that were prepared alike, for hosts that run each request in a context of its own: taking one is cheaper than creating
/// it, and what a module imports is resolved once for all of them. Clones share it.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (import "host" "twice" (func $twice (param i32) (result i32)))
/// #     (func (export "answer") (result i32) (call $twice (i32.const 21))))"#).unwrap();
/// use vm::{Context, ContextConfig, ContextPool, Engine, Module};
///
/// let engine = Engine::new()?;
/// let module = Module::from_buffer(&engine, wasm)?;
/// let pool = ContextPool::new(&engine, &ContextConfig::new(), 100, |context: &mut Context| {
///     context.module("host")?.function("twice", |n: i32| 2 * n)?;
///     Ok(())
/// });
/// for _ in 0..3 {
///     let mut context = pool.take()?; // returns to the pool when it is dropped
///     let instance = context.instantiate(&module)?;
///     assert_eq!(instance.call::<i32>(&mut context, "answer", ())?, 42);
/// }
/// assert_eq!((pool.idle_count(), pool.taken_count()), (1, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ContextPool(Arc<Inner>);

impl ContextPool {
    /// Creates a pool of at most `limit` contexts; 0 for no limit. They are created when they are needed, with the configuration, and
    /// prepared by the function, on the thread that needs one: it registers host modules, plug-ins and WASI, and sets limits.
    pub fn new(
        engine: &Engine,
        config: &ContextConfig,
        limit: usize,
        prepare: impl Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (engine, config) = (engine.inner().clone(), config.inner().clone());
        Self(Arc::new(Inner { pool: Pool::new(limit), engine, config, prepare: Box::new(prepare) }))
    }

    /// Takes a context: one that was returned, or a new one. Its state is that after the function that prepares contexts.
    ///
    /// # Errors
    /// [`LIMIT`](Status::LIMIT) if all contexts are taken, as many as the limit: [`Error::is_retryable`];
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) if the function has created an instance that a reset would remove, and the error
    /// with which the function failed.
    pub fn take(&self) -> Result<PooledContext> {
        let inner = &self.0;
        let raw = guard(|| {
            plugin::end_waiting();
            inner.pool.take(|| inner.create(), |context| inner.prepare(context))
        })?;
        // SAFETY: the pool has handed it out to this call alone.
        let context = Context::from_owned(unsafe { OwnedContext::from_raw(raw) });
        Ok(PooledContext { context: Some(context), pool: self.clone() })
    }

    /// Creates contexts in advance, until the pool has so many, taken ones included.
    ///
    /// # Errors
    /// [`LIMIT`](Status::LIMIT) for more than the limit, and as for [`take`](Self::take).
    pub fn fill(&self, count: usize) -> Result<()> {
        let inner = &self.0;
        guard(|| {
            plugin::end_waiting();
            while inner.pool.fill(count, || inner.create(), |context| inner.prepare(context))? {}
            Ok(())
        })
    }

    /// Returns how many contexts are unused.
    pub fn idle_count(&self) -> usize {
        self.0.pool.counts().0
    }

    /// Returns how many contexts are taken.
    pub fn taken_count(&self) -> usize {
        self.0.pool.counts().1
    }
}

impl fmt::Debug for ContextPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContextPool({} idle, {} taken)", self.idle_count(), self.taken_count())
    }
}

/// A context that was taken from a [`ContextPool`]. When it is dropped, it is reset as by [`Context::reset`] and returns to the pool:
/// limits of time and fuel, and the log callback, are again those of the function that prepares contexts. It is dropped instead, and
/// makes room for another one, if it cannot be reset, or if more was registered, set or granted in it than by that function.
pub struct PooledContext {
    /// Taken when this is dropped.
    context: Option<Context>,
    pool: ContextPool,
}

impl PooledContext {
    /// Returns the context, which does not return to the pool, and makes room for another one there when it is dropped.
    pub fn into_context(mut self) -> Context {
        self.context.take().expect("it is there until this is dropped")
    }
}

impl Deref for PooledContext {
    type Target = Context;

    fn deref(&self) -> &Context {
        self.context.as_ref().expect("it is there until this is dropped")
    }
}

impl DerefMut for PooledContext {
    fn deref_mut(&mut self) -> &mut Context {
        self.context.as_mut().expect("it is there until this is dropped")
    }
}

impl Drop for PooledContext {
    fn drop(&mut self) {
        let Some(context) = self.context.take() else { return };
        // SAFETY: it was not deleted, since this owns it. If it is not of the pool, that refuses it.
        let given = guard(|| unsafe { self.pool.0.pool.give_back(context.shared().as_ptr()) });
        match given {
            // The pool owns it now, or has deleted it.
            Ok(()) => _ = context.into_owned().into_raw(),
            // In use by a guard that was forgotten, for example: deleted here, which makes room for another one.
            Err(_) => drop(context),
        }
        plugin::end_waiting();
    }
}
