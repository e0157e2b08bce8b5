//! Suspended host functions: the functions of a caller that suspend its guest.

use super::caller::{not_here, with};
use super::ffi::required;
use libvm_abi::{Caller, Ref, Status, Suspension, Token, Value};

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerSuspend(caller: *mut Caller, _suspension: *const Suspension, token: *mut Token) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let _out = required(unsafe { token.as_mut() }, "token")?;
        Err(not_here(call))
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerStartCall(
    caller: *mut Caller,
    _function: Ref,
    _args: *const Value,
    _arg_count: usize,
    _suspension: *const Suspension,
    token: *mut Token,
) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let _out = required(unsafe { token.as_mut() }, "token")?;
        Err(not_here(call))
    })
}
