//! Hooks
//!
//! Hooks are functions of plug-ins and of the host that are called at a named point with an event. The host invokes the points that it
//! has; libvm invokes those whose names begin with `libvm.`. See docs/hooks.md.

use super::cell::{Context, with};
use super::context::ContextConfig;
use super::error::Error;
use super::execution::Execution;
use super::ffi::{Shared, required, shared, text};
use super::guard::guard;
use super::hook_event::event_of;
use super::plugin::{Plugin, PluginHook, PluginRegistry, registry as registry_of};
use super::queue::Queue;
use crate::context::HookPlace;
use crate::hooks::HostHook;
use crate::status;
use crate::user_data::UserData;
use libvm_abi::{self as abi, Status};
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// Where a hook of the host stands.
pub type HookPosition = i32;
/// Before the hooks of the plug-ins, after those that the host has added there before.
pub const HOOK_FIRST: HookPosition = 1;
/// After the hooks of the plug-ins, and after those that the host has added there before.
pub const HOOK_LAST: HookPosition = 2;

/// Declares a hook point. Hooks of plug-ins at a point that is not declared are never called, and the report of the call that loads the
/// plug-in has a line about each, with the nearest name. If no point is declared, hooks at all points are called.
///
/// @param registry the registry, into which no plug-in is loaded yet
/// @param point the name of the point, UTF-8, 1 to 255 bytes, which does not begin with `libvm.`; copied
/// @param description one line about it, UTF-8; copied; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, also if it is declared already; otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name), VM_STATUS_SEALED (a plug-in is loaded),
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryDeclareHookPoint(
    registry: Option<Shared<PluginRegistry>>,
    point: *const c_char,
    description: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = registry_of(registry)?;
        // SAFETY: the caller promises texts that end with NUL.
        let (point, description) = unsafe {
            let description = if description.is_null() { "" } else { text(description, "description")? };
            (text(point, "point")?, description)
        };
        registry.declare_point(point, description)
    })
}

/// Returns the number of hooks that a plug-in has, those at points that do not exist included.
///
/// @param plugin the plug-in; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetHookCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.hooks.shown.len())
}

/// Returns the description of a hook of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param index from 0, in the plug-in's order
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and its strings belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetHook(plugin: Option<&Plugin>, index: usize) -> Option<&PluginHook> {
    plugin.and_then(|plugin| plugin.hooks.shown.get(index))
}

/// Adds a hook of the host at a point: one of its own, or one of libvm.
///
/// @param context the context
/// @param point the name of the point, UTF-8; copied
/// @param position VM_HOOK_FIRST or VM_HOOK_LAST
/// @param callback the hook; must not be NULL
/// @param user passed to the hook; may be NULL
/// @param free_user called once with `user`, when the context is deleted, and also if this function fails; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name of the point, or the position), VM_STATUS_LIMIT
/// (10,000 hooks), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context owns `user`.
/// @par Threads
/// [one thread per context]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextAddHook(
    context: Option<Shared<Context>>,
    point: *const c_char,
    position: HookPosition,
    callback: Option<abi::HookCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    with(context, error, |context| {
        // SAFETY: the caller promises a text that ends with NUL.
        let (point, callback) = (unsafe { text(point, "point")? }, required(callback, "callback")?);
        let place = match position {
            HOOK_FIRST => HookPlace::First,
            HOOK_LAST => HookPlace::Last,
            _ => {
                let message = format!("the position of a hook is VM_HOOK_FIRST or VM_HOOK_LAST, not {position}");
                return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        };
        context.add_hook(point, place, HostHook { callback, user })
    })
}

