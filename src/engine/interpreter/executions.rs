//! Started executions in wasmi.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::driver::{self, First, Outcome};
use super::state::{Interpreter, State};
use super::suspended::Pile;
use super::{execution, traced, values};
use crate::engine::executions::{Step, Suspends};
use crate::status::{Error, Result};
use libvm_abi::Value;
use wasmi::{StoreContextMut, Val};

impl Suspends for StoreContextMut<'_, State> {
    fn start(&mut self, func: Callee, args: &[Value]) -> Result<Step<Interpreter>> {
        let func = func.func();
        let mut inputs = vec![Val::I32(0); args.len()];
        values::to_inputs(&self.data().handles, args, &mut inputs)?;
        let mut outputs = vec![Val::I32(0); func.ty(&*self).results().len()];
        let base = traced::begin(self);
        match driver::begin(self, func, &inputs, &mut outputs, base)? {
            Ok(First::Finished) => Ok(done(self, &outputs)),
            Ok(First::Unfinished(pile)) => self.resume(pile),
            Err(error) => Err(execution::failure(self, base, func, args, outputs.len(), error)),
        }
    }

    fn resume(&mut self, mut pile: Pile<Interpreter>) -> Result<Step<Interpreter>> {
        Ok(match driver::run(&mut pile, self)? {
            Outcome::Done(outputs) => done(self, &outputs),
            Outcome::Suspended => Step::Suspended(pile),
            Outcome::Yielded => Step::Yielded(pile),
        })
    }

    fn may_resume(&mut self) -> Result<()> {
        self.data().frames.home().check_resume()
    }

    fn stop(&mut self, mut pile: Pile<Interpreter>, error: Error) -> Error {
        driver::stopped(&mut pile, self, error)
    }
}

fn done(store: &mut StoreContextMut<'_, State>, outputs: &[Val]) -> Step<Interpreter> {
    let handles = &mut store.data_mut().handles;
    Step::Done(outputs.iter().map(|output| values::from_val(handles, output)).collect())
}
