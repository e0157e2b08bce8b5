//! Fuel of compiled code.
//!
//! Compiled code keeps its fuel in a register between two calls, so that an interruption by the engine's clock loses count of it. On a
//! fiber, guests with fuel are interrupted by their fuel instead: wasmtime leaves the fiber when a slice is used up, where the count is
//! exact and can be changed.
#![forbid(unsafe_code)]

use super::state::State;
use crate::engine::run::{Run, Turn};
use crate::limits::COMPILED_SLICE_FUEL;
use crate::status::{Error, Result};
use libvm_abi as abi;
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

fn is_metered(store: &Context<'_>) -> bool {
    store.data().config.fuel_metering()
}

/// Returns whether the guest that runs is interrupted by its fuel.
pub fn is_sliced(store: &Context<'_>) -> bool {
    has_slices(store) && store.data().own.fibers.is_running()
}

/// Returns whether guests are interrupted by their fuel while they run on fibers.
pub fn has_slices(store: &Context<'_>) -> bool {
    let config = &store.data().config;
    config.fuel_metering() && config.interruptible()
}

/// Has the guest use its fuel in slices if it is interrupted by that, and as a whole otherwise.
pub fn slice(store: &mut Context<'_>) {
    if is_metered(store) {
        let slice = is_sliced(store).then_some(COMPILED_SLICE_FUEL);
        // It can only fail without metering.
        let _ = store.fuel_async_yield_interval(slice);
    }
}

/// Looks whether a guest may go on that has used a slice up, after its fiber was left. One that may not fails where it was interrupted as
/// soon as the fiber is entered again.
pub fn slice_ends(store: &mut Context<'_>) -> Turn {
    settle(store);
    let state = store.data_mut();
    let turn = state.run.check().unwrap_or_else(|error| {
        state.own.fibers.failure = Some(error);
        Turn::Continues
    });
    if state.own.fibers.failure.is_some() {
        // Wherever compiled code looks at its fuel, it then looks at the clock, which has to tick for that.
        store.engine().increment_epoch();
    }
    refill(store);
    turn
}

/// Grants the guest what is left.
///
/// # Errors
/// Those of `Fuel::grant`.
pub fn grant(store: &mut Context<'_>) -> Result<()> {
    if !is_metered(store) {
        return Ok(());
    }
    let granted = store.data_mut().run.fuel().grant(false, 0)?;
    store.set_fuel(granted).map_err(|error| Error::new(abi::STATUS_INTERNAL, format!("the engine takes no fuel: {error:#}")))
}

/// Accounts for the fuel that was used.
pub fn settle(store: &mut Context<'_>) {
    // wasmtime's error where it has no fuel is an allocation.
    if is_metered(store)
        && let Ok(left) = store.get_fuel()
    {
        store.data_mut().run.fuel().settle(left);
    }
}

/// Grants the guest fuel again after another call used it: a call below on the native stack continues.
pub fn refill(store: &mut Context<'_>) {
    // Without fuel, the guest notices it when it next needs some.
    if grant(store).is_err() {
        let _ = store.set_fuel(0);
    }
}

/// Ends a replay after a host function, if the execution ended there: compiled code looks at its fuel at loops and calls only.
///
/// # Errors
/// That with which the replay ends.
pub fn check_stop(store: &mut Context<'_>) -> Result<()> {
    if !store.data_mut().run.fuel().stops() {
        return Ok(());
    }
    settle(store);
    let stopped = store.data_mut().run.fuel().check_stop();
    refill(store);
    stopped
}

/// Creates the error of a guest that has used its fuel up.
#[cold]
pub fn used_up(run: &mut Run, left: u64) -> Error {
    let fuel = run.fuel();
    fuel.settle(left);
    let none_left = || Error::new(abi::STATUS_INTERNAL, "the guest is out of fuel, and has some");
    fuel.grant(false, 1).err().unwrap_or_else(none_left)
}
