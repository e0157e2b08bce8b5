//! Fuel of compiled code.
#![forbid(unsafe_code)]

use super::state::State;
use crate::engine::run::Run;
use crate::status::{Error, Result};
use libvm_abi as abi;
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

fn is_metered(store: &Context<'_>) -> bool {
    store.data().config.fuel_metering()
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
    if let (true, Ok(left)) = (is_metered(store), store.get_fuel()) {
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
