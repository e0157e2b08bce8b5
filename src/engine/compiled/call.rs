//! Calls from the host into the guest, on the stack that is used now.

use super::callee::{Callee, Type};
use super::state::{Compiled, State};
use super::traced;
use super::{error, fuel, typed, values};
use crate::engine::arguments::{check_args, resolve, wrong_count};
use crate::engine::entity::Handles;
#[cfg(test)]
use crate::engine::fault;
use crate::limits::INLINE_VALUES;
use crate::status::{Error, Result};
use libvm_abi::{RawValue, Value};
use std::mem::MaybeUninit;
use wasmtime::{AsContextMut, StoreContextMut, ValRaw};

type Context<'a> = StoreContextMut<'a, State>;

/// Calls a function on this stack, which is that of a new fiber; returns its results.
///
/// # Errors
/// Those of `call`.
pub fn on_this_stack(store: &mut Context<'_>, callee: Callee, args: &[Value]) -> Result<Vec<Value>> {
    let mut results = room_for_results(store, callee, args)?;
    dispatch(store, callee, args, &mut results)?;
    Ok(results)
}

/// Returns room for the results of a function that has these arguments.
pub fn room_for_results(store: &mut Context<'_>, callee: Callee, args: &[Value]) -> Result<Vec<Value>> {
    let index = typed::index(store, callee);
    let results = vec![Value::NONE; store.data().own.types.get(index).ty.results.len()];
    let ty = store.data().own.types.get(index);
    if ty.fits(args, &results) { Ok(results) } else { Err(unfit(&store.data().handles, ty, args, results.len())) }
}

/// Calls a function whose values fit.
#[inline]
pub fn dispatch(store: &mut Context<'_>, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    let index = typed::index(store, callee);
    let references = store.data().own.types.get(index).has_references;
    match args.len().max(results.len()) {
        0..=4 => call_with(store, callee, args, results, references, &mut [const { MaybeUninit::uninit() }; 4]),
        5..=INLINE_VALUES => {
            call_with(store, callee, args, results, references, &mut [const { MaybeUninit::uninit() }; INLINE_VALUES])
        }
        count => call_with(store, callee, args, results, references, &mut vec![MaybeUninit::uninit(); count]),
    }
}

/// Calls a function whose type fits, with `raw` as the room for arguments and then results.
#[inline(always)]
fn call_with(
    store: &mut Context<'_>,
    callee: Callee,
    args: &[Value],
    results: &mut [Value],
    references: bool,
    raw: &mut [MaybeUninit<ValRaw>],
) -> Result<()> {
    if references {
        put_all(store, args, raw)?;
    } else {
        for (raw, arg) in raw.iter_mut().zip(args) {
            raw.write(values::to_raw_number(arg));
        }
    }
    #[cfg(test)]
    fault::strike(fault::Place::Guest);
    // SAFETY: the arguments have the types of the parameters, and there is room for the results. On a fiber, nothing is below this call
    // that must stay on its thread when the fiber is left; see `fiber`.
    let outcome = unsafe { callee.func.call_unchecked(store.as_context_mut(), std::ptr::from_mut(raw) as *mut [ValRaw]) };
    outcome.map_err(|error| failed(store, error))?;
    let index = typed::index(store, callee);
    for (at, result) in results.iter_mut().enumerate() {
        let ty = store.data().own.types.get(index).ty.results[at];
        // SAFETY: compiled code of the store has written the results of the type.
        *result = unsafe { if references { values::from_raw(store, ty, &raw[at]) } else { values::number(ty, &raw[at]) } };
    }
    Ok(())
}

/// Calls a function with numbers of its type, in whose place the results are written.
#[inline(always)] // it is one call
pub fn dispatch_raw(store: &mut Context<'_>, callee: Callee, values: &mut [RawValue]) -> Result<()> {
    let raw = std::ptr::from_mut(values) as *mut [ValRaw];
    // SAFETY: the types were compared, and the values have the layout of wasmtime's. As in `call_with`, nothing is below this call that must
    // stay on its thread.
    let outcome = unsafe { callee.func.call_unchecked(store.as_context_mut(), raw) };
    outcome.map_err(|error| failed(store, error))
}

/// Converts arguments of which some are references.
#[cold]
fn put_all(store: &mut Context<'_>, args: &[Value], raw: &mut [MaybeUninit<ValRaw>]) -> Result<()> {
    for (index, (raw, arg)) in raw.iter_mut().zip(args).enumerate() {
        let operand = resolve(&store.data().handles, arg, index)?;
        raw.write(values::to_raw(store, operand));
    }
    Ok(())
}

/// Creates the error of values that the type of a function does not fit.
#[cold]
pub fn unfit(handles: &Handles<Compiled>, ty: &Type, args: &[Value], results: usize) -> Error {
    if let Some(Err(error)) = (0..).zip(args).map(|(index, arg)| resolve(handles, arg, index)).find(Result::is_err) {
        return error;
    }
    if results != ty.ty.results.len() {
        return wrong_count(&ty.ty, args.len(), results);
    }
    check_args(&ty.ty, args).err().unwrap_or_else(|| wrong_count(&ty.ty, args.len(), results))
}

/// Creates the error of a call that did not return.
#[cold]
fn failed(store: &mut Context<'_>, error: wasmtime::Error) -> Error {
    let frames = traced::frames(store, &error);
    if error::is_out_of_fuel(&error) {
        let left = store.get_fuel().unwrap_or_default();
        return traced::explain(fuel::used_up(&mut store.data_mut().run, left), frames);
    }
    let state = store.data();
    let error = match state.own.fibers.stopped().filter(|_| !error::is_of_host(&error)) {
        Some(stopped) => stopped,
        None => error::of_call(error, state.own.stack, &state.budgets),
    };
    traced::explain(error, frames)
}
