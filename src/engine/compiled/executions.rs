//! Started executions of compiled code: each runs on a fiber.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::state::{Compiled, State};
use super::suspended::Calls;
use super::{enter, fiber, fuel};
use crate::engine::executions::{Step, Suspends};
use crate::engine::home;
use crate::status::{Error, Result};
use libvm_abi::Value;
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

impl Suspends for Context<'_> {
    fn start(&mut self, func: Callee, args: &[Value]) -> Result<Step<Compiled>> {
        run(self, |store| fiber::start(store, func, args))
    }

    fn resume(&mut self, calls: Box<Calls>) -> Result<Step<Compiled>> {
        run(self, |store| fiber::resume(store, calls))
    }

    fn may_resume(&mut self) -> Result<()> {
        home::check_fibers()?;
        self.data().frames.home().check_resume()?;
        home::check_entry()
    }

    fn stop(&mut self, calls: Box<Calls>, error: Error) -> Error {
        fiber::stop(calls, error)
    }
}

/// Runs a part of an execution; whoever asked for it accounts for the fuel.
fn run(store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> Result<Step<Compiled>>) -> Result<Step<Compiled>> {
    fuel::grant(store)?;
    // On a fiber, fuel interrupts it if there is some.
    if store.data().config.fuel_metering() { work(store) } else { enter::ticking(store, work) }
}
