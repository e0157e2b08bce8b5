//! Contexts.
#![forbid(unsafe_code)]

use super::context_config::ContextConfig;
use super::engine::Engine;
use super::error::{Result, guard};
use super::owned::OwnedContext;
use crate::capi::CALLER_TABLE;
use crate::{context, plugin, status};

/// Holds the running instances of modules, with the host modules, plug-ins and WASI that they import. It is used by one thread at a
/// time and may move between threads.
///
/// A host function that uses its own context, through a lock for example, receives [`REENTRANT`](crate::Status::REENTRANT): it has a
/// [`Caller`](crate::Caller) for that.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (import "host" "twice" (func $twice (param i32) (result i32)))
/// #     (func (export "answer") (result i32) (call $twice (i32.const 21))))"#).unwrap();
/// let mut context = vm::Context::new(&vm::Engine::new()?)?;
/// context.module("host")?.function("twice", |n: i32| 2 * n)?;
/// let answer: i32 = context.run_wasm_from_buffer(wasm, "answer", ())?;
/// assert_eq!(answer, 42);
/// # Ok(())
/// # }
/// ```
pub struct Context(OwnedContext);

impl Context {
    /// Creates an empty context with the default configuration.
    ///
    /// # Errors
    /// Those of [`with_config`](Self::with_config).
    pub fn new(engine: &Engine) -> Result<Self> {
        Self::with_config(engine, &ContextConfig::new())
    }

    /// Creates an empty context.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a limit above what [`EngineConfig::set_pooling`](crate::EngineConfig::set_pooling)
    /// permits.
    pub fn with_config(engine: &Engine, config: &ContextConfig) -> Result<Self> {
        guard(|| {
            plugin::end_waiting();
            engine.inner().check_limits(&config.inner().limits)?;
            let inner = context::Context::new(engine.inner(), config.inner().clone(), &CALLER_TABLE);
            Ok(Self(OwnedContext::new(inner)))
        })
    }

    /// Runs a part of libvm as the only user of the context.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut context::Context) -> status::Result<T>) -> Result<T> {
        guard(|| work(self.0.enter()?.context()))
    }

    pub(super) fn from_owned(context: OwnedContext) -> Self {
        Self(context)
    }

    pub(super) fn into_owned(self) -> OwnedContext {
        self.0
    }

    pub(super) fn shared(&self) -> &OwnedContext {
        &self.0
    }

    /// Returns the number of the context, which messages name.
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// Resets the context: it is as after its creation, with the host modules, plug-ins, settings and WASI that are registered. All
    /// handles become stale. An unfinished execution is cancelled.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT), and those of plug-ins that are created again.
    pub fn reset(&mut self) -> Result<()> {
        let done = guard(|| self.0.reset());
        plugin::end_waiting();
        done
    }
}
