//! Event
//!
//! An event is what a host passes to the hooks of a point: values by key, which <libvm/hooks.h> has functions for.

use super::error::Error;
use super::ffi::{required, text};
use super::guard::{guard, guard_value};
use crate::hooks::{self, Event, Handle, TABLE};
use crate::status;
use libvm_abi::{self as abi, Bytes, EventSuspension, EventType, Status, Token};
use std::ffi::{CStr, c_char, c_void};
use std::sync::Arc;

/// The error of an event that cannot be used.
fn unusable(status: Status) -> status::Error {
    let why = match status {
        abi::STATUS_NULL_ARGUMENT => "event is NULL",
        abi::STATUS_WRONG_THREAD => "the event was passed to a hook on another thread",
        _ => "the event was passed to a hook that has returned",
    };
    status::Error::new(status, why)
}

/// The event of the host that `event` points to.
///
/// # Safety
/// The pointer is NULL or an event of this library that the host has not deleted.
pub(super) unsafe fn event_of<'a>(event: *mut abi::Event) -> status::Result<Handle<'a>> {
    // SAFETY: promised by the caller of this function.
    unsafe { Handle::of(event) }.map_err(unusable)
}

/// Creates an event without values.
///
/// @param point the name of the point, UTF-8, 1 to 255 bytes, which does not begin with `libvm.`; copied
/// @param event receives the event; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name)
/// @par Ownership
/// The caller owns it and frees it with VM_EventDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventCreate(
    point: *const c_char,
    event: Option<&mut *mut abi::Event>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises a text that ends with NUL.
        let (point, out) = (unsafe { text(point, "point")? }, required(event, "event")?);
        hooks::check_point(point)?;
        *out = Handle::hand_out(Arc::new(Event::new(point)), &TABLE);
        Ok(())
    })
}

/// Deletes an event. If it waits for a hook, the invocation goes on without the host's event, and what the hooks set in it is lost.
///
/// @param event the event; NULL, and the event that a hook was passed, do nothing
/// @par Threads
/// [one thread per object]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventDelete(event: *mut abi::Event) {
    // SAFETY: the caller promises to delete it once and not to use it again.
    guard_value((), || unsafe { Handle::delete(event) });
}

/// Completes an event that was suspended with VM_EventSuspend. Without a `resume` function in its suspension the answer is the hook's;
/// with one the answer and the text are passed to it.
///
/// @param token the token of VM_EventSuspend
/// @param answer VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY, or a failure: one of VM_STATUS_*, or a status of your own
///         (VM_STATUS_USER and below)
/// @param text the message of a failure, or a text for `resume`, UTF-8, copied; bytes that are not valid are replaced; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_STALE (the event was completed or cancelled, or its context was reset or deleted; or the token is not of an event of this
/// process); VM_STATUS_INVALID_ARGUMENT (another answer): the event can still be completed
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CompleteEvent(
    token: Token,
    answer: Status,
    text: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        // SAFETY: the caller promises a text that ends with NUL.
        let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned());
        hooks::complete(token, answer, text)
    })
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventGetString(event: *const abi::Event, key: *const c_char, value: *mut *const c_char) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.get_string)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventSetString(event: *mut abi::Event, key: *const c_char, value: *const c_char) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.set_string)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventGetBytes(event: *const abi::Event, key: *const c_char, value: *mut Bytes) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.get_bytes)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventSetBytes(
    event: *mut abi::Event,
    key: *const c_char,
    data: *const c_void,
    size: usize,
) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.set_bytes)(event, key, data, size) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventGetInteger(event: *const abi::Event, key: *const c_char, value: *mut i64) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.get_integer)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventSetInteger(event: *mut abi::Event, key: *const c_char, value: i64) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.set_integer)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventGetPointer(event: *const abi::Event, key: *const c_char, value: *mut *mut c_void) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.get_pointer)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventSetPointer(event: *mut abi::Event, key: *const c_char, value: *mut c_void) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.set_pointer)(event, key, value) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventGetType(event: *const abi::Event, key: *const c_char, r#type: *mut EventType) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.get_type)(event, key, r#type) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventGetKey(event: *const abi::Event, index: usize, key: *mut *const c_char) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.get_key)(event, index, key) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventRemove(event: *mut abi::Event, key: *const c_char) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.remove)(event, key) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventFail(event: *mut abi::Event, status: Status, text: *const c_char) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.fail)(event, status, text) }
}

/// See hooks.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_EventSuspend(
    event: *mut abi::Event,
    suspension: *const EventSuspension,
    token: *mut Token,
) -> Status {
    // SAFETY: promised by the caller.
    unsafe { (TABLE.suspend)(event, suspension, token) }
}
