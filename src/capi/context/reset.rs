//! Resetting a context.

use crate::capi::cell::Context;
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, shared};
use crate::capi::guard::{guard, guard_value};
use crate::plugin;
use libvm_abi::Status;

/// Resets a context to the state before anything ran in it, so that nothing of one user of the context reaches the next.
///
/// All handles and references of the context become stale. Its instances, memories, tables, globals and references are freed, the
/// files of WASI are closed and captured output is cleared, and the instances of plug-ins are destroyed (and created again when a
/// guest imports from the plug-in). The context keeps its id and data (VM_ContextSetData), host modules, plug-ins, WASI, options,
/// permissions and limits. Modules registered with VM_ContextRegisterWasm are instantiated again, in order of registration;
/// instances registered with VM_ContextRegisterInstance are not.
///
/// An unfinished execution is cancelled: it fails with VM_STATUS_CANCELLED, and is in its queue.
///
/// Output that is captured by an environment which several contexts share is cleared for all of them.
///
/// @param context the context
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT (from inside a callback of the context): nothing is reset. Those
/// of VM_ContextInstantiate, when a registered module cannot be instantiated anew: the context is reset nevertheless, and guests
/// that import from that module are refused with the reason, until an instance is registered under its name.
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextReset(context: Option<Shared<Context>>, error: Option<&mut *mut Error>) -> Status {
    let status = guard(error, || shared(context, "context")?.reset());
    guard_value((), plugin::end_waiting);
    status
}
