//! Log
//!
//! Log lines of libvm and of plug-ins. Nothing is printed unless a callback is set.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, c_text};
use super::guard::guard;
use crate::log::{self, Listener};
use crate::status;
use crate::user_data::UserData;
use libvm_abi::{self as abi, LogLevel, Status};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// Receives a log line: `user`, the level, the source ("libvm", the name of a plug-in, or "<plug-in>/<context>" from a context that
/// has a name), and the text. Both strings are UTF-8 and valid until the callback returns. It may be called on any thread, on several
/// at once.
pub type LogCallback = unsafe extern "C" fn(user: *mut c_void, level: LogLevel, source: *const c_char, text: *const c_char);

fn listener(level: LogLevel, callback: Option<LogCallback>, user: UserData) -> status::Result<Option<Listener>> {
    let Some(callback) = callback else { return Ok(None) };
    if !(abi::LOG_ERROR..=abi::LOG_TRACE).contains(&level) {
        let message = format!("{level} is not a log level; see VM_LOG_*");
        return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    Ok(Some(Arc::new(move |level, source, text| {
        let (source, text) = (c_text(source), c_text(text));
        // SAFETY: the callback takes the `user` that it was set with.
        unsafe { callback(user.pointer(), level, source.as_ptr(), text.as_ptr()) }
    })))
}

/// Sets the callback that receives the log lines of the process: those of contexts without a callback of their own, and those
/// that belong to no context.
///
/// @param level the most verbose level to receive, VM_LOG_*
/// @param callback the callback; NULL for none
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_INVALID_ARGUMENT (not a log level)
/// @par Ownership
/// The log owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_LogSetCallback(
    level: LogLevel,
    callback: Option<LogCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        log::set(level, listener(level, callback, user)?);
        Ok(())
    })
}

/// Sets the callback that receives the log lines of one context, instead of the process's callback.
///
/// @param context the context
/// @param level the most verbose level to receive, VM_LOG_*
/// @param callback the callback; NULL for that of the process
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a log level), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context owns `user`.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetLogCallback(
    context: Option<Shared<Context>>,
    level: LogLevel,
    callback: Option<LogCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    with(context, error, |context| {
        context.logger().set(level, listener(level, callback, user)?);
        Ok(())
    })
}
