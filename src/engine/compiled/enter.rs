//! Calls from the host into the guest: on the stack of the caller, or on a fiber where that cannot be used, or an interruption is recorded.
#![forbid(unsafe_code)]

use super::call::{dispatch, dispatch_raw, room_for_results, unfit};
use super::callee::Callee;
use super::state::State;
use super::{fiber, fuel, ticker, typed};
use crate::status::Result;
use libvm_abi::{RawValue, Value};
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

/// Calls a function: without allocation for up to `limits::INLINE_VALUES` parameters, and as many results.
#[inline]
pub fn call(store: &mut Context<'_>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    let index = typed::index(store, callee);
    let ty = store.data().own.types.get(index);
    if !ty.fits(args, results) {
        return Err(unfit(&store.data().handles, ty, args, results.len()));
    }
    if store.data().driven {
        return call_driven(store, callee, args, results);
    }
    let entered = store.data().frames.home().enter()?;
    let outcome =
        if has_room(store) { dispatch(store, callee, args, results) } else { fiber::call(store, callee, args, results) };
    drop(entered);
    outcome
}

/// Returns whether a call that was entered finds the stack for the guest here.
#[inline(always)]
pub fn has_room(store: &Context<'_>) -> bool {
    let state = store.data();
    state.frames.home().has_room(state.own.stack, state.own.fibers.is_running())
}

/// Calls a function that may be interrupted or suspended, whose values fit.
#[inline(never)] // other calls need no room for it
fn call_driven(store: &mut Context<'_>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    let entered = store.data().frames.home().enter()?;
    let state = store.data();
    // On a fiber it is interrupted where a replay can end it.
    let is_recorded = state.is_recorded() && state.config.interruptible() && !state.own.fibers.is_running();
    let outcome = match is_recorded || !has_room(store) {
        true => drive(store, true, |store| fiber::call(store, callee, args, results)),
        false => drive(store, false, |store| dispatch(store, callee, args, results)),
    };
    drop(entered);
    outcome
}

/// Does a call that may be interrupted or suspended by `work`, on another fiber or on this stack, and waits on this thread until it ends.
#[inline(never)] // as above
fn drive(store: &mut Context<'_>, on_fiber: bool, work: impl FnOnce(&mut Context<'_>) -> Result<()>) -> Result<()> {
    fuel::settle(store);
    store.data_mut().run.enter(false)?;
    let is_sliced = if on_fiber { fuel::has_slices(store) } else { fuel::is_sliced(store) };
    let outcome = fuel::grant(store).and_then(|()| if is_sliced { work(store) } else { ticking(store, work) });
    fuel::settle(store);
    if store.data_mut().run.leave(true) {
        fuel::refill(store);
    }
    outcome
}

/// Calls a function below a suspended call, which has started it; returns its results.
///
/// # Errors
/// Those of `call`.
pub fn started(store: &mut Context<'_>, callee: Callee, args: &[Value]) -> Result<Vec<Value>> {
    let mut results = room_for_results(store, callee, args)?;
    let fibers = &store.data().own.fibers;
    let may_leave = fibers.is_running() && !fibers.blocks();
    match has_room(store) {
        true => dispatch(store, callee, args, &mut results)?,
        false if may_leave => return fiber::call_inside(store, callee, args),
        false => fiber::call(store, callee, args, &mut results)?,
    }
    Ok(results)
}

/// Calls a function with numbers of its type; `None` where compiled code has them in another order of bytes, or does not find its stack.
#[inline]
pub fn call_raw(store: &mut Context<'_>, callee: Callee, values: &mut [RawValue]) -> Option<Result<()>> {
    // Compiled code has all numbers in little endian.
    if cfg!(target_endian = "big") {
        return None;
    }
    let entered = match store.data().frames.home().enter() {
        Ok(entered) => entered,
        Err(error) => return Some(Err(error)),
    };
    if !has_room(store) {
        return None;
    }
    let outcome = match store.data().driven {
        true => drive(store, false, |store| dispatch_raw(store, callee, values)),
        false => dispatch_raw(store, callee, values),
    };
    drop(entered);
    Some(outcome)
}

/// Does `work`, in which the clock interrupts guests if their execution is timed.
///
/// # Errors
/// Those of `timer::at`, and of `work`.
pub fn ticking<R>(store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> Result<R>) -> Result<R> {
    let state = store.data_mut();
    if state.own.ticking.is_some() && !state.run.is_outermost() {
        return work(store);
    }
    let begun = ticker::begin(state.own.ticker.as_ref().filter(|_| state.run.is_timed()))?;
    state.own.ticking = begun;
    let outcome = work(store);
    store.data_mut().own.ticking = None;
    outcome
}
