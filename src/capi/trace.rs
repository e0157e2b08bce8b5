//! Trace
//!
//! A callback that receives each call between the host and the guests of a context, for debugging and profiling.

use super::context::ContextConfig;
use super::error::Error;
use super::ffi::{c_text, required};
use super::guard::guard;
use super::instance::Instance;
use crate::engine::watch::{Event, EventKind, Tracer};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Status, Value};
use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// What happens to a call.
pub type TraceKind = i32;
/// A guest calls a host function: its arguments.
pub const TRACE_HOST_CALL: TraceKind = 1;
/// A host function returns, with its results, or fails.
pub const TRACE_HOST_RETURN: TraceKind = 2;
/// The host calls a function of a guest: its arguments.
pub const TRACE_GUEST_CALL: TraceKind = 3;
/// A function of a guest returns, with its results, or fails.
pub const TRACE_GUEST_RETURN: TraceKind = 4;
/// A host function suspends its call.
pub const TRACE_SUSPEND: TraceKind = 5;
/// A suspended call goes on: the status and the values of its completion.
pub const TRACE_RESUME: TraceKind = 6;

/// An event of a call. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct TraceEvent {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_TRACE_*
    pub kind: TraceKind,
    /// The number of calls that this one is inside of.
    pub depth: u32,
    /// VM_STATUS_OK, or the status with which the call failed or was completed; VM_STATUS_PENDING of a suspended call.
    pub status: Status,
    /// The module that a host function belongs to, UTF-8; NULL for a function of a guest.
    pub module: *const c_char,
    /// The name of the host function or the export, UTF-8; NULL for a function that was reached by a reference.
    pub function: *const c_char,
    /// The name of the plug-in that a host function belongs to, UTF-8; NULL for others.
    pub plugin: *const c_char,
    /// Why the call failed, UTF-8; NULL if it did not.
    pub message: *const c_char,
    /// Arguments or results as wasm passes them: a guest buffer is two numbers. NULL if there are none.
    pub values: *const Value,
    /// Their number.
    pub count: usize,
    /// The instance that imports the host function, or exports the function of the guest; its context id is 0 if it is not known.
    pub instance: Instance,
}

/// Receives an event: `user`, and the event, which is valid until the callback returns. It is called on the thread that uses the
/// context, and may not use the context: functions that take it return VM_STATUS_REENTRANT.
pub type TraceCallback = unsafe extern "C" fn(user: *mut c_void, event: *const TraceEvent);

fn kind(kind: EventKind) -> TraceKind {
    match kind {
        EventKind::HostCall => TRACE_HOST_CALL,
        EventKind::HostReturn => TRACE_HOST_RETURN,
        EventKind::GuestCall => TRACE_GUEST_CALL,
        EventKind::GuestReturn => TRACE_GUEST_RETURN,
        EventKind::Suspend => TRACE_SUSPEND,
        EventKind::Resume => TRACE_RESUME,
    }
}

fn tracer(callback: TraceCallback, user: UserData) -> Tracer {
    Arc::new(move |event: &Event<'_>| {
        let or_null = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        let called = event.called;
        let (module, function, plugin) =
            (called.module.map(c_text), called.function.map(c_text), called.plugin.map(|name| c_text(name)));
        let message = event.text.map(c_text);
        let shown = TraceEvent {
            size: size_of::<TraceEvent>() as u32,
            kind: kind(event.kind),
            depth: event.depth as u32,
            status: event.status,
            module: or_null(&module),
            function: or_null(&function),
            plugin: or_null(&plugin),
            message: or_null(&message),
            values: if event.values.is_empty() { ptr::null() } else { event.values.as_ptr() },
            count: event.values.len(),
            instance: called.instance.unwrap_or_default().into(),
        };
        // SAFETY: the callback takes the `user` that it was set with.
        unsafe { callback(user.pointer(), &raw const shown) }
    })
}

/// Sets a callback that receives each call of a host function and each call from the host into a guest, before and after it, with
/// suspensions. Calls become slower.
///
/// @param config the configuration
/// @param callback the callback; NULL for none
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the configuration and all contexts that were created with it no longer need it, also
///         if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The configuration and its contexts own `user`.
/// @par Threads
/// [one thread per object]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextConfigSetTrace(
    config: Option<&mut ContextConfig>,
    callback: Option<TraceCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        required(config, "config")?.watch().tracer = callback.map(|callback| tracer(callback, user));
        Ok(())
    })
}
