//! Waiting inside of host functions: on a fiber, which is left meanwhile, or else on the thread.
#![forbid(unsafe_code)]

use super::state::{Compiled, State};
use super::{enter, fiber, fuel, ticker};
use crate::engine::request::{Request, Start};
use crate::engine::run::Turn;
use crate::engine::suspend::{Completion, Waiting};
use crate::engine::watch::Watch;
use crate::engine::watched::{self, Target};
use crate::status::{Error, Result};
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

/// Waits until somebody wakes the execution.
///
/// # Errors
/// Why the execution ends: it was cancelled, has reached a limit, or is dropped.
pub fn wait(store: &mut Context<'_>) -> Result<()> {
    let fibers = &store.data().own.fibers;
    if fibers.blocks() {
        return fiber::outside(store, wait).and_then(|waited| waited);
    }
    if fibers.is_running() {
        return fiber::leave(store);
    }
    watched::tell(store.data_mut(), Watch::pause);
    let waited = on_thread(store);
    watched::tell(store.data_mut(), Watch::go_on);
    waited
}

/// Waits on this thread until somebody wakes the execution.
///
/// # Errors
/// Why the execution ends: it was cancelled, or has reached a limit.
pub fn on_thread(store: &mut Context<'_>) -> Result<()> {
    let state = store.data_mut();
    let run = &mut state.run;
    run.pause();
    let rested = ticker::rest(&mut state.own.ticking, || run.control().wait(run.deadline()));
    run.resume();
    rested?;
    run.check().map(drop)
}

/// Looks, after a host function, whether the execution may go on, and lets others go on first if it is their turn. A replay may end here.
///
/// # Errors
/// Why it may not go on.
pub fn look(store: &mut Context<'_>) -> Result<()> {
    fuel::check_stop(store)?;
    let is_sliced = fuel::is_sliced(store);
    let state = store.data_mut();
    match if state.config.interruptible() { state.run.check()? } else { Turn::Continues } {
        Turn::Ends if is_sliced => fiber::give_way(store),
        _ => Ok(()),
    }
}

/// Calls the function of the guest that a suspended host function requested, if it did, and waits for the completion. The request is
/// still there to be dropped: that cancels it, unless it was completed.
///
/// # Errors
/// Those of `wait`.
pub fn complete(store: &mut Context<'_>, request: &mut Request<Compiled>) -> Result<Completion> {
    if let Some(start) = request.start.take() {
        call_started(store, &request.waiting, &start)?;
    }
    loop {
        if let Some(completion) = request.waiting.take() {
            return Ok(completion);
        }
        wait(store)?;
    }
}

fn call_started(store: &mut Context<'_>, waiting: &Waiting, start: &Start<Compiled>) -> Result<()> {
    watched::guest_begins(store, Target::Handle(start.handle), &start.args)?;
    let state = store.data();
    let outcome = state.frames.home().check_suspended(state.own.started).and_then(|()| {
        store.data_mut().own.started += 1;
        let outcome = enter::started(store, start.func, &start.args);
        store.data_mut().own.started -= 1;
        outcome
    });
    match outcome {
        Ok(results) => {
            watched::started_ends(store, Ok(()), &results);
            waiting.awaited.complete(Completion::of_results(results));
            Ok(())
        }
        Err(error) if ends_all(store, &error) => Err(error),
        Err(error) => {
            watched::started_ends(store, Err(error.clone()), &[]);
            waiting.awaited.complete(Completion::of_guest(error));
            Ok(())
        }
    }
}

/// Returns whether a failure is that of the whole execution.
fn ends_all(store: &mut Context<'_>, error: &Error) -> bool {
    let state = store.data_mut();
    error.is_suspension() || state.own.fibers.stopped().is_some() || state.run.check().is_err()
}
