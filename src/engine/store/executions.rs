//! Started executions of a store: they run in parts, and suspend without holding a thread.
#![forbid(unsafe_code)]

use super::{Running, Store};
use crate::engine::control::Controls;
use crate::engine::executions::{self, Progress};
use crate::engine::handles::Handle;
use crate::engine::run::RunLimits;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};
use std::sync::Arc;
use std::time::Instant;

impl Store {
    /// Starts a function, and runs it until it ends, suspends, or has used its slice of time.
    ///
    /// # Errors
    /// Those of `call`; `STATUS_BUSY` if there is an unfinished execution.
    pub fn begin(&mut self, func: Handle, args: &[Value]) -> Result<Progress> {
        access!(self, store => executions::begin(store, func, args))
    }

    /// Goes on with the started execution, if there is something to do.
    ///
    /// # Errors
    /// Every failure of a guest, `STATUS_CANCELLED`, `STATUS_TIMEOUT`, `STATUS_OUT_OF_FUEL`: the execution has ended.
    /// `STATUS_STALE` if there is none.
    pub fn go_on(&mut self) -> Result<Progress> {
        access!(self, store => executions::go_on(store))
    }

    /// Ends the started execution, if there is one: what is suspended in it is cancelled, innermost first.
    pub fn abandon(&mut self) {
        access!(self, store => executions::abandon(store));
    }

    /// Sets until when the next `go_on` wants to run: it then yields, if the engine can interrupt guests.
    pub fn run_until(&mut self, until: Option<Instant>) {
        state!(mut self, state => state.run.run_until(until));
    }

    /// Lets the next call begin an execution that goes on with another call, unless it fails. `end_calls` ends it.
    pub fn continue_after_next(&mut self) {
        state!(mut self, state => state.run.continue_after_next());
    }

    /// Ends an execution of several calls.
    pub fn end_calls(&mut self) {
        state!(mut self, state => state.run.end());
    }

    /// Returns where the control of the running or next execution is.
    pub fn controls(&self) -> Arc<Controls> {
        Arc::clone(state!(self, state => state.run.controls()))
    }

    /// Returns whether a running execution can be ended: it can be interrupted, or its host functions can be suspended.
    pub fn is_driven(&self) -> bool {
        state!(self, state => state.driven)
    }

    /// Returns the limits of executions.
    pub fn run_limits(&self) -> RunLimits {
        state!(self, state => state.run.limits())
    }

    /// Sets the limits of executions that begin from now on.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` if the engine cannot interrupt guests.
    pub fn set_run_limits(&mut self, limits: RunLimits) -> Result<()> {
        if limits != RunLimits::default() && !self.engine().config().interruptible() {
            let message = "the engine cannot interrupt guests; turn it on with VM_EngineConfigSetInterruptible";
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
        }
        state!(mut self, state => state.run.set_limits(limits));
        Ok(())
    }

    /// Sets the budget of fuel.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` without fuel metering.
    pub fn set_fuel(&mut self, units: u64) -> Result<()> {
        state!(mut self, state => state.run.fuel().set(units))
    }

    /// Returns what is left of the budget of fuel.
    ///
    /// # Errors
    /// Those of `set_fuel`.
    pub fn fuel(&mut self) -> Result<u64> {
        state!(mut self, state => state.run.fuel().get())
    }
}
