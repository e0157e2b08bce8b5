//! Calls from the host into the guest.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::driver::{self, First, Outcome};
use super::state::State;
use super::suspended::Start;
use super::trace::Base;
use super::traced;
use super::watched;
use super::{convert, values};
#[cfg(test)]
use crate::engine::fault;
use crate::engine::handles::Handle;
use crate::engine::watch::Watch;
use crate::status::{Error, Result, counted};
use crate::value::{self, FuncType, ValType};
use libvm_abi::{self as abi, Value};
use wasmi::{Func, StoreContextMut, Val};

/// Calls a function: without allocation for up to 8 parameters and 1 result.
#[inline]
pub fn call(mut store: StoreContextMut<'_, State>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    if store.data().driven {
        return call_any(store, callee.func(), args, results);
    }
    if let Callee::Any(func) = callee {
        return call_any(store, func, args, results);
    }
    let entered = store.data().frames.home().enter()?;
    #[cfg(test)]
    fault::strike(fault::Place::Guest);
    let base = traced::begin(&mut store);
    let outcome = callee.call(&mut store, args, results);
    drop(entered);
    match outcome {
        Some(Ok(())) => {
            traced::end(&mut store, base);
            Ok(())
        }
        Some(Err(error)) => Err(driver::failed(&mut store, base, error)),
        None => call_any(store, callee.func(), args, results),
    }
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
    to_inputs(store.data(), args, inputs)?;
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

/// Prepares a call that a suspended host function requests.
///
/// # Errors
/// Those of an invalid handle and of invalid arguments.
pub fn prepare(store: &mut StoreContextMut<'_, State>, handle: Handle, args: &[Value]) -> Result<Start> {
    let func = store.data().handles.func(handle)?;
    let mut inputs = vec![Val::I32(0); args.len()];
    to_inputs(store.data(), args, &mut inputs)?;
    let ty = convert::func_type(&func.ty(&*store));
    check_args(&ty, args)?;
    // The callback has borrowed them until it returns.
    let handles = &mut store.data_mut().handles;
    args.iter().map(Value::reference).chain([handle]).try_for_each(|reference| handles.retain(reference))?;
    Ok(Start { func, handle, args: args.into(), inputs })
}

/// Converts arguments for wasmi, which compares their types with the function's.
#[inline(always)]
pub fn to_inputs(state: &State, args: &[Value], inputs: &mut [Val]) -> Result<()> {
    for (index, (input, arg)) in inputs.iter_mut().zip(args).enumerate() {
        if !values::put_number(input, arg) {
            *input = reference(state, arg, index)?;
        }
    }
    Ok(())
}

/// Converts a reference argument; wasmi compares its type with the function's.
#[cold]
fn reference(state: &State, arg: &Value, index: usize) -> Result<Val> {
    let Some(ty) = ValType::from_abi(arg.kind) else {
        let found = value::type_name(arg.kind);
        return Err(Error::new(abi::STATUS_WRONG_TYPE, format!("argument {} is {found}, which no function takes", index + 1)));
    };
    values::to_val(&state.handles, arg, ty, || format!("argument {}", index + 1))
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
        return wrong_count(&ty, args.len(), results);
    }
    let wrong = check_args(&ty, args).err();
    wrong.unwrap_or_else(|| driver::failed(store, base, error))
}

/// Compares arguments with the type of a function.
///
/// # Errors
/// `STATUS_WRONG_COUNT`, `STATUS_WRONG_TYPE`.
pub fn check_args(ty: &FuncType, args: &[Value]) -> Result<()> {
    if args.len() != ty.params.len() {
        return Err(wrong_count(ty, args.len(), ty.results.len()));
    }
    for (index, (arg, expected)) in args.iter().zip(&ty.params).enumerate() {
        if arg.kind != expected.to_abi() {
            let found = value::type_name(arg.kind);
            let message = format!("argument {} is {found}, but the function {ty} takes {expected} there", index + 1);
            return Err(Error::new(abi::STATUS_WRONG_TYPE, message));
        }
    }
    Ok(())
}

fn wrong_count(ty: &FuncType, args: usize, results: usize) -> Error {
    let message = format!(
        "the function {ty} takes {} and returns {}, but {} and room for {} were passed",
        counted(ty.params.len(), "argument"),
        counted(ty.results.len(), "result"),
        counted(args, "argument"),
        counted(results, "result")
    );
    Error::new(abi::STATUS_WRONG_COUNT, message)
}
