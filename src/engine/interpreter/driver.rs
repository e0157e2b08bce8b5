//! The call driver: calls that can be interrupted, and that host functions can suspend.
//!
//! wasmi keeps a call that it did not finish, if a host function failed or the fuel was used up. A suspended host function fails with
//! [`error::suspension`], and the call continues with its results later; fuel is given in slices, between which the driver looks at
//! the clock and at the control of the execution.
//!
//! An unfinished execution is a pile of calls, since a host function that suspends may have the guest called
//! (`VM_CallerStartCall`): the results of the upper call complete the lower one.
#![forbid(unsafe_code)]

use super::error;
use super::fuel::grant;
pub use super::fuel::{refill, settle};
use super::state::Handles;
use super::state::{Interpreter, State};
use super::suspended::{At, Held, Level, Pile, Suspended};
use super::trace::{Base, Place};
use super::traced;
use super::values;
#[cfg(feature = "wasi")]
use super::wasi;
use crate::engine::call::HostCall;
use crate::engine::request::Start;
use crate::engine::run::Turn;
use crate::engine::suspend::Completion;
use crate::engine::watched::{self, Target};
use crate::status::{Error, Result};
use crate::value::ValType;
use libvm_abi::{self as abi, Value};
use wasmi::{Error as WasmiError, Func, ResumableCall, StoreContextMut, Val};

type Context<'a> = StoreContextMut<'a, State>;

/// How far a pile has come.
pub enum Outcome {
    /// The outermost call has ended with these results.
    Done(Vec<Val>),
    /// The innermost call waits for the completion of a host function.
    Suspended,
    /// The slice of time is used up.
    Yielded,
}

/// A first step: the call has ended, with its results in the outputs, or a pile continues it.
pub enum First {
    Finished,
    Unfinished(Pile<Interpreter>),
}

/// Begins a call; the run was entered.
///
/// # Errors
/// wasmi's own, to be converted with what is known of the arguments, and all others in the outer result.
pub fn begin(
    store: &mut Context<'_>,
    func: Func,
    inputs: &[Val],
    outputs: &mut [Val],
    base: Base,
) -> Result<Result<First, WasmiError>> {
    grant(store, 0)?;
    let results = outputs.len();
    let at = match step(store, |store| func.call_resumable(store, inputs, outputs))? {
        Ok(None) => {
            traced::end(store, base);
            return Ok(Ok(First::Finished));
        }
        Ok(Some(at)) => at,
        Err(error) => return Ok(Err(error)),
    };
    let mut pile = Pile(vec![Level { results, base, at }]);
    start_requested(&mut pile, store)?;
    Ok(Ok(First::Unfinished(pile)))
}

