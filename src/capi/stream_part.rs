//! The functions of a part of a stream that stream.h has inline, for languages that cannot inline C.

use super::guard::guard_value;
use libvm_abi::{self as abi, Status, StreamEvent, StreamPart, StreamPartState, StreamPartTable};
use std::ffi::c_char;

/// Calls a function of the part's table.
///
/// # Safety
/// `part` is NULL, or points to a part or a copy of one.
unsafe fn with(part: *const StreamPart, call: impl FnOnce(&StreamPartTable) -> Status) -> Status {
    guard_value(abi::STATUS_INTERNAL, || {
        // SAFETY: promised above; the table of a part is a constant of the library that made it.
        unsafe { part.as_ref().and_then(|part| part.table.as_ref()) }.map_or(abi::STATUS_NULL_ARGUMENT, call)
    })
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamPartEmit(part: *const StreamPart, event: *const StreamEvent, flags: u32) -> Status {
    // SAFETY: the caller promises what the header says.
    unsafe { with(part, |table| (table.emit)(part, event, flags)) }
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamPartEnd(part: *const StreamPart, status: Status, text: *const c_char) -> Status {
    // SAFETY: the caller promises what the header says.
    unsafe { with(part, |table| (table.end)(part, status, text)) }
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamPartNotify(part: *const StreamPart) -> Status {
    // SAFETY: the caller promises what the header says.
    unsafe { with(part, |table| (table.notify)(part)) }
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamPartSetState(part: *const StreamPart, state: StreamPartState, text: *const c_char) -> Status {
    // SAFETY: the caller promises what the header says.
    unsafe { with(part, |table| (table.set_state)(part, state, text)) }
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamPartReportReconnect(part: *const StreamPart, text: *const c_char) -> Status {
    // SAFETY: the caller promises what the header says.
    unsafe { with(part, |table| (table.report_reconnect)(part, text)) }
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamPartFail(part: *const StreamPart, status: Status, text: *const c_char) -> Status {
    // SAFETY: the caller promises what the header says.
    unsafe { with(part, |table| (table.fail)(part, status, text)) }
}
