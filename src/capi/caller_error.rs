//! Errors in callbacks
//!
//! The functions of a VM_Caller return a status; why they failed is read afterwards.

use super::caller::with_failure;
use super::error::Error;
use libvm_abi::{self as abi, Caller, Status};

/// Creates the error of the last function of a caller that failed in this call: with the message, the trap code and all else that
/// an error of VM_FuncCall has. In `resume` after a call that VM_CallerStartCall has started and that has failed, it is the error of
/// that call. VM_CallerGetErrorMessage returns the message alone.
///
/// @param caller the call
/// @param error receives the error; must not be NULL
/// @return VM_STATUS_OK or a failure, which does not count as the last one
/// @par Errors
/// VM_STATUS_NOT_FOUND (none has failed), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
/// @par Ownership
/// The caller of this function owns the error and frees it with VM_ErrorDelete.
/// @par Threads
/// [inside a callback only]
/// @since 0.6
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ErrorCreateFromCaller(caller: *mut Caller, error: Option<&mut *mut Error>) -> Status {
    with_failure(caller, |_, failure| {
        let error = error.ok_or(abi::STATUS_NULL_ARGUMENT)?;
        *error = Error::allocate(failure);
        Ok(())
    })
}
