//! The common part of all trampolines: from wasmi's caller to the frame and the callback.

use crate::engine::bound::{Bound, BoundRef};
use crate::engine::interpreter::error::to_wasmi;
use crate::engine::interpreter::lent::{self, Lent};
use crate::engine::interpreter::state::State;
use crate::engine::interpreter::suspended::{Held, Suspended};
use crate::engine::invoke;
use crate::engine::request::Request;
use crate::engine::suspend::Completion;
use crate::engine::watched;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::slice;
use wasmi::{AsContextMut, Caller, StoreContextMut};

/// Calls the callback: `args` and `results` point to as many values as the type has.
///
/// It is inlined into every trampoline, because a call and saving registers are a large part of the cost. wasmi has just
/// written the parts of `caller`; reading it as a whole would wait for all of them, so that only cold code does.
#[inline(always)]
pub(super) fn invoke(bound: &Bound, mut caller: Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<()> {
    if let Some(frame) = bound.direct_frame() {
        // SAFETY: this function has exclusive access to the store.
        unsafe { frame.begin(lent::store_pointer(caller.as_context_mut())) };
        return bound.run::<Lent<'_>>(frame, args, results);
    }
    let mut caller = caller;
    uncommon(bound, &mut caller, args, results)
}

/// Like `invoke`, for a caller that is needed afterwards.
#[inline(always)]
pub(super) fn invoke_with(bound: &Bound, caller: &mut Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<()> {
    if let Some(frame) = bound.direct_frame() {
        // SAFETY: the caller is not used before the call has ended.
        unsafe { frame.begin(lent::store_pointer(caller.as_context_mut())) };
        return bound.run::<Lent<'_>>(frame, args, results);
    }
    uncommon(bound, caller, args, results)
}

/// Calls the callback of a function with one result of type `kind`, and returns the result of `read`.
#[inline(always)]
pub(super) fn invoke_for<R>(
    bound: &Bound,
    caller: Caller<'_, State>,
    args: *const Value,
    kind: abi::ValType,
    read: impl FnOnce(&Value) -> R,
) -> Result<R, wasmi::Error> {
    let mut room = MaybeUninit::<Value>::uninit();
    // SAFETY: there is room for a value.
    unsafe { Value::clear(room.as_mut_ptr(), 1) };
    invoke(bound, caller, args, room.as_mut_ptr()).map_err(to_wasmi)?;
    // SAFETY: its type has been written, and a callback that writes another type is responsible for the value that belongs to it.
    let value = unsafe { &*room.as_ptr() };
    if value.kind == kind { Ok(read(value)) } else { Err(to_wasmi(bound.call.wrong_result(0, value.kind))) }
}

/// Calls the callback of a function that is watched, or needs preparation.
#[inline(never)]
pub(super) fn uncommon(bound: &Bound, caller: &mut Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<()> {
    let call = &bound.call;
    if caller.data().watch.is_none() {
        return otherwise(bound, caller, args, results);
    }
    call.guarded(|| {
        // SAFETY: trampolines pass as many arguments as the wasm type has.
        let given = unsafe { slice::from_raw_parts(args, call.ty.params.len()) };
        watched::host_begins(&mut caller.as_context_mut(), call, given);
        let outcome = otherwise(bound, caller, args, results);
        // SAFETY: and room for as many results, which were set to no value.
        let returned = unsafe { slice::from_raw_parts(results, call.ty.results.len()) };
        watched::host_ends(&mut caller.as_context_mut(), call, &outcome, returned);
        outcome
    })
}

/// Calls the callback with ranges of guest memory, or inside a call of the same function.
fn otherwise(bound: &Bound, caller: &mut Caller<'_, State>, args: *const Value, results: *mut Value) -> Result<()> {
    let call = &bound.call;
    call.guarded(|| {
        // SAFETY: trampolines pass as many arguments, and room for as many results, as the wasm type has.
        let outcome = unsafe { invoke::prepared(bound, &mut caller.as_context_mut(), args, results) };
        if outcome.as_ref().is_err_and(Error::is_suspension) {
            // SAFETY: as above.
            let args = unsafe { slice::from_raw_parts(args, call.ty.params.len()) };
            keep(caller.data_mut(), bound, args);
        }
        outcome.and_then(|()| caller.data_mut().look(()))
    })
}

/// Keeps a call that its callback suspended until the engine has left the guest.
fn keep(state: &mut State, bound: &Bound, args: &[Value]) {
    let Some(Request { waiting, start, .. }) = state.requests.pop() else { return };
    let needed = if waiting.suspension.has_resume() { args } else { &[] };
    for arg in needed {
        // One that cannot be retained, since the callback has released it, fails when it is used.
        let _ = state.handles.retain(arg.reference());
    }
    let suspended = Suspended { bound: BoundRef::of(bound), args: needed.into(), waiting, start, resume };
    state.own.suspend(Held::Host(suspended));
}

/// Continues a suspended call: its function for that is called with the arguments as wasm passed them.
fn resume(
    bound: BoundRef,
    store: &mut StoreContextMut<'_, State>,
    resume: (abi::Resume, *mut c_void),
    completion: &Completion,
    args: &[Value],
    results: &mut [Value],
) -> Result<()> {
    bound.call.guarded(|| {
        // SAFETY: a suspended call has kept as many arguments as its type has, and there is room for as many results.
        let outcome = unsafe { invoke::resume(&bound, store, resume, completion, args.as_ptr(), results.as_mut_ptr()) };
        if outcome.as_ref().is_err_and(Error::is_suspension) {
            keep(store.data_mut(), &bound, args);
        }
        outcome
    })
}
