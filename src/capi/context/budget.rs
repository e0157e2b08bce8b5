//! The time and the fuel of executions, and their end by a number.

use crate::capi::cell::{Context, with};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, required, shared};
use crate::capi::guard::guard;
use crate::engine::{self, RunLimits};
use libvm_abi::Status;
use std::time::Duration;

fn set(context: Option<Shared<Context>>, error: Option<&mut *mut Error>, change: impl FnOnce(&mut RunLimits)) -> Status {
    with(context, error, |context| {
        let mut limits = context.store().run_limits();
        change(&mut limits);
        context.store().set_run_limits(limits)
    })
}

/// The limit of this duration, if it is not 0.
fn limit(duration: Duration) -> Option<Duration> {
    Some(duration).filter(|duration| !duration.is_zero())
}

/// Sets the timeout of executions: of each call of a guest that begins afterwards, blocking or started. It is wall time from the
/// beginning to the end, including the time in which the execution is suspended. Nested calls of guests share the timeout of the
/// outermost one. An execution that exceeds it fails with VM_STATUS_TIMEOUT; a host function is not interrupted, it can ask for the
/// time left (VM_CallerGetTimeLeft) and extend it (VM_CallerExtendTime). The context can be used again.
///
/// @param context the context
/// @param ms the timeout in milliseconds; 0 for none, which is the default
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetInterruptible), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextSetTimeout(context: Option<Shared<Context>>, ms: u64, error: Option<&mut *mut Error>) -> Status {
    set(context, error, |limits| limits.timeout = limit(Duration::from_millis(ms)))
}

/// Sets the compute limit of executions: of each call of a guest that begins afterwards, blocking or started. It is the processor
/// time of the threads that run the execution, host functions included, without the time in which it is suspended or its thread
/// waits. Where the system has no such clock it is the time that passes while the execution runs. Otherwise the same holds as for
/// VM_ContextSetTimeout, and both may be set.
///
/// @param context the context
/// @param ms the limit in milliseconds; 0 for none, which is the default
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetInterruptible), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextSetComputeLimit(context: Option<Shared<Context>>, ms: u64, error: Option<&mut *mut Error>) -> Status {
    set(context, error, |limits| limits.compute = limit(Duration::from_millis(ms)))
}

/// Sets the slice of started executions: when one has run for this long it becomes ready, at the end of its queue, so that the other
/// executions of the queue have their turn. Blocking calls have no slices.
///
/// @param context the context
/// @param us the slice in microseconds; 0 for none, which is the default: an execution runs until it is suspended or ends
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetInterruptible), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextSetSlice(context: Option<Shared<Context>>, us: u64, error: Option<&mut *mut Error>) -> Status {
    set(context, error, |limits| limits.slice = limit(Duration::from_micros(us)))
}

/// Sets the fuel of a context. Guests use it up; what an instruction costs is the same in each run of a module on one version of
/// libvm, and may change with the version. Host functions may use some, too (VM_CallerConsumeFuel). Without fuel an execution fails
/// with VM_STATUS_OUT_OF_FUEL. A new context has none, and neither has one that was reset.
///
/// @param context the context
/// @param units the fuel
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetFuelMetering), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextSetFuel(context: Option<Shared<Context>>, units: u64, error: Option<&mut *mut Error>) -> Status {
    with(context, error, |context| context.store().set_fuel(units))
}

/// Adds to the fuel of a context, up to UINT64_MAX.
///
/// @param context the context
/// @param units the additional fuel
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetFuelMetering), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextAddFuel(context: Option<Shared<Context>>, units: u64, error: Option<&mut *mut Error>) -> Status {
    with(context, error, |context| {
        let left = context.store().fuel()?;
        context.store().set_fuel(left.saturating_add(units))
    })
}

/// Returns the fuel that a context has left. Of compiled guests that trap, and of blocking calls of them that are interrupted, not all fuel
/// is counted: docs/executions.md, "Fuel".
///
/// @param context the context
/// @param units receives the fuel; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetFuelMetering), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetFuel(
    context: Option<&Context>,
    units: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let out = required(units, "units")?;
        *out = context.store().fuel()?;
        Ok(())
    })
}

/// Returns the number by which any thread can cancel an execution of a context: the running or unfinished one, else the next one.
///
/// @param context the context
/// @param id receives the number, which is never 0; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetCancelId(
    context: Option<Shared<Context>>,
    id: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let context = shared(context, "context")?;
        *required(id, "id")? = context.controls().number();
        Ok(())
    })
}

/// Cancels the execution that a number names; it fails with VM_STATUS_CANCELLED. If it has not begun, it fails when it begins. A
/// suspended one is woken; a guest that is running is interrupted if the engine is interruptible (VM_EngineConfigSetInterruptible),
/// and otherwise when it is next suspended; a host function is not interrupted. The context can be used again.
///
/// @param id from VM_ContextGetCancelId
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_STALE (the execution has ended, or its context was reset or deleted; or the number is of another copy of libvm)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_Cancel(id: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || engine::cancel(id))
}
