//! Calls from the host into the guest.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::driver::{self, First, Outcome};
use super::state::State;
use super::trace::Base;
use super::traced;
use super::{convert, values};
#[cfg(test)]
use crate::engine::fault;
use crate::engine::watch::Watch;
use crate::engine::{arguments, watched};
use crate::status::{Error, Result};
use libvm_abi::{RawValue, Value};
use wasmi::{Func, StoreContextMut, Val};

/// Calls a function: without allocation for up to 8 parameters and 1 result.
#[inline]
pub fn call(mut store: StoreContextMut<'_, State>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    let outcome = call_typed(&mut store, callee, |store| callee.call(store, args, results));
    outcome.unwrap_or_else(|| call_any(store, callee.func(), args, results))
}

/// Calls a function with so many numbers of its type, in whose place the results are written; `None` if its type is not common.
#[inline]
pub fn call_raw(
    store: &mut StoreContextMut<'_, State>,
    callee: Callee,
    params: usize,
    values: &mut [RawValue],
) -> Option<Result<()>> {
    call_typed(store, callee, |store| callee.call_raw(store, params, values))
}

/// Calls a function of a common type by `call`; `None` if it is none, or has to be called otherwise.
#[inline(always)] // on the path of every call
fn call_typed<'a>(
    store: &mut StoreContextMut<'a, State>,
    callee: Callee,
    call: impl FnOnce(&mut StoreContextMut<'a, State>) -> Option<Result<(), wasmi::Error>>,
) -> Option<Result<()>> {
    if store.data().driven || matches!(callee, Callee::Any(_)) {
        return None;
    }
    let entered = match store.data().frames.home().enter() {
        Ok(entered) => entered,
        Err(error) => return Some(Err(error)),
    };
    #[cfg(test)]
    fault::strike(fault::Place::Guest);
    let base = traced::begin(store);
    let outcome = call(store);
    drop(entered);
    Some(match outcome? {
        Ok(()) => {
            traced::end(store, base);
            Ok(())
        }
        Err(error) => Err(driver::failed(store, base, error)),
    })
}

/// Calls a function whose type is not common; also creates the errors for wrong values.
fn call_any(store: StoreContextMut<'_, State>, func: Func, args: &[Value], results: &mut [Value]) -> Result<()> {
    match args.len() {
        0 => call_with(store, func, args, &mut [], results),
        1..=2 => call_with(store, func, args, &mut [const { Val::I32(0) }; 2], results),
        3..=4 => call_with(store, func, args, &mut [const { Val::I32(0) }; 4], results),
        5..=8 => call_with(store, func, args, &mut [const { Val::I32(0) }; 8], results),
        count => call_with(store, func, args, &mut vec![Val::I32(0); count], results),
    }
}

/// Calls with `inputs` as the room for wasmi's arguments.
fn call_with(
    mut store: StoreContextMut<'_, State>,
    func: Func,
    args: &[Value],
    inputs: &mut [Val],
    results: &mut [Value],
) -> Result<()> {
    let inputs = &mut inputs[..args.len()];
    values::to_inputs(&store.data().handles, args, inputs)?;
    let (mut one, mut many);
    let outputs: &mut [Val] = match results.len() {
        0 => &mut [],
        1 => {
            one = [Val::I32(0)];
            &mut one
        }
        count => {
            many = vec![Val::I32(0); count];
            &mut many
        }
    };
    let base;
    let outcome = if store.data().driven {
        base = traced::begin(&mut store);
        drive(&mut store, func, inputs, outputs, base)?
    } else {
        let entered = store.data().frames.home().enter()?;
        base = traced::begin(&mut store);
        let outcome = func.call(&mut store, inputs, outputs);
        drop(entered);
        outcome
    };
    if let Err(error) = outcome {
        return Err(failure(&mut store, base, func, args, results.len(), error));
    }
    traced::end(&mut store, base);
    for (result, output) in results.iter_mut().zip(&*outputs) {
        if !values::give_number(output, |number| *result = number) {
            *result = values::from_val(&mut store.data_mut().handles, output);
        }
    }
    Ok(())
}

/// Calls a function that may be interrupted or suspended, and waits on this thread until it ends.
///
/// # Errors
/// wasmi's own errors are in the inner result.
#[inline(never)] // other calls need no room for it
fn drive(
    store: &mut StoreContextMut<'_, State>,
    func: Func,
    inputs: &[Val],
    outputs: &mut [Val],
    base: Base,
) -> Result<Result<(), wasmi::Error>> {
    driver::settle(store);
    store.data_mut().run.enter(false)?;
    let outcome = drive_to_end(store, func, inputs, outputs, base);
    driver::settle(store);
    if store.data_mut().run.leave(true) {
        driver::refill(store);
    }
    outcome
}

fn drive_to_end(
    store: &mut StoreContextMut<'_, State>,
    func: Func,
    inputs: &[Val],
    outputs: &mut [Val],
    base: Base,
) -> Result<Result<(), wasmi::Error>> {
    let mut pile = match driver::begin(store, func, inputs, outputs, base)? {
        Ok(First::Unfinished(pile)) => pile,
        Ok(First::Finished) => return Ok(Ok(())),
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match driver::run(&mut pile, store)? {
            Outcome::Done(values) => {
                outputs.clone_from_slice(&values);
                return Ok(Ok(()));
            }
            Outcome::Yielded => {}
            Outcome::Suspended => {
                watched::tell(store.data_mut(), Watch::pause);
                let run = &mut store.data_mut().run;
                run.pause();
                run.control().wait(run.deadline());
                run.resume();
                watched::tell(store.data_mut(), Watch::go_on);
                let checked = store.data_mut().run.check();
                checked.map_err(|error| driver::stopped(&mut pile, store, error))?;
            }
        }
    }
}

/// Creates the error of a call: wasmi's messages about arguments are replaced with more specific ones.
#[cold]
pub fn failure(
    store: &mut StoreContextMut<'_, State>,
    base: Base,
    func: Func,
    args: &[Value],
    results: usize,
    error: wasmi::Error,
) -> Error {
    if !matches!(error.kind(), wasmi::errors::ErrorKind::Func(_)) {
        return driver::failed(store, base, error);
    }
    let ty = convert::func_type(&func.ty(&*store));
    if ty.params.len() != args.len() || ty.results.len() != results {
        return arguments::wrong_count(&ty, args.len(), results);
    }
    let wrong = arguments::check_args(&ty, args).err();
    wrong.unwrap_or_else(|| driver::failed(store, base, error))
}
