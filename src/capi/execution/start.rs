//! Starting executions.

use crate::capi::cell::Context;
use crate::capi::error::Error;
use crate::capi::execution::Execution;
use crate::capi::ffi::{Shared, required, shared, slice, text};
use crate::capi::func::Func;
use crate::capi::guard::guard;
use crate::capi::instance::Instance;
use crate::capi::module::Module;
use crate::capi::queue::Queue;
use crate::context;
use crate::engine::Handle;
use crate::execution::Work;
use crate::status::Result;
use libvm_abi::{Status, Value};
use std::ffi::c_char;
use std::sync::Arc;

/// Starts an execution and hands it out.
fn start(
    context: Option<Shared<Context>>,
    queue: Option<Shared<Queue>>,
    args: &[Value],
    execution: Option<&mut *mut Execution>,
    prepare: impl FnOnce(&mut context::Context) -> Result<(Work, Option<Handle>)>,
) -> Result<()> {
    let (context, out) = (shared(context, "context")?, required(execution, "execution")?);
    let started = Execution::start(context, queue.map(|queue| &queue.get().0), args, prepare)?;
    *out = Arc::as_ptr(&started).cast_mut();
    Ok(())
}

/// Starts a call of an exported function, and runs it on this thread until a host function suspends it, it has used its slice
/// (VM_ContextSetSlice), or it ends.
///
/// What the guest fails with is the failure of the execution (VM_ExecutionPoll), not of this function.
///
/// @param context the context; it may be deleted before the execution
/// @param instance the instance
/// @param name the name of the export, UTF-8
/// @param args arguments; copied; may be NULL if arg_count is 0
/// @param arg_count the number; as many as the function has
/// @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
/// @param execution receives the execution; must not be NULL. If other threads take executions out of the queue, one of them may
///         already have polled it when this function returns.
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
/// VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY (also if the context has an unfinished execution), VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the execution and frees it with VM_ExecutionDelete.
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // as many as the call has parts
pub unsafe extern "C" fn VM_ContextStart(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    args: *const Value,
    arg_count: usize,
    queue: Option<Shared<Queue>>,
    execution: Option<&mut *mut Execution>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises a text that ends with NUL, and an array of this length.
        let (name, args) = unsafe { (text(name, "name"), slice(args, arg_count, "args")?) };
        start(context, queue, args, execution, |context| Work::export(context, instance.into(), name?, args))
    })
}

/// Starts a call of a function, as VM_ContextStart does.
///
/// @param context the context; it may be deleted before the execution
/// @param func the function
/// @param args arguments; copied; may be NULL if arg_count is 0
/// @param arg_count the number; as many as the function has
/// @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
/// @param execution receives the execution; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY
/// (also if the context has an unfinished execution), VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the execution and frees it with VM_ExecutionDelete.
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_FuncStart(
    context: Option<Shared<Context>>,
    func: Func,
    args: *const Value,
    arg_count: usize,
    queue: Option<Shared<Queue>>,
    execution: Option<&mut *mut Execution>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises an array of this length.
        let args = unsafe { slice(args, arg_count, "args")? };
        start(context, queue, args, execution, |context| Work::function(context, func.into(), args))
    })
}

/// Starts the instantiation of a module: links it, and starts its start function and then, of a reactor, `_initialize`, as
/// VM_ContextStart does. VM_ExecutionGetInstance returns the instance.
///
/// @param context the context; it may be deleted before the execution
/// @param module the module, of the context's engine; it may be deleted afterwards
/// @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
/// @param execution receives the execution; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT (another engine's module), VM_STATUS_UNRESOLVED_IMPORT (the message lists the
/// first 20), VM_STATUS_INCOMPATIBLE_IMPORT, VM_STATUS_INSTANTIATION, VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_BUSY (also
/// if the context has an unfinished execution), VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the execution and frees it with VM_ExecutionDelete. The context owns the instance.
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextStartInstantiate(
    context: Option<Shared<Context>>,
    module: Option<&Module>,
    queue: Option<Shared<Queue>>,
    execution: Option<&mut *mut Execution>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // A start function may call the host, which may delete the module.
        let module = Arc::clone(&required(module, "module")?.inner);
        start(context, queue, &[], execution, |context| Work::instantiate(context, &module))
    })
}
