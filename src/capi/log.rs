//! Log
//!
//! Lines that libvm and plug-ins write. Nothing is printed unless a callback is set.

use super::context::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, c_text};
use super::guard::guard;
use crate::log::{self, Listener};
use crate::status;
use crate::user_data::UserData;
use libvm_abi::{self as abi, LogLevel, Status};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// Gets a line of the log: `user`, the level, the source ("libvm", a plug-in's name, or "<plug-in>/<context>" from a context that has
/// a name), the text. Both texts are UTF-8 and good
/// until it returns. It may be called on any thread, on several at once.
pub type LogCallback = unsafe extern "C" fn(user: *mut c_void, level: LogLevel, source: *const c_char, text: *const c_char);

fn listener(level: LogLevel, callback: Option<LogCallback>, user: UserData) -> status::Result<Option<Listener>> {
    let Some(callback) = callback else { return Ok(None) };
    if !(abi::LOG_ERROR..=abi::LOG_TRACE).contains(&level) {
        let message = format!("{level} is no log level; see VM_LOG_*");
        return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    Ok(Some(Arc::new(move |level, source, text| {
        let (source, text) = (c_text(source), c_text(text));
        // SAFETY: the callback takes the `user` that it was set with.
        unsafe { callback(user.pointer(), level, source.as_ptr(), text.as_ptr()) }
    })))
}

/// Sets who gets the lines of the log: those of contexts without a log of their own, and those that no context writes.
///
/// @param level the least important level that is wanted, VM_LOG_*
/// @param callback gets the lines; NULL for nobody
/// @param user given to the callback; may be NULL
/// @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_INVALID_ARGUMENT (no such level)
/// @par Ownership
/// `user` belongs to the log from now on.
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

/// Sets who gets the lines of one context, in the place of the process's log.
///
/// @param context the context
/// @param level the least important level that is wanted, VM_LOG_*
/// @param callback gets the lines; NULL for the process's log
/// @param user given to the callback; may be NULL
/// @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (no such level), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// `user` belongs to the context from now on.
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
