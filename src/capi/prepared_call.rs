//! Prepared call
//!
//! A function of a guest whose type was compared once, to be called with numbers without their types: the fastest way to call a guest.

use super::cell::Context;
use super::error::Error;
use super::ffi::{Shared, hand_out, required, shared, slice_mut, text};
use super::func::Func;
use super::guard::{guard, guard_value};
#[cfg(feature = "compiled")]
use crate::engine::PreparedCompiled;
use crate::execution;
#[cfg(feature = "compiled")]
use crate::execution::HeldCall;
use crate::host::parse_signature;
use crate::status;
use libvm_abi::{self as abi, RawValue, Status};
use std::ffi::c_char;

/// Calls of a function that were prepared.
pub struct PreparedCall(execution::PreparedCall);

/// Prepares calls of a function.
///
/// @param context the context
/// @param func the function; it exists at least as long as the prepared call, unless the context is reset or deleted
/// @param signature the type that the function must have, as for VM_HostModuleAddFunction, of the letters `i I f F v` alone
/// @param prepared receives the prepared call; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_INVALID_ARGUMENT (references or guest memory in the
/// signature), VM_STATUS_WRONG_TYPE (the function has another type), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the prepared call and frees it with VM_PreparedCallDelete, before or after the context.
/// @par Threads
/// [one thread per context]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PreparedCallCreate(
    context: Option<Shared<Context>>,
    func: Func,
    signature: *const c_char,
    prepared: Option<&mut *mut PreparedCall>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (context, out) = (shared(context, "context")?, required(prepared, "prepared")?);
        // SAFETY: the caller promises a text that ends with NUL.
        let signature = parse_signature(unsafe { text(signature, "signature")? })?;
        if signature.takes_memory() {
            let message = "calls with guest memory cannot be prepared: raw values are numbers (i I f F v)";
            return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        let ty = signature.func_type(false);
        hand_out(out, PreparedCall(execution::PreparedCall::new(context, func.into(), &ty)?));
        Ok(())
    })
}

/// Calls the function. Nothing is looked up or compared; otherwise this is VM_FuncCall.
///
/// @param prepared the prepared call
/// @param values the arguments, in whose place, from the first on, the results are written: as many as the function has parameters, or
///        results if these are more; unspecified after a failure; may be NULL if there are none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (values that are not aligned to 8 bytes), VM_STATUS_STALE (the context was reset
/// or deleted), and those of VM_FuncCall
/// @par Threads
/// [one thread per context]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PreparedCallRun(
    prepared: Option<Shared<PreparedCall>>,
    values: *mut RawValue,
    error: Option<&mut *mut Error>,
) -> Status {
    // Each way is a function of its own, which has its own room on the stack; they unwind no more than this one.
    #[cfg(feature = "compiled")]
    if let Some(prepared) = prepared
        && let Some(compiled) = prepared.get().0.compiled()
    {
        // SAFETY: as above.
        return unsafe {
            match prepared.get().0.begin_held() {
                Some(held) => run_again(prepared, values, error, held, compiled),
                None => run_compiled(prepared, values, error),
            }
        };
    }
    // SAFETY: as above.
    unsafe { run(prepared, values, error) }
}

/// Calls a function that is interpreted.
///
/// # Safety
/// As for `VM_PreparedCallRun`.
#[inline(never)]
unsafe extern "C" fn run(
    prepared: Option<Shared<PreparedCall>>,
    values: *mut RawValue,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let prepared = &shared(prepared, "prepared")?.0;
        // SAFETY: as above.
        prepared.call(unsafe { slice_mut(values, prepared.count(), "values")? })
    })
}

/// Calls a function of a compiled guest in a context that this thread holds.
///
/// # Safety
/// As for `VM_PreparedCallRun`.
#[cfg(feature = "compiled")]
#[inline(never)]
unsafe extern "C" fn run_again(
    prepared: Shared<PreparedCall>,
    values: *mut RawValue,
    mut error: Option<&mut *mut Error>,
    held: HeldCall,
    compiled: &PreparedCompiled,
) -> Status {
    let mut is_done = true;
    let status = guard(error.as_deref_mut(), || {
        // SAFETY: as above.
        let values = unsafe { slice_mut(values, prepared.get().0.count(), "values") };
        let outcome = values.ok().and_then(|values| held.call_again(compiled, values));
        is_done = outcome.is_some();
        outcome.unwrap_or(Ok(()))
    });
    // SAFETY: as above.
    if is_done { status } else { unsafe { run_compiled(prepared, values, error) } }
}

/// Calls a function of a compiled guest otherwise.
///
/// # Safety
/// As for `VM_PreparedCallRun`.
#[cfg(feature = "compiled")]
#[inline(never)]
unsafe extern "C" fn run_compiled(
    prepared: Shared<PreparedCall>,
    values: *mut RawValue,
    error: Option<&mut *mut Error>,
) -> Status {
    let prepared = &prepared.get().0;
    // SAFETY: as above.
    guard(error, || prepared.call_compiled(unsafe { slice_mut(values, prepared.count(), "values")? }))
}

/// Deletes a prepared call.
///
/// @param prepared the prepared call; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_PreparedCallDelete(prepared: Option<Box<PreparedCall>>) {
    guard_value((), || drop(prepared));
}
