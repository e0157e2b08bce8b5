//! Execution
//!
//! A started call of a guest, which does not hold its thread: it runs until a host function suspends it, it has used its slice, or it
//! ends, and goes on when it is polled, on any thread. See docs/executions.md.
//!
//! A context has at most one unfinished execution. Until it has ended, other calls on the context return VM_STATUS_BUSY, except
//! VM_RefRelease, VM_ContextGetCancelId, and VM_ContextReset and VM_ContextDelete, which cancel it.

mod start;

use super::error::Error;
use super::ffi::{Shared, required, shared, with_values};
use super::guard::{guard, guard_value};
use super::instance::Instance;
use crate::execution::{OnEnd, Phase};
use crate::plugin;
use crate::user_data::UserData;
use libvm_abi::{self as abi, Status, Value};
use std::ffi::c_void;
use std::ptr;
use std::time::Duration;

/// An execution: a started call of a guest.
pub use crate::execution::Execution;

/// What an execution is doing.
pub type ExecutionState = i32;
/// It can go on: poll it.
pub const EXECUTION_READY: ExecutionState = 1;
/// A thread is running it.
pub const EXECUTION_RUNNING: ExecutionState = 2;
/// It waits for the completion of a host function.
pub const EXECUTION_PENDING: ExecutionState = 3;
/// It has ended, and has its results.
pub const EXECUTION_DONE: ExecutionState = 4;
/// It has ended with a failure.
pub const EXECUTION_FAILED: ExecutionState = 5;

const _: () = {
    assert!(EXECUTION_READY == Phase::Ready as i32);
    assert!(EXECUTION_RUNNING == Phase::Running as i32);
    assert!(EXECUTION_PENDING == Phase::Pending as i32);
    assert!(EXECUTION_DONE == Phase::Done as i32);
    assert!(EXECUTION_FAILED == Phase::Failed as i32);
};

/// Is called with `user` and an execution that has ended. It may use the execution, delete it, and use its context.
pub type ExecutionCallback = unsafe extern "C" fn(user: *mut c_void, execution: *mut Execution);

/// Goes on with an execution if there is something to do: until a host function suspends it, it has used its slice, or it ends. If
/// there is nothing to do, this has no effect.
///
/// @param execution the execution
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK if the execution is unfinished or done; otherwise an error
/// @par Errors
/// The failure of a failed execution, each time; VM_STATUS_CANCELLED, VM_STATUS_TIMEOUT and VM_STATUS_OUT_OF_FUEL are such failures.
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (another thread is running it), VM_STATUS_REENTRANT (this thread is running it),
/// VM_STATUS_RECURSION_LIMIT (a callback polls it, and too little of its stack is left, or too many calls on stacks of their own run inside
/// of each other: the execution is VM_EXECUTION_READY as before, and can be polled elsewhere),
/// VM_STATUS_STALE (VM_QueueNext returned the execution, and another thread has deleted it since: it is freed now; or its context was
/// deleted, and this thread is still to leave it, which ends the execution: VM_ContextLeave)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionPoll(execution: Option<Shared<Execution>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || shared(execution, "execution")?.poll())
}

/// Runs an execution until it has ended, and waits while it is suspended. It does not stop at the end of its slices. At the timeout a
/// guest that computes is interrupted if the engine is interruptible (VM_EngineConfigSetInterruptible); otherwise it runs until it is
/// suspended or ends.
///
/// @param execution the execution
/// @param timeout_ms how long to wait, in milliseconds; UINT64_MAX for any time
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK if the execution is done; otherwise an error
/// @par Errors
/// VM_STATUS_WOULD_BLOCK (it is unfinished, and can be waited for again), and those of VM_ExecutionPoll except VM_STATUS_BUSY: this
/// waits while another thread runs it
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionWait(
    execution: Option<Shared<Execution>>,
    timeout_ms: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || shared(execution, "execution")?.wait(Duration::from_millis(timeout_ms)))
}

/// Returns what an execution is doing.
///
/// @param execution the execution; NULL has no state
/// @return VM_EXECUTION_*; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionGetState(execution: Option<&Execution>) -> ExecutionState {
    guard_value(0, || execution.map_or(0, |execution| execution.phase() as ExecutionState))
}

