//! Holding a context for many calls.

use crate::capi::cell::Context;
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, shared};
use crate::capi::guard::{guard, guard_value};
use crate::plugin;
use libvm_abi::Status;

/// Enters a context for many calls: until VM_ContextLeave it is used by this thread, also between its calls, which then take a fraction of
/// the time that short calls take otherwise. Nothing else changes: every function of a context works as without it.
///
/// Other threads find the context in use (VM_STATUS_BUSY) until it is left, also if the thread ends before. Events that a suspended hook
/// lets go on, and executions, wait as long if other threads poll them; this thread can poll them. A context that is deleted meanwhile is
/// freed when it is left; until then calls fail with VM_STATUS_STALE. A context is left before it is returned to its pool.
///
/// A context can be entered several times, and is left as often. The functions of the library, which may enter it themselves, do not matter.
///
/// @param context the context
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error: the context was not entered
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (another thread uses it, or it has an unfinished execution), VM_STATUS_REENTRANT (from inside
/// a callback of the context), VM_STATUS_STALE (it was deleted, and is still to be left)
/// @par Threads
/// [one thread per context]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextEnter(context: Option<Shared<Context>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || shared(context, "context")?.hold())
}

/// Leaves a context that this thread has entered with VM_ContextEnter. When it is left as often as it was entered, other threads can use it.
/// It may have an unfinished execution, which any thread then polls.
///
/// @param context the context; it is freed if it was deleted
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error: nothing has changed
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (it was not entered), VM_STATUS_WRONG_THREAD (another thread has entered it, or
/// uses it), VM_STATUS_REENTRANT (from inside a callback of the context)
/// @par Threads
/// [one thread per context]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextLeave(context: Option<Shared<Context>>, error: Option<&mut *mut Error>) -> Status {
    let status = guard(error, || shared(context, "context")?.leave());
    guard_value((), plugin::end_waiting);
    status
}
