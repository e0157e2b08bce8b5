//! Started executions: they run in parts, and suspend without holding a thread.
#![forbid(unsafe_code)]

use super::access::{Access, FuncOf};
use super::arguments;
use super::backend::Backend;
use super::handles::Handle;
use super::run;
use super::watch::Watch;
use super::watched::{self, Target};
use crate::status::{Error, Result};
use crate::timer;
use libvm_abi::{self as abi, Value};
use std::sync::Arc;

/// How far a started execution has come.
pub enum Progress {
    /// It has ended with these results. The host must release references among them.
    Done(Vec<Value>),
    /// It waits for the completion of a host function; its control is woken when it can go on.
    Suspended,
    /// It has used its slice of time, and can go on.
    Yielded,
    /// It is as it was, since it cannot go on here, for this reason.
    Refused(Error),
}

/// How far the calls of a started execution have come.
pub enum Step<B: Backend> {
    /// The outermost call has ended with these results.
    Done(Vec<Value>),
    /// The innermost call waits for the completion of a host function.
    Suspended(B::Unfinished),
    /// The slice of time is used up.
    Yielded(B::Unfinished),
}

/// A borrowed store in which calls can be suspended.
pub trait Suspends: Access {
    /// Calls a function until it ends or must wait; the run was entered.
    ///
    /// # Errors
    /// Those of `Access::call`. The execution is over.
    fn start(&mut self, func: FuncOf<Self>, args: &[Value]) -> Result<Step<Self::Backend>>;

    /// Checks that calls may be continued here.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    fn may_resume(&mut self) -> Result<()>;

    /// Continues calls until the outermost one has ended, or they must wait.
    ///
    /// # Errors
    /// Every failure of a guest, and those of `Run::check`. The execution is over.
    fn resume(&mut self, calls: <Self::Backend as Backend>::Unfinished) -> Result<Step<Self::Backend>>;

    /// Ends calls, of which none has caused the error that ends them; returns the error with their frames.
    fn stop(&mut self, calls: <Self::Backend as Backend>::Unfinished, error: Error) -> Error;
}

/// Starts a function, and runs it until it ends, suspends, or has used its slice of time.
///
/// # Errors
/// Those of `Access::call`; `STATUS_BUSY` if there is an unfinished execution.
pub fn begin(store: &mut impl Suspends, func: Handle, args: &[Value]) -> Result<Progress> {
    if store.state().unfinished.is_some() {
        return Err(Error::new(abi::STATUS_BUSY, "the context has an unfinished execution"));
    }
    let called = store.state().handles.func(func)?;
    arguments::check_references(&store.state().handles, args)?;
    if let Err(error) = store.state_mut().run.enter(true) {
        // A recording has it too, as one that has ended where it began.
        let depth = watched::guest_begins(store, Target::Handle(func), args)?;
        watched::guest_ends(store, depth, Err(error.clone()), &[])?;
        return Err(error);
    }
    store.state_mut().run.resume();
    let begun = watched::guest_begins(store, Target::Handle(func), args);
    store.state_mut().started = Some(func);
    let outcome = begun.and_then(|_| store.start(called, args));
    leave(store, outcome)
}

/// Goes on with the started execution, if there is something to do.
///
/// # Errors
/// Every failure of a guest, `STATUS_CANCELLED`, `STATUS_TIMEOUT`, `STATUS_OUT_OF_FUEL`: the execution has ended. `STATUS_STALE` if
/// there is none.
pub fn go_on(store: &mut impl Suspends) -> Result<Progress> {
    let state = store.state_mut();
    let Some(calls) = state.unfinished.take() else {
        return Err(Error::new(abi::STATUS_STALE, "the context has no unfinished execution"));
    };
    state.run.re_enter();
    state.run.resume();
    let checked = state.run.check();
    if let (Ok(_), Err(error)) = (&checked, store.may_resume()) {
        let state = store.state_mut();
        state.run.pause();
        state.run.leave(false);
        state.unfinished = Some(calls);
        return Ok(Progress::Refused(error));
    }
    let state = store.state_mut();
    state.timer = None;
    watched::tell(state, Watch::go_on);
    let outcome = match checked {
        Ok(_) => store.resume(calls),
        Err(error) => Err(store.stop(calls, error)),
    };
    leave(store, outcome)
}

/// Ends the started execution, if there is one: what is suspended in it is cancelled, innermost first.
pub fn abandon(store: &mut impl Suspends) {
    let state = store.state_mut();
    state.timer = None;
    let calls = state.unfinished.take();
    if calls.is_none() {
        return state.run.end();
    }
    drop(calls);
    store.state_mut().run.end();
    // Nobody learns how it ends.
    let _ = watched::guest_ends(store, 0, Err(run::cancelled()), &[]);
}

/// Ends a part of an execution: it keeps its calls until it goes on, or it is over.
fn leave<A: Suspends>(store: &mut A, outcome: Result<Step<A::Backend>>) -> Result<Progress> {
    store.settle_fuel();
    let state = store.state_mut();
    state.run.pause();
    state.run.leave(matches!(outcome, Ok(Step::Done(_)) | Err(_)));
    match outcome {
        Err(error) => {
            let error = match state.started {
                Some(handle) => watched::named(state, Target::Handle(handle), error),
                None => error,
            };
            watched::guest_ends(store, 0, Err(error.clone()), &[])?;
            Err(error)
        }
        Ok(Step::Done(results)) => {
            watched::guest_ends(store, 0, Ok(()), &results)?;
            Ok(Progress::Done(results))
        }
        Ok(Step::Yielded(calls)) => {
            watched::tell(state, Watch::pause);
            state.unfinished = Some(calls);
            Ok(Progress::Yielded)
        }
        Ok(Step::Suspended(calls)) => {
            watched::tell(state, Watch::pause);
            let timer = state.run.deadline().map(|deadline| {
                let control = Arc::downgrade(&state.run.control());
                timer::at(deadline, move || control.upgrade().into_iter().for_each(|control| control.wake()))
            });
            match timer.transpose() {
                Ok(timer) => {
                    (state.unfinished, state.timer) = (Some(calls), timer.map(Box::new));
                    Ok(Progress::Suspended)
                }
                Err(error) => {
                    drop(calls);
                    store.state_mut().run.end();
                    Err(error)
                }
            }
        }
    }
}
