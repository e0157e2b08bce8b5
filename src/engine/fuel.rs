//! The fuel of a context's guests.
#![forbid(unsafe_code)]

use super::rewrite::REPEATED_FUEL;
use crate::limits::SLICE_FUEL;
use crate::status::{Error, Result, TrapCode, counted};
use libvm_abi as abi;

/// The ledger of fuel: what the host has given, apart from the slices that the engine is given of it.
pub struct Fuel {
    /// What the host has given and the guest has not used; `None` where fuel is only used to interrupt.
    budget: Option<u64>,
    /// What the engine was given and has not accounted for.
    granted: u64,
    /// What the engine had left when it last accounted for what it was given.
    rest: u64,
    /// What guests have used and host functions have charged.
    used: u64,
    /// Where a replay ends, and the error with which it does.
    stop: Option<(u64, Error)>,
}

impl Fuel {
    /// Creates the ledger of a context whose engine meters fuel for its users, or not.
    pub fn new(metered: bool) -> Self {
        Self { budget: metered.then_some(0), granted: 0, rest: 0, used: 0, stop: None }
    }

    /// Returns whether the engine meters fuel for its users.
    pub fn is_metered(&self) -> bool {
        self.budget.is_some()
    }

    /// Sets the budget.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` without fuel metering.
    pub fn set(&mut self, units: u64) -> Result<()> {
        self.get()?;
        self.budget = Some(units);
        Ok(())
    }

    /// Returns what is left of the budget.
    ///
    /// # Errors
    /// Those of `set`.
    pub fn get(&self) -> Result<u64> {
        self.budget.ok_or_else(|| {
            let message = "the engine does not meter fuel; turn it on with VM_EngineConfigSetFuelMetering";
            Error::new(abi::STATUS_UNSUPPORTED, message)
        })
    }

    /// Takes units from the budget for work of the host.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_FUEL` if there are fewer: then none is left. Those of `set`.
    pub fn consume(&mut self, units: u64) -> Result<()> {
        let left = self.get()?;
        self.budget = Some(left.saturating_sub(units));
        self.used = self.used.saturating_add(units.min(left));
        if units > left {
            let message = format!("a host function needs {} of fuel, and has {left} ({SETTERS})", counted(units, "unit"));
            return Err(out_of_fuel(message));
        }
        Ok(())
    }

    /// Accounts for what the engine has used: `left` is what it has left.
    pub fn settle(&mut self, left: u64) {
        self.rest = left;
        let used = std::mem::take(&mut self.granted).saturating_sub(left);
        self.budget = self.budget.map(|budget| budget.saturating_sub(used));
        self.used = self.used.saturating_add(used);
    }

    /// Makes the execution fail with an error when so much was used, or no longer.
    pub fn stop_at(&mut self, stop: Option<(u64, Error)>) {
        self.stop = stop;
    }

    /// Returns whether the execution fails when a certain amount is used.
    #[cfg(feature = "compiled")]
    pub fn stops(&self) -> bool {
        self.stop.is_some()
    }

    /// Checks whether the execution fails now, after `settle`.
    ///
    /// # Errors
    /// That of `stop_at`, if so much was used.
    #[cfg(feature = "compiled")]
    pub fn check_stop(&self) -> Result<()> {
        match &self.stop {
            Some((fuel, error)) if self.used >= *fuel => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Returns what guests have used and host functions have charged.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Returns how much the engine is given to go on with the slice that it was given before `settle`, if it has slices.
    ///
    /// # Errors
    /// Those of `grant`.
    pub fn grant_rest(&mut self, interruptible: bool) -> Result<u64> {
        let granted = self.grant(interruptible, 0)?;
        self.granted = if interruptible { granted.min(self.rest) } else { granted };
        Ok(self.granted)
    }

    /// Returns how much the engine is given next, after `settle`: a slice if the execution can be interrupted, and at least what the
    /// next step needs.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_FUEL` if less than that is left.
    pub fn grant(&mut self, interruptible: bool, needed: u64) -> Result<u64> {
        let mut wanted = if interruptible { needed.saturating_add(REPEATED_FUEL).max(SLICE_FUEL) } else { u64::MAX };
        if let Some((fuel, error)) = &self.stop {
            wanted = wanted.min(fuel.saturating_sub(self.used));
            if wanted < needed {
                return Err(error.clone());
            }
        }
        let granted = self.budget.map_or(wanted, |budget| budget.min(wanted));
        if granted < needed {
            let message = format!(
                "the guest is out of fuel: it needs {} for its next step, and has {granted} ({SETTERS})",
                counted(needed, "unit")
            );
            return Err(out_of_fuel(message));
        }
        self.granted = granted;
        Ok(granted)
    }
}

const SETTERS: &str = "VM_ContextSetFuel, VM_ContextAddFuel";

fn out_of_fuel(message: String) -> Error {
    Error::new(abi::STATUS_OUT_OF_FUEL, message).with_trap(TrapCode::OutOfFuel)
}
