//! The service that completes suspended calls and events: `libvm.suspension/1`.

use crate::engine::{self, Completion};
use crate::hooks;
use crate::panics;
use crate::plugin::host::text;
use libvm_abi::{self as abi, Status, SuspensionService, Token, Value};
use std::ffi::c_char;

/// The table that plug-ins are passed.
pub static SERVICE: SuspensionService = SuspensionService {
    size: size_of::<SuspensionService>() as u32,
    reserved: 0,
    complete: complete_with_values,
    complete_with_failure,
    complete_event,
};

fn guarded(work: impl FnOnce() -> Result<(), Status>) -> Status {
    panics::catch(work).unwrap_or(Err(abi::STATUS_INTERNAL)).err().unwrap_or(abi::STATUS_OK)
}

unsafe extern "C" fn complete_with_values(token: Token, values: *const Value, count: usize) -> Status {
    guarded(|| {
        let values = match (values.is_null(), count) {
            (_, 0) => Vec::new(),
            (true, _) => return Err(abi::STATUS_NULL_ARGUMENT),
            (false, count) if !values.is_aligned() || count > isize::MAX as usize / size_of::<Value>() => {
                return Err(abi::STATUS_INVALID_ARGUMENT);
            }
            // SAFETY: the plug-in promises that there are this many.
            (false, count) => unsafe { std::slice::from_raw_parts(values, count) }.to_vec(),
        };
        engine::complete(token, Completion::with(values)).map_err(|error| error.status())
    })
}

unsafe extern "C" fn complete_with_failure(token: Token, status: Status, reason: *const c_char) -> Status {
    guarded(|| {
        // SAFETY: the plug-in passes NULL or a NUL-terminated string.
        let reason = unsafe { text::read_lossy(reason) };
        engine::complete_with_failure(token, status, reason).map_err(|error| error.status())
    })
}

unsafe extern "C" fn complete_event(token: Token, answer: Status, reason: *const c_char) -> Status {
    guarded(|| {
        // SAFETY: the plug-in passes NULL or a NUL-terminated string.
        let reason = unsafe { text::read_lossy(reason) };
        hooks::complete(token, answer, reason).map_err(|error| error.status())
    })
}