/// Cancels an execution. A suspended one becomes ready, and fails with VM_STATUS_CANCELLED when it is polled; one that is running
/// fails at its next suspension, or at once if the engine is interruptible (VM_EngineConfigSetInterruptible).
///
/// @param execution the execution
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE (it has ended)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionCancel(execution: Option<Shared<Execution>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || shared(execution, "execution")?.cancel())
}

/// Copies the results of an execution.
///
/// @param execution the execution
/// @param results receives the results; may be NULL if count is 0
/// @param count the number; as many as the function has
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), VM_STATUS_WRONG_COUNT, and the failure of a failed execution
/// @par Ownership
/// The caller owns references in the results and releases them with VM_RefRelease: once, also if they are copied again. Those of
/// results that are never copied are released with the execution.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ExecutionGetResults(
    execution: Option<Shared<Execution>>,
    results: *mut Value,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let execution = shared(execution, "execution")?;
        // SAFETY: the caller promises room for so many values.
        unsafe { with_values((ptr::null(), 0), (results, count), |_, results| execution.results(results)) }
    })
}

/// Returns the exit code of an execution of a WASI command: what the guest passed to `proc_exit`, or 0 if the function returned.
/// A guest that calls `proc_exit` ends its execution with VM_STATUS_EXIT, whatever the code.
///
/// @param execution the execution
/// @param code receives the exit code; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), and the failure of an execution that failed in another way
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionGetExitCode(
    execution: Option<&Execution>,
    code: Option<&mut i32>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (execution, out) = (required(execution, "execution")?, required(code, "code")?);
        *out = execution.exit_code()?;
        Ok(())
    })
}

/// Returns the instance that an execution has created.
///
/// @param execution the execution
/// @param instance receives the instance; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), VM_STATUS_NOT_FOUND (VM_ContextStartInstantiate did not start it), and
/// the failure of a failed execution
/// @par Ownership
/// The context owns the instance.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionGetInstance(
    execution: Option<&Execution>,
    instance: Option<&mut Instance>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (execution, out) = (required(execution, "execution")?, required(instance, "instance")?);
        *out = execution.instance()?.into();
        Ok(())
    })
}

/// Attaches a pointer of the host to an execution. The previous pointer is freed. A thread that takes the execution out of its queue
/// before this function is called does not find the pointer yet.
///
/// @param execution the execution
/// @param data the pointer; may be NULL
/// @param free_data called once with `data`, when the execution receives other data or is deleted, and also if this function fails;
///         NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The execution owns `data`.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ExecutionSetData(
    execution: Option<Shared<Execution>>,
    data: *mut c_void,
    free_data: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let data = UserData::new(data, free_data);
    guard(error, || {
        shared(execution, "execution")?.set_data(data);
        Ok(())
    })
}

/// Returns the pointer that VM_ExecutionSetData attached.
///
/// @param execution the execution; NULL has none
/// @return the pointer; NULL if there is none
/// @par Ownership
/// The execution owns the data.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionGetData(execution: Option<&Execution>) -> *mut c_void {
    guard_value(ptr::null_mut(), || execution.map_or(ptr::null_mut(), Execution::data))
}

/// Sets the callback that is called once when an execution has ended, on the thread that ends it: the one that polls or waits for it,
/// or that deletes it, or resets or deletes its context. If the execution has already ended, the callback is called at once.
///
/// @param execution the execution
/// @param callback the callback; NULL for none; replaces an earlier one
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user`, after the callback or when it is no longer needed, and also if this call fails; NULL
///         for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The execution owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ExecutionSetCallback(
    execution: Option<Shared<Execution>>,
    callback: Option<ExecutionCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let execution = shared(execution, "execution")?;
        execution.set_on_end(callback.map(|callback| -> OnEnd {
            // SAFETY: the callback takes the `user` that it was set with.
            Box::new(move |execution| unsafe { callback(user.pointer(), execution) })
        }));
        Ok(())
    })
}

/// Deletes an execution. An unfinished one is cancelled: its suspended host functions are told, its tokens become stale, and its
/// callback is called before this function returns. If another thread is running it, that thread does so, as soon as the execution
/// is suspended, interrupted or ends.
///
/// @param execution the execution; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionDelete(execution: Option<Shared<Execution>>) {
    guard_value((), || {
        if let Some(execution) = execution {
            execution.get().delete();
        }
        plugin::end_waiting();
    });
}