/// Calls the hooks at an event's point: those of the host that were added as first, those of the context's plug-ins in the order in which
/// they were loaded, and the other ones of the host. If a hook suspends the event, this waits until the event is completed, and the
/// context can be used by other threads meanwhile. If no hook is at the point, the context is not entered, and may be in use.
///
/// @param context the context
/// @param event the event
/// @param answer receives VM_STATUS_OK if no hook has decided, VM_STATUS_COMPLETE if one has; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The status with which a hook fails, VM_STATUS_BAD_ANSWER (another answer than a hook may give), VM_STATUS_LIMIT (too many retries, see
/// VM_ContextConfigSetHookRetryLimit), VM_STATUS_TIMEOUT (VM_ContextSetHookTimeout): the error names the plug-in. VM_STATUS_CANCELLED
/// (the context was reset or deleted while the event waited), VM_STATUS_WOULD_BLOCK (for a hook that suspends the event, if the context
/// may not block: VM_ContextConfigSetMayBlock), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
/// VM_STATUS_INVALID_ARGUMENT (the event is one that a hook was passed), VM_STATUS_BUSY (also if the event is in use),
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]; not while an execution of a guest runs, but while it is suspended
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextInvokeHooks(
    context: Option<Shared<Context>>,
    event: *mut abi::Event,
    answer: Option<&mut Status>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises an event that is not deleted.
        let (context, event) = (shared(context, "context")?, unsafe { event_of(event)? });
        let out = required(answer, "answer")?;
        if !context.may_have_hooks(event.event()) && !event.is_of_hook() && !event.event().is_invoked() {
            *out = abi::STATUS_OK;
            return Ok(());
        }
        *out = Execution::invoke_hooks(context, event.share()?)?;
        Ok(())
    })
}

/// Starts to call the hooks at an event's point, as VM_ContextInvokeHooks does, but does not wait: if a hook suspends the event, the
/// execution is VM_EXECUTION_PENDING. When the event was completed it becomes VM_EXECUTION_READY, and polling it calls the hooks that
/// follow. The context is entered for the calls of the hooks only, so that it can have any number of events that wait, and run guests
/// meanwhile. An execution that is polled while another thread uses the context becomes ready when that has left it.
///
/// Failures of hooks are those of the execution (VM_ExecutionPoll). VM_ExecutionGetAnswer returns the answer.
///
/// @param context the context; it may be deleted before the execution
/// @param event the event; it may be deleted before the execution
/// @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
/// @param execution receives the execution; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_INVALID_ARGUMENT (the event is one that a hook was
/// passed), VM_STATUS_BUSY (the context or the event is in use), VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the execution and frees it with VM_ExecutionDelete.
/// @par Threads
/// [one thread per context]; not while an execution of a guest runs, but while it is suspended
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextStartHooks(
    context: Option<Shared<Context>>,
    event: *mut abi::Event,
    queue: Option<Shared<Queue>>,
    execution: Option<&mut *mut Execution>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises an event that is not deleted.
        let (context, event) = (shared(context, "context")?, unsafe { event_of(event)? });
        let out = required(execution, "execution")?;
        let started = Execution::start_hooks(context, event.share()?, queue.map(|queue| &queue.get().0))?;
        *out = Arc::as_ptr(&started).cast_mut();
        Ok(())
    })
}

/// Returns the answer of the hooks that an execution has called.
///
/// @param execution the execution
/// @param answer receives VM_STATUS_OK if no hook has decided, VM_STATUS_COMPLETE if one has; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), VM_STATUS_NOT_FOUND (VM_ContextStartHooks did not start it), and the
/// failure of a failed execution
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ExecutionGetAnswer(
    execution: Option<&Execution>,
    answer: Option<&mut Status>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (execution, out) = (required(execution, "execution")?, required(answer, "answer")?);
        *out = execution.answer()?;
        Ok(())
    })
}

/// Sets for how long an event waits for each hook that suspends it. A hook that has not answered by then fails the invocation with
/// VM_STATUS_TIMEOUT, and the message names its plug-in. A hook that does not return cannot be interrupted.
///
/// @param context the context
/// @param ms the time in milliseconds, for events that are suspended from now on by invocations that begin from now on; 0 for any time,
///         which is the default
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextSetHookTimeout(context: Option<Shared<Context>>, ms: u64, error: Option<&mut *mut Error>) -> Status {
    with(context, error, |context| {
        context.set_hook_time(Some(Duration::from_millis(ms)).filter(|time| !time.is_zero()));
        Ok(())
    })
}

/// Sets how often hooks may return VM_STATUS_RETRY in one invocation. One more fails with VM_STATUS_LIMIT, and the message names the
/// plug-in.
///
/// @param config the configuration
/// @param limit the number of retries; the default is 100
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetHookRetryLimit(
    config: Option<&mut ContextConfig>,
    limit: u32,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.hook_retries = Some(limit);
        Ok(())
    })
}
