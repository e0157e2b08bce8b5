//! Started executions of compiled code: each runs on a fiber.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::state::{Compiled, State};
use super::suspended::Calls;
use super::{fiber, fuel, ticker};
use crate::engine::executions::{Step, Suspends};
use crate::status::{Error, Result};
use libvm_abi::Value;
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

impl Suspends for Context<'_> {
    fn start(&mut self, func: Callee, args: &[Value]) -> Result<Step<Compiled>> {
        run(self, |store| fiber::start(store, func, args))
    }

    fn resume(&mut self, calls: Calls) -> Result<Step<Compiled>> {
        run(self, |store| fiber::resume(store, calls))
    }

    fn stop(&mut self, calls: Calls, error: Error) -> Error {
        let error = fiber::stop(calls, error);
        fuel::settle(self);
        error
    }
}

/// Runs a part of an execution.
fn run(store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> Result<Step<Compiled>>) -> Result<Step<Compiled>> {
    fuel::grant(store)?;
    let state = store.data();
    // On a fiber, fuel interrupts it.
    let ticker = state.own.ticker.as_ref().filter(|_| !state.config.fuel_metering());
    let ticking = ticker::begin(ticker, state.run.is_timed())?;
    let outcome = work(store);
    drop(ticking);
    fuel::settle(store);
    outcome
}
