//! The time and the fuel of a context's executions, and their end by another thread.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Result, guard};
use crate::engine::{self, RunLimits};
use std::time::Duration;

/// The number of an execution, by which any thread cancels it.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let endless = wat::parse_str(r#"(module (func (export "run") (loop $l (br $l))))"#).unwrap();
/// let engine = vm::Engine::with_config(vm::EngineConfig::new().set_interruptible(true))?;
/// let mut context = vm::Context::new(&engine)?;
/// let id = context.cancel_id();
/// let other = std::thread::spawn(move || id.cancel());
/// let error = context.run_wasm_from_buffer::<()>(endless, "run", ()).unwrap_err();
/// assert_eq!(error.status(), vm::Status::CANCELLED);
/// other.join().unwrap()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CancelId(u64);

impl CancelId {
    /// Cancels the execution: it fails with [`CANCELLED`](crate::Status::CANCELLED) as soon as it can be interrupted.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE) if it has ended.
    pub fn cancel(self) -> Result<()> {
        guard(|| engine::cancel(self.0))
    }
}

/// Cancels an execution, as [`CancelId::cancel`].
///
/// # Errors
/// [`STALE`](crate::Status::STALE) if it has ended.
pub fn cancel(id: CancelId) -> Result<()> {
    id.cancel()
}

impl Context {
    /// Limits how long an execution may take in all; `None` for no limit.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) unless the engine is [interruptible](crate::EngineConfig::set_interruptible), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_timeout(&mut self, time: Option<Duration>) -> Result<()> {
        self.set_run_limits(|limits| limits.timeout = time)
    }

    /// Limits how long an execution may compute, without the time in which it waits; `None` for no limit.
    ///
    /// # Errors
    /// As for [`set_timeout`](Self::set_timeout).
    pub fn set_compute_limit(&mut self, time: Option<Duration>) -> Result<()> {
        self.set_run_limits(|limits| limits.compute = time)
    }

    /// Sets the time of computing after which a started execution yields its thread; `None` for never.
    ///
    /// # Errors
    /// As for [`set_timeout`](Self::set_timeout).
    pub fn set_slice(&mut self, time: Option<Duration>) -> Result<()> {
        self.set_run_limits(|limits| limits.slice = time)
    }

    fn set_run_limits(&mut self, change: impl FnOnce(&mut RunLimits)) -> Result<()> {
        self.with(|context| {
            let mut limits = context.store().run_limits();
            change(&mut limits);
            context.store().set_run_limits(limits)
        })
    }

    /// Sets the fuel that guests have left.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) without [fuel metering](crate::EngineConfig::set_fuel_metering),
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_fuel(&mut self, units: u64) -> Result<()> {
        self.with(|context| context.store().set_fuel(units))
    }

    /// Adds to the fuel that guests have left.
    ///
    /// # Errors
    /// As for [`set_fuel`](Self::set_fuel).
    pub fn add_fuel(&mut self, units: u64) -> Result<()> {
        self.with(|context| {
            let left = context.store().fuel()?;
            context.store().set_fuel(left.saturating_add(units))
        })
    }

    /// Returns the fuel that guests have left.
    ///
    /// # Errors
    /// As for [`set_fuel`](Self::set_fuel).
    pub fn fuel(&self) -> Result<u64> {
        self.with(|context| context.store().fuel())
    }

    /// Returns the number of the running execution, or else of the next one, blocking calls included.
    pub fn cancel_id(&self) -> CancelId {
        CancelId(self.shared().controls().number())
    }
}
