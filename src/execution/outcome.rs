//! The state, the outcome and the attached data of an execution.
#![forbid(unsafe_code)]

use super::state::{Execution, OnEnd, Stage, State};
use crate::engine::Handle;
use crate::status::{Error, Result, Status, counted};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::ptr;

/// What an execution is doing. The numbers equal those of `VM_ExecutionState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Phase {
    /// It can go on.
    Ready = 1,
    /// A thread is in it.
    Running = 2,
    /// It waits.
    Pending = 3,
    /// It has its results.
    Done = 4,
    /// It has failed.
    Failed = 5,
}

impl Execution {
    /// Returns what it is doing.
    pub fn phase(&self) -> Phase {
        let state = self.state();
        match &state.stage {
            Stage::Running { .. } => Phase::Running,
            Stage::Suspended if state.woken => Phase::Ready,
            Stage::Suspended => Phase::Pending,
            Stage::Ended(Ok(_)) => Phase::Done,
            Stage::Ended(Err(_)) => Phase::Failed,
        }
    }

    /// Cancels it: it becomes ready, and fails when it goes on.
    ///
    /// # Errors
    /// `STATUS_STALE` if it has ended.
    pub fn cancel(&self) -> Result<()> {
        let mut state = self.state();
        if matches!(state.stage, Stage::Ended(_)) {
            return Err(Error::new(abi::STATUS_STALE, format!("the execution, {}, has already ended", state.work.name())));
        }
        state.cancelled = true;
        if state.invocation.is_some() {
            self.make_ready(&mut state);
        }
        let control = state.control.clone();
        drop(state);
        control.inspect(|control| control.cancel());
        Ok(())
    }

    /// Runs `work` on the outcome.
    fn ended<R>(&self, work: impl FnOnce(&mut State, &Result<Vec<Value>>) -> Result<R>) -> Result<R> {
        let mut state = self.state();
        let stage = std::mem::replace(&mut state.stage, Stage::Suspended);
        let result = match &stage {
            Stage::Ended(outcome) => work(&mut state, outcome),
            _ => {
                let message = format!("the execution, {}, is unfinished; poll it until it has ended", state.work.name());
                Err(Error::new(abi::STATUS_BUSY, message))
            }
        };
        state.stage = stage;
        result
    }

    /// Copies the results. The host owns the references in them from now on.
    ///
    /// # Errors
    /// `STATUS_BUSY` if it is unfinished, `STATUS_WRONG_COUNT`, and the failure of a failed one.
    pub fn results(&self, out: &mut [Value]) -> Result<()> {
        self.ended(|state, outcome| {
            let values = outcome.as_ref().map_err(Error::clone)?;
            if values.len() != out.len() {
                let (found, room) = (counted(values.len(), "result"), counted(out.len(), "result"));
                let message = format!("the execution has {found}, but room for {room} was passed");
                return Err(Error::new(abi::STATUS_WRONG_COUNT, message));
            }
            out.copy_from_slice(values);
            state.results_taken = true;
            Ok(())
        })
    }

    /// Returns the exit code: 0 if it has returned.
    ///
    /// # Errors
    /// `STATUS_BUSY` if it is unfinished, and the failure of one that has failed otherwise.
    pub fn exit_code(&self) -> Result<i32> {
        self.ended(|_, outcome| match outcome {
            Ok(_) => Ok(0),
            Err(error) => error.exit_code().ok_or_else(|| error.clone()),
        })
    }

    /// Returns the instance that it has created.
    ///
    /// # Errors
    /// `STATUS_BUSY` if it is unfinished, `STATUS_NOT_FOUND` if it creates none, and the failure of a failed one.
    pub fn instance(&self) -> Result<Handle> {
        self.ended(|state, outcome| {
            outcome.as_ref().map_err(Error::clone)?;
            state.work.instance().ok_or_else(|| {
                let message = format!(
                    "the execution, {}, creates no instance; one that VM_ContextStartInstantiate starts does",
                    state.work.name()
                );
                Error::new(abi::STATUS_NOT_FOUND, message)
            })
        })
    }

    /// Returns the answer of the hooks that it has called.
    ///
    /// # Errors
    /// `STATUS_BUSY` if it is unfinished, `STATUS_NOT_FOUND` if it calls none, and the failure of a failed one.
    pub fn answer(&self) -> Result<Status> {
        self.ended(|state, outcome| {
            outcome.as_ref().map_err(Error::clone)?;
            state.work.answer().ok_or_else(|| {
                let message =
                    format!("the execution, {}, calls no hooks; one that VM_ContextStartHooks starts does", state.work.name());
                Error::new(abi::STATUS_NOT_FOUND, message)
            })
        })
    }

    /// Sets what is called at its end, at once if it has ended.
    pub fn set_on_end(&self, on_end: Option<OnEnd>) {
        let this = self.itself();
        let mut state = self.state();
        if matches!(state.stage, Stage::Ended(_)) {
            state.calling += 1;
            drop(state);
            self.call(on_end);
        } else {
            let former = std::mem::replace(&mut state.on_end, on_end);
            drop(state);
            drop(former);
        }
        drop(this);
    }

    /// Attaches data of the host.
    pub fn set_data(&self, data: UserData) {
        let former = self.state().data.replace(data);
        drop(former);
    }

    /// Returns the data of the host.
    pub fn data(&self) -> *mut c_void {
        self.state().data.as_ref().map_or(ptr::null_mut(), UserData::pointer)
    }
}
