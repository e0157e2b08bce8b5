//! Passing fuel from the ledger of an execution to wasmi.
#![forbid(unsafe_code)]

use super::state::State;
use crate::engine::fuel::Fuel;
use crate::status::{Error, Result};
use libvm_abi as abi;
use wasmi::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

/// Grants the guest fuel for its next step, which needs at least this much.
pub fn grant(store: &mut Context<'_>, needed: u64) -> Result<()> {
    grant_by(store, |fuel, interruptible| fuel.grant(interruptible, needed))
}

fn grant_by(store: &mut Context<'_>, grant: impl FnOnce(&mut Fuel, bool) -> Result<u64>) -> Result<()> {
    let state = store.data_mut();
    if !state.config.is_metered() {
        return Ok(());
    }
    let interruptible = state.config.interruptible();
    let granted = grant(state.run.fuel(), interruptible)?;
    store.set_fuel(granted).map_err(|error| Error::new(abi::STATUS_INTERNAL, format!("the engine takes no fuel: {error}")))
}

/// Accounts for the fuel that was used.
pub fn settle(store: &mut Context<'_>) {
    if let Ok(left) = store.get_fuel() {
        store.data_mut().run.fuel().settle(left);
    }
}

/// Grants the guest fuel again after another call used it, or the host: a call below on the native stack continues with its slice.
pub fn refill(store: &mut Context<'_>) {
    // Without fuel, the guest notices it when it next needs some.
    if grant_by(store, Fuel::grant_rest).is_err() {
        let _ = store.set_fuel(0);
    }
}
