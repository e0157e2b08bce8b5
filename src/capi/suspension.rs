//! Suspension
//!
//! A host function may suspend its guest with VM_CallerSuspend, if it has the flag VM_FUNCTION_MAY_SUSPEND, and return; the thread is
//! free meanwhile, unless the guest was called by a blocking function, which waits. Completing the call, from any thread, lets the
//! guest continue: a started execution becomes VM_EXECUTION_READY, and continues when it is polled.

use super::caller::with;
use super::error::Error;
use super::ffi::{required, slice};
use super::guard::guard;
use super::sized::{self, Growing};
use crate::engine::{ActiveCall, Completion, Suspension, complete, complete_with_failure};
use crate::status::{self, Result};
use libvm_abi::{self as abi, Caller, Ref, Status, Token, Value};
use std::ffi::{CStr, c_char};

// SAFETY: a size, a number and pointers, which have no padding between them; NULL is valid for each pointer.
unsafe impl Growing for abi::Suspension {
    const NAME: &'static str = "VM_Suspension";
    const INIT: &'static str = "VM_SUSPENSION_INIT";
    const LEAST: usize = 8 + 4 * size_of::<*const ()>();
}

/// Reads what a callback passes; NULL is a suspension without functions.
///
/// # Safety
/// The pointer is NULL or points to as many bytes as the struct says.
unsafe fn read(given: *const abi::Suspension) -> Result<Suspension> {
    if given.is_null() {
        return Ok(Suspension::new(abi::Suspension::NONE));
    }
    // SAFETY: promised by the caller of this function.
    let given = unsafe { sized::read(given, "suspension")? };
    let suspension = Suspension::new(given);
    match given.reserved {
        0 => Ok(suspension),
        _ => Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, "the field `reserved` of the suspension is not zero")),
    }
}

/// Suspends a call with `work`.
///
/// # Safety
/// The pointers are NULL or valid, as the header says.
unsafe fn suspend(
    caller: *mut Caller,
    given: *const abi::Suspension,
    token: *mut Token,
    work: impl FnOnce(&mut ActiveCall<'_>, Suspension) -> Result<Token>,
) -> Status {
    // SAFETY: promised by the caller of this function. Should the call be over, the suspension is cancelled and released here.
    let suspension = unsafe { read(given) };
    let status = with(caller, |call| {
        let suspension = suspension?;
        // SAFETY: promised by the caller of this function.
        let out = required(unsafe { token.as_mut() }, "token")?;
        *out = work(call, suspension)?;
        Ok(())
    });
    if status == abi::STATUS_OK { abi::STATUS_PENDING } else { status }
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerSuspend(caller: *mut Caller, suspension: *const abi::Suspension, token: *mut Token) -> Status {
    // SAFETY: promised by the caller.
    unsafe { suspend(caller, suspension, token, |call, suspension| call.suspend(suspension)) }
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerStartCall(
    caller: *mut Caller,
    function: Ref,
    args: *const Value,
    arg_count: usize,
    suspension: *const abi::Suspension,
    token: *mut Token,
) -> Status {
    // SAFETY: promised by the caller.
    unsafe {
        suspend(caller, suspension, token, |call, suspension| {
            call.start_call(function, slice(args, arg_count, "args")?, suspension)
        })
    }
}

/// Completes a suspended call. Without a `resume` function in its suspension the values are the results of the host function;
/// with one they are passed to it, and may be any number of numbers.
///
/// @param token the token of VM_CallerSuspend
/// @param values the values, copied; may be NULL if count is 0
/// @param count the number of values
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_STALE (the call was completed or cancelled, or its context was reset or deleted; or the token is not of this process);
/// VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT (not the results of the function, or a reference for `resume`), VM_STATUS_NULL_ARGUMENT:
/// the call can still be completed
/// @par Ownership
/// The values are copied. References among them still belong to the caller, which keeps them until the call has gone on.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_Complete(token: Token, values: *const Value, count: usize, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        // SAFETY: the caller promises an array of this length.
        let values = unsafe { slice(values, count, "values")? };
        complete(token, Completion::with(values.to_vec()))
    })
}

/// Completes a suspended call with a failure. Without a `resume` function in its suspension the host function fails with it; with one
/// the status and the text are passed to it.
///
/// @param token the token of VM_CallerSuspend
/// @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
/// @param text the message, UTF-8, copied; bytes that are not valid are replaced; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_STALE (as for VM_Complete); VM_STATUS_INVALID_ARGUMENT (the status is not a failure): the call can still be completed
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CompleteWithFailure(
    token: Token,
    status: Status,
    text: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises a text that ends with NUL.
        let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned());
        complete_with_failure(token, status, text)
    })
}
