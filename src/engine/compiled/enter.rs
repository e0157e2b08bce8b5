//! Calls from the host into the guest: on the stack of the thread, or on a fiber where an interruption is recorded.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::state::State;
use super::{call, fiber, fuel, ticker, typed};
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
        return Err(call::unfit(&store.data().handles, ty, args, results.len()));
    }
    if store.data().driven {
        return call_driven(store, callee, args, results);
    }
    let state = store.data();
    let entered = state.frames.home().enter_with_stack(state.own.stack)?;
    let outcome = call::dispatch(store, callee, args, results);
    drop(entered);
    outcome
}

/// Calls a function that may be interrupted or suspended, whose values fit.
#[inline(never)] // other calls need no room for it
fn call_driven(store: &mut Context<'_>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    let state = store.data();
    if state.is_recorded() && state.config.interruptible() && !state.own.fibers.is_running() {
        // There it is interrupted where a replay can end it.
        return driven(store, |store| fiber::call(store, callee, args, results));
    }
    drive(store, |store| call::dispatch(store, callee, args, results))
}

/// Calls a function with numbers of its type; `None` where compiled code has them in another order of bytes.
#[inline]
pub fn call_raw(store: &mut Context<'_>, callee: Callee, values: &mut [RawValue]) -> Option<Result<()>> {
    // Compiled code has all numbers in little endian.
    if cfg!(target_endian = "big") {
        return None;
    }
    let state = store.data();
    if state.driven {
        return Some(drive(store, |store| call::dispatch_raw(store, callee, values)));
    }
    let entered = match state.frames.home().enter_with_stack(state.own.stack) {
        Ok(entered) => entered,
        Err(error) => return Some(Err(error)),
    };
    let outcome = call::dispatch_raw(store, callee, values);
    drop(entered);
    Some(outcome)
}

/// Does a call that may be interrupted or suspended by `work`, and waits on this thread until it ends.
#[inline(never)] // as above
fn drive(store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> Result<()>) -> Result<()> {
    let state = store.data();
    let entered = state.frames.home().enter_with_stack(state.own.stack)?;
    let outcome = driven(store, |store| if fuel::is_sliced(store) { work(store) } else { ticking(store, work) });
    drop(entered);
    outcome
}

/// Runs a call that may be interrupted or suspended.
fn driven(store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> Result<()>) -> Result<()> {
    fuel::settle(store);
    store.data_mut().run.enter(false)?;
    let outcome = fuel::grant(store).and_then(|()| work(store));
    fuel::settle(store);
    if store.data_mut().run.leave(true) {
        fuel::refill(store);
    }
    outcome
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