/// Runs wasmi; returns where the call is unless it has ended.
fn step(
    store: &mut Context<'_>,
    work: impl FnOnce(&mut Context<'_>) -> Result<ResumableCall, WasmiError>,
) -> Result<Result<Option<At<Interpreter>>, WasmiError>> {
    let entered = store.data().frames.home().enter()?;
    let outcome = work(store);
    drop(entered);
    settle(store);
    Ok(match outcome {
        Ok(ResumableCall::Finished) => Ok(None),
        Ok(ResumableCall::OutOfFuel(call)) => Ok(Some(At::Slice(call))),
        Ok(ResumableCall::HostTrap(call)) => match suspended(store, call.host_error()) {
            Some(suspended) => Ok(Some(At::Host(call, suspended))),
            None => Err(call.into_host_error()),
        },
        Err(error) => match suspended(store, &error) {
            Some(suspended) => Ok(Some(At::Direct(suspended))),
            None => Err(error),
        },
    })
}

/// Creates the error of a call that did not return.
#[cold]
pub fn failed(store: &mut Context<'_>, base: Base, error: WasmiError) -> Error {
    let state = store.data();
    let place = traced::place(&error);
    let error = error::of_call(error, &state.config, &state.budgets);
    traced::explain(store, base, place, error)
}

/// Adds the frames of calls that an error ends, which none of them has caused.
#[cold]
pub fn stopped(pile: &mut Pile<Interpreter>, store: &mut Context<'_>, mut error: Error) -> Error {
    while let Some(level) = pile.0.last() {
        if let Some(frame) = level.at.frame() {
            error = error.with_frames([frame]);
        }
        error = traced::explain(store, level.base, Place::Call, error);
        pile.0.pop();
    }
    error
}

fn suspended(store: &mut Context<'_>, error: &WasmiError) -> Option<Held<Interpreter>> {
    if error::is_suspension(error) { store.data_mut().own.take_suspended() } else { None }
}

/// Continues until the outermost call has ended, or must wait.
///
/// # Errors
/// Every failure of a guest, and those of `Run::check` and `Fuel::grant`. The execution is over.
pub fn run(pile: &mut Pile<Interpreter>, store: &mut Context<'_>) -> Result<Outcome> {
    loop {
        match advance(pile, store) {
            Ok(Some(outcome)) => return Ok(outcome),
            Ok(None) => {}
            Err(error) => fail(pile, store, error)?,
        }
    }
}

/// Runs the innermost call until something happens to it.
fn advance(pile: &mut Pile<Interpreter>, store: &mut Context<'_>) -> Result<Option<Outcome>> {
    if pile.innermost().is_some_and(|suspended| !suspended.waiting.is_completed()) {
        return Ok(Some(Outcome::Suspended));
    }
    let Some(level) = pile.0.last_mut() else {
        return Err(Error::new(abi::STATUS_INTERNAL, "there is no call to continue"));
    };
    let base = level.base;
    // Also after each completion: a guest may spend its time with host functions that complete at once.
    match store.data_mut().run.check() {
        Ok(Turn::Continues) => {}
        Ok(Turn::Ends) => return Ok(Some(Outcome::Yielded)),
        Err(error) => return Err(traced::explain(store, base, Place::Position, error)),
    }
    let mut outputs = vec![Val::I32(0); level.results];
    let stepped = match std::mem::replace(&mut level.at, At::Running) {
        At::Slice(call) => {
            let granted = grant(store, call.required_fuel());
            granted.map_err(|error| traced::explain(store, base, Place::Position, error))?;
            step(store, |store| call.resume(store, &mut outputs))?
        }
        At::Host(call, suspended) => match go_on(suspended, base, store)? {
            Continued::Waits(suspended) => {
                level.at = At::Host(call, suspended);
                return Ok(Some(Outcome::Suspended));
            }
            Continued::Results(values) => {
                grant(store, 0)?;
                step(store, |store| call.resume(store, &values, &mut outputs))?
            }
            Continued::Again(suspended) => Ok(Some(At::Host(call, suspended))),
        },
        At::Direct(suspended) => match go_on(suspended, base, store)? {
            Continued::Waits(suspended) => {
                level.at = At::Direct(suspended);
                return Ok(Some(Outcome::Suspended));
            }
            Continued::Results(values) => {
                outputs = values;
                Ok(None)
            }
            Continued::Again(suspended) => Ok(Some(At::Direct(suspended))),
        },
        At::Running => return Err(Error::new(abi::STATUS_INTERNAL, "the call is running")),
    };
    match stepped {
        Ok(Some(at)) => {
            level.at = at;
            start_requested(pile, store)?;
            Ok(None)
        }
        Ok(None) => Ok(finish(pile, store, outputs)),
        Err(error) => Err(failed(store, base, error)),
    }
}

/// Begins the call of the guest that the suspended host function requested, if it did.
fn start_requested(pile: &mut Pile<Interpreter>, store: &mut Context<'_>) -> Result<()> {
    while let Some(start) = pile.innermost().and_then(|suspended| suspended.start.take()) {
        let Start { func, handle, args } = &start;
        watched::guest_begins(store, Target::Handle(*handle), args)?;
        let func = func.func();
        let results = func.ty(&*store).results().len();
        let base = traced::begin(store);
        let mut outputs = vec![Val::I32(0); results];
        let stepped = store.data().frames.home().check_suspended(pile.0.len());
        let stepped = stepped.and_then(|()| grant(store, 0));
        let mut inputs = vec![Val::I32(0); args.len()];
        let stepped = stepped.and_then(|()| values::to_inputs(&store.data().handles, args, &mut inputs));
        let stepped = stepped.and_then(|()| step(store, |store| func.call_resumable(store, &inputs, &mut outputs)));
        let error = match stepped {
            Ok(Ok(Some(at))) => {
                pile.0.push(Level { results, base, at });
                continue;
            }
            Ok(Ok(None)) => {
                traced::end(store, base);
                complete(pile, store, &outputs);
                continue;
            }
            Ok(Err(error)) => failed(store, base, error),
            Err(error) => error,
        };
        pile.0.push(Level { results, base, at: At::Running });
        fail(pile, store, error)?;
    }
    Ok(())
}

/// Ends the innermost call with its results.
fn finish(pile: &mut Pile<Interpreter>, store: &mut Context<'_>, outputs: Vec<Val>) -> Option<Outcome> {
    if let Some(ended) = pile.0.pop() {
        traced::end(store, ended.base);
    }
    if pile.0.is_empty() {
        return Some(Outcome::Done(outputs));
    }
    complete(pile, store, &outputs);
    None
}

/// Completes the innermost suspended host function with the results of the guest's function that it had called.
fn complete(pile: &mut Pile<Interpreter>, store: &mut Context<'_>, outputs: &[Val]) {
    let handles = &mut store.data_mut().handles;
    let values: Vec<_> = outputs.iter().map(|output| values::from_val(handles, output)).collect();
    watched::started_ends(store, Ok(()), &values);
    if let Some(suspended) = pile.innermost() {
        suspended.waiting.awaited.complete(Completion::of_results(values));
    }
}

/// Ends the innermost call with a failure, which the host function that called it is told.
///
/// # Errors
/// The failure if it is the execution's.
fn fail(pile: &mut Pile<Interpreter>, store: &mut Context<'_>, error: Error) -> Result<()> {
    pile.0.pop();
    let ends_all = store.data_mut().run.check().is_err();
    match pile.innermost() {
        Some(suspended) if !ends_all => {
            watched::started_ends(store, Err(error.clone()), &[]);
            suspended.waiting.awaited.complete(Completion::of_guest(error));
            Ok(())
        }
        _ => Err(stopped(pile, store, error)),
    }
}

/// How a suspended host call continued.
enum Continued {
    /// It has not been completed.
    Waits(Held<Interpreter>),
    /// It has returned.
    Results(Vec<Val>),
    /// It is suspended again.
    Again(Held<Interpreter>),
}

/// Continues a call that waits, if it can go on.
///
/// # Errors
/// The failure of the host function.
fn go_on(held: Held<Interpreter>, base: Base, store: &mut Context<'_>) -> Result<Continued> {
    match held {
        Held::Host(suspended) => go_on_in_host(suspended, base, store),
        #[cfg(feature = "wasi")]
        Held::Wasi(call) => {
            Ok(match wasi::go_on(call, store).map_err(|error| traced::explain(store, base, Place::Call, error))? {
                Ok(errno) => Continued::Results(vec![Val::I32(errno)]),
                Err(call) => Continued::Waits(Held::Wasi(call)),
            })
        }
    }
}

/// Continues a suspended host call, if it was completed.
fn go_on_in_host(mut suspended: Suspended<Interpreter>, base: Base, store: &mut Context<'_>) -> Result<Continued> {
    let Some(completion) = suspended.waiting.take() else { return Ok(Continued::Waits(Held::Host(suspended))) };
    let call = &suspended.bound.call;
    watched::host_resumes(store, call, &completion);
    let lent = store.data().handles.lent();
    let references = completion.values.iter().filter(|_| completion.lends);
    references.for_each(|value| store.data_mut().handles.lend(value));
    let mut results = vec![Value::NONE; call.ty.results.len()];
    let outcome = match suspended.waiting.suspension.take_resume() {
        Some(resume) => (suspended.resume)(suspended.bound, store, resume, &completion, &suspended.args, &mut results),
        None if completion.status == abi::STATUS_OK => {
            results.clone_from(&completion.values);
            Ok(())
        }
        None => Err(call.completed_with_failure(completion)),
    };
    watched::host_ends(store, call, &outcome, &results);
    let outcome = match outcome {
        Ok(()) => to_vals(call, &store.data().handles, &results).map(Continued::Results),
        Err(error) if error.is_suspension() => store.data_mut().own.take_suspended().map(Continued::Again).ok_or(error),
        Err(error) => Err(error),
    };
    store.data_mut().handles.take_back(lent);
    outcome.map_err(|error| traced::explain(store, base, Place::Call, error))
}

/// Converts the results of a host call for wasmi.
fn to_vals(call: &HostCall, handles: &Handles, results: &[Value]) -> Result<Vec<Val>> {
    if results.len() != call.ty.results.len() {
        return Err(call.wrong_completion(results.len()));
    }
    let function = &call.function;
    let convert = |(index, (value, expected)): (usize, (&Value, &ValType))| {
        if value.kind != expected.to_abi() {
            return Err(call.wrong_result(index, value.kind));
        }
        let place = || format!("result {} of host function `{}.{}`", index + 1, function.module, function.name);
        values::to_val(handles, value, *expected, place).map_err(|error| error.in_function(&function.module, &function.name))
    };
    results.iter().zip(&call.ty.results).enumerate().map(convert).collect()
}
