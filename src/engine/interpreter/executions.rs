//! Started executions: they run in parts, and suspend without holding a thread.
#![forbid(unsafe_code)]

use super::driver::{self, First, Outcome};
use super::state::State;
use super::store::Store;
use super::suspended::Pile;
use super::traced;
use super::watched::{self, Target};
use super::{execution, values};
use crate::engine::control::Controls;
use crate::engine::handles::Handle;
use crate::engine::run::{self, RunLimits};
use crate::engine::watch::Watch;
use crate::status::{Error, Result};
use crate::timer;
use libvm_abi::{self as abi, Value};
use std::sync::Arc;
use std::time::Instant;
use wasmi::{AsContextMut, StoreContextMut, Val};

/// How far a started execution has come.
pub enum Progress {
    /// It has ended with these results. The host must release references among them.
    Done(Vec<Value>),
    /// It waits for the completion of a host function; its control is woken when it can go on.
    Suspended,
    /// It has used its slice of time, and can go on.
    Yielded,
}

impl Store {
    /// Starts a function, and runs it until it ends, suspends, or has used its slice of time.
    ///
    /// # Errors
    /// Those of `call`; `STATUS_BUSY` if there is an unfinished execution.
    pub fn begin(&mut self, func: Handle, args: &[Value]) -> Result<Progress> {
        if self.inner.data().pile.is_some() {
            return Err(Error::new(abi::STATUS_BUSY, "the context has an unfinished execution"));
        }
        let (handle, target) = (func, Target::Handle(func));
        let func = self.inner.data().handles.func(func)?;
        let mut store = self.inner.as_context_mut();
        let mut inputs = vec![Val::I32(0); args.len()];
        execution::to_inputs(store.data(), args, &mut inputs)?;
        let mut outputs = vec![Val::I32(0); func.ty(&store).results().len()];
        store.data_mut().run.enter(true)?;
        store.data_mut().run.resume();
        let begun = watched::guest_begins(&mut store, target, args);
        store.data_mut().started = Some(handle);
        let base = traced::begin(&mut store);
        let first = begun.and_then(|_| driver::begin(&mut store, func, &inputs, &mut outputs, base));
        let outcome = first.and_then(|first| match first {
            Ok(First::Finished) => Ok((None, Outcome::Done(outputs))),
            Ok(First::Unfinished(mut pile)) => driver::run(&mut pile, &mut store).map(|outcome| (Some(pile), outcome)),
            Err(error) => {
                let results = func.ty(&store).results().len();
                Err(execution::failure(&mut store, base, func, args, results, error))
            }
        });
        leave(&mut store, outcome)
    }

    /// Goes on with the started execution, if there is something to do.
    ///
    /// # Errors
    /// Every failure of a guest, `STATUS_CANCELLED`, `STATUS_TIMEOUT`, `STATUS_OUT_OF_FUEL`: the execution has ended.
    /// `STATUS_STALE` if there is none.
    pub fn go_on(&mut self) -> Result<Progress> {
        let mut store = self.inner.as_context_mut();
        let state = store.data_mut();
        let Some(mut pile) = state.pile.take() else {
            return Err(Error::new(abi::STATUS_STALE, "the context has no unfinished execution"));
        };
        state.timer = None;
        state.run.re_enter();
        state.run.resume();
        watched::tell(state, Watch::go_on);
        let checked = state.run.check();
        let outcome = match checked {
            Ok(_) => driver::run(&mut pile, &mut store).map(|outcome| (Some(pile), outcome)),
            Err(error) => Err(driver::stopped(&mut pile, &mut store, error)),
        };
        leave(&mut store, outcome)
    }

    /// Sets until when the next `go_on` wants to run: it then yields, if the engine can interrupt guests.
    pub fn run_until(&mut self, until: Option<Instant>) {
        self.inner.data_mut().run.run_until(until);
    }

    /// Lets the next call begin an execution that goes on with another call, unless it fails. `end_calls` ends it.
    pub fn continue_after_next(&mut self) {
        self.inner.data_mut().run.continue_after_next();
    }

    /// Ends an execution of several calls.
    pub fn end_calls(&mut self) {
        self.inner.data_mut().run.end();
    }

    /// Ends the started execution, if there is one: what is suspended in it is cancelled, innermost first.
    pub fn abandon(&mut self) {
        let state = self.inner.data_mut();
        state.timer = None;
        let pile = state.pile.take();
        if pile.is_none() {
            return state.run.end();
        }
        drop(pile);
        let mut store = self.inner.as_context_mut();
        store.data_mut().run.end();
        // Nobody learns how it ends.
        let _ = watched::guest_ends(&mut store, 0, Err(run::cancelled()), &[]);
    }

    /// Returns where the control of the running or next execution is.
    pub fn controls(&self) -> Arc<Controls> {
        Arc::clone(self.inner.data().run.controls())
    }

    /// Returns whether a running execution can be ended: it can be interrupted, or its host functions can be suspended.
    pub fn is_driven(&self) -> bool {
        self.inner.data().driven
    }

    /// Returns the limits of executions.
    pub fn run_limits(&self) -> RunLimits {
        self.inner.data().run.limits()
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
        self.inner.data_mut().run.set_limits(limits);
        Ok(())
    }

    /// Sets the budget of fuel.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` without fuel metering.
    pub fn set_fuel(&mut self, units: u64) -> Result<()> {
        self.inner.data_mut().run.fuel().set(units)
    }

    /// Returns what is left of the budget of fuel.
    ///
    /// # Errors
    /// Those of `set_fuel`.
    pub fn fuel(&mut self) -> Result<u64> {
        self.inner.data_mut().run.fuel().get()
    }
}

/// Ends a part of an execution: it keeps its calls until it goes on, or it is over.
fn leave(store: &mut StoreContextMut<'_, State>, outcome: Result<(Option<Pile<State>>, Outcome)>) -> Result<Progress> {
    driver::settle(store);
    let state = store.data_mut();
    state.run.pause();
    state.run.leave(matches!(outcome, Ok((_, Outcome::Done(_))) | Err(_)));
    let (pile, outcome) = match outcome {
        Ok(left) => left,
        Err(error) => {
            let error = match state.started {
                Some(handle) => traced::named(state, Target::Handle(handle), error),
                None => error,
            };
            watched::guest_ends(store, 0, Err(error.clone()), &[])?;
            return Err(error);
        }
    };
    let state = store.data_mut();
    match outcome {
        Outcome::Done(outputs) => {
            let convert = |output| values::from_val(&mut state.handles, output);
            let results: Vec<_> = outputs.iter().map(convert).collect();
            watched::guest_ends(store, 0, Ok(()), &results)?;
            Ok(Progress::Done(results))
        }
        Outcome::Yielded => {
            watched::tell(state, Watch::pause);
            state.pile = pile;
            Ok(Progress::Yielded)
        }
        Outcome::Suspended => {
            watched::tell(state, Watch::pause);
            let timer = state.run.deadline().map(|deadline| {
                let control = Arc::downgrade(&state.run.control());
                timer::at(deadline, move || control.upgrade().into_iter().for_each(|control| control.wake()))
            });
            match timer.transpose() {
                Ok(timer) => {
                    (state.pile, state.timer) = (pile, timer);
                    Ok(Progress::Suspended)
                }
                Err(error) => {
                    drop(pile);
                    store.data_mut().run.end();
                    Err(error)
                }
            }
        }
    }
}
