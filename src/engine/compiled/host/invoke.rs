//! The common part of all host functions: from wasmtime's caller to the frame and the callback.

use super::place::Context;
use crate::engine::bound::Bound;
use crate::engine::call::HostCall;
use crate::engine::compiled::error::to_wasmtime;
use crate::engine::compiled::lent::{self, Lent};
use crate::engine::compiled::{fiber, wait};
use crate::engine::invoke;
use crate::engine::suspend::{Completion, Waiting};
use crate::engine::watched;
use crate::stack;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};
use std::mem::MaybeUninit;
use std::slice;
use wasmtime::AsContextMut;

/// Calls the callback: `args` and `results` point to as many values as the type has.
#[inline(always)]
pub fn invoke(bound: &Bound, mut store: Context<'_>, args: *const Value, results: *mut Value) -> Result<()> {
    let Some(frame) = bound.direct_frame() else { return uncommon(bound, store, args, results) };
    // SAFETY: the store is not used before the call has ended.
    unsafe { frame.begin(lent::store_pointer(store.as_context_mut())) };
    bound.run::<Lent<'_>>(frame, args, results)?;
    look_after(&bound.call, store)
}

/// Calls the callback of a function with one result of type `kind`, and returns the result of `read`.
#[inline(always)]
pub fn invoke_for<R>(
    bound: &Bound,
    store: Context<'_>,
    args: *const Value,
    kind: abi::ValType,
    read: impl FnOnce(&Value) -> R,
) -> Result<R, wasmtime::Error> {
    let mut room = MaybeUninit::<Value>::uninit();
    // SAFETY: there is room for a value.
    unsafe { Value::clear(room.as_mut_ptr(), 1) };
    invoke(bound, store, args, room.as_mut_ptr()).map_err(to_wasmtime)?;
    // SAFETY: its type has been written, and a callback that writes another type is responsible for the value that belongs to it.
    let value = unsafe { &*room.as_ptr() };
    if value.kind == kind { Ok(read(value)) } else { Err(to_wasmtime(bound.call.wrong_result(0, value.kind))) }
}

/// Calls the callback of a function that is watched, needs preparation, or may suspend its call.
#[inline(never)]
fn uncommon(bound: &Bound, mut store: Context<'_>, args: *const Value, results: *mut Value) -> Result<()> {
    let call = &bound.call;
    let store = &mut store;
    call.guarded(|| {
        if store.data().watch.is_some() {
            // SAFETY: as many arguments are passed as the wasm type has.
            watched::host_begins(store, call, unsafe { slice::from_raw_parts(args, call.ty.params.len()) });
        }
        let outcome = on_its_stack(call, store, |store| {
            // SAFETY: as above, and there is room for as many results as the wasm type has.
            unsafe { invoke::prepared(bound, store, args, results) }
        });
        ends(store, call, &outcome, results);
        match outcome {
            Ok(()) if call.followed || call.looks => wait::look(store),
            // SAFETY: as above.
            Err(error) if error.is_suspension() => unsafe { go_on(bound, store, args, results) },
            outcome => outcome,
        }
    })
}

/// Calls a callback by `work`, on the stack that it needs.
fn on_its_stack(call: &HostCall, store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> Result<()>) -> Result<()> {
    let on_thread = call.function.needs_thread_stack();
    if !on_thread && !store.data().own.fibers.calls_outside() {
        return work(store);
    }
    // What the fiber was entered from may be another one.
    let run = |store: &mut Context<'_>| if on_thread { stack::on_thread(|| work(store)) } else { work(store) };
    fiber::outside(store, |store| call.guarded(|| run(store))).and_then(|outcome| outcome)
}

/// Goes on with a suspended call until it has ended.
///
/// # Safety
/// `args` and `results` point to as many values as the wasm type has.
#[cold]
unsafe fn go_on(bound: &Bound, store: &mut Context<'_>, args: *const Value, results: *mut Value) -> Result<()> {
    let call = &bound.call;
    let lent = store.data().handles.lent();
    let outcome = loop {
        // SAFETY: promised by the caller.
        match unsafe { go_on_once(bound, store, args, results) } {
            Ok(outcome) if outcome.as_ref().is_err_and(Error::is_suspension) => {}
            Ok(outcome) => break outcome.and_then(|()| wait::look(store)),
            Err(ended) => break Err(ended),
        }
    };
    // References among the results are still needed; the caller takes them.
    if !call.ty.has_references() {
        store.data_mut().handles.take_back(lent);
    }
    outcome
}

/// Waits until a suspended call can go on, and ends it or suspends it again: that is the inner result.
///
/// # Errors
/// Why the execution ends while the call waits.
///
/// # Safety
/// As for `go_on`.
unsafe fn go_on_once(bound: &Bound, store: &mut Context<'_>, args: *const Value, results: *mut Value) -> Result<Result<()>> {
    let call = &bound.call;
    let Some(mut request) = store.data_mut().requests.pop() else { return Err(Error::suspension()) };
    let completion = wait::complete(store, &mut request).map_err(|error| error.with_frames([call.function.frame()]))?;
    watched::host_resumes(store, call, &completion);
    let references = completion.values.iter().filter(|_| completion.lends);
    references.for_each(|value| store.data_mut().handles.lend(value));
    // SAFETY: promised by the caller.
    let outcome = unsafe { finish(bound, store, &mut request.waiting, completion, args, results) };
    ends(store, call, &outcome, results);
    Ok(outcome)
}

/// Looks whether the execution may go on after a call without preparation, in an engine that can interrupt it.
#[inline(always)]
pub fn look_after(call: &HostCall, store: Context<'_>) -> Result<()> {
    if !call.looks || !store.data().run.is_limited() {
        return Ok(());
    }
    let mut store = store;
    call.guarded(|| wait::look(&mut store))
}

/// Ends a suspended call with its completion, or calls the function that continues it.
///
/// # Safety
/// As for `go_on`.
unsafe fn finish(
    bound: &Bound,
    store: &mut Context<'_>,
    waiting: &mut Waiting,
    completion: Completion,
    args: *const Value,
    results: *mut Value,
) -> Result<()> {
    let call = &bound.call;
    match waiting.suspension.take_resume() {
        Some(resume) => on_its_stack(call, store, |store| {
            // SAFETY: promised by the caller. What was written before the call was suspended does not count.
            unsafe {
                Value::clear(results, call.ty.results.len());
                invoke::resume(bound, store, resume, &completion, args, results)
            }
        }),
        None if completion.status != abi::STATUS_OK => Err(call.completed_with_failure(completion)),
        None if completion.values.len() != call.ty.results.len() => Err(call.wrong_completion(completion.values.len())),
        None => {
            // SAFETY: promised by the caller.
            unsafe { slice::from_raw_parts_mut(results, completion.values.len()) }.clone_from_slice(&completion.values);
            Ok(())
        }
    }
}

/// The call of a host function ends, or is suspended.
fn ends(store: &mut Context<'_>, call: &HostCall, outcome: &Result<()>, results: *const Value) {
    if store.data().watch.is_some() {
        // SAFETY: there is room for as many results as the wasm type has, which were set to no value before the call.
        watched::host_ends(store, call, outcome, unsafe { slice::from_raw_parts(results, call.ty.results.len()) });
    }
}
