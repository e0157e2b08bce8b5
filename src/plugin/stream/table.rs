//! The functions of a `VM_StreamPart`, which the code of a source or sink calls on any thread.

use super::event;
use super::part::Part;
use crate::panics;
use crate::plugin::host::text;
use crate::status::{self, Status};
use libvm_abi::{self as abi, StreamEvent, StreamPart, StreamPartState, StreamPartTable};
use std::ffi::c_char;

/// The table that every part of this library has.
pub static TABLE: StreamPartTable = StreamPartTable {
    size: size_of::<StreamPartTable>() as u32,
    reserved: 0,
    emit,
    end,
    notify,
    set_state,
    report_reconnect,
    fail,
};

/// Runs `work` with the part.
///
/// # Safety
/// `part` is NULL, or points to a part or a copy of one.
unsafe fn with(part: *const StreamPart, work: impl FnOnce(&Part) -> Result<(), Status>) -> Status {
    let done = panics::catch(|| {
        // SAFETY: promised above; only its number is read, which finds the part as long as it is open.
        let id = unsafe { part.as_ref() }.ok_or(abi::STATUS_NULL_ARGUMENT)?.id;
        let part = Part::find(id).ok_or(abi::STATUS_STALE)?;
        work(&part)
    });
    done.unwrap_or(Err(abi::STATUS_INTERNAL)).err().unwrap_or(abi::STATUS_OK)
}

/// Reads a text for people.
///
/// # Safety
/// It is NULL or a string.
unsafe fn details(text: *const c_char) -> String {
    // SAFETY: promised above.
    unsafe { text::read_lossy(text) }.unwrap_or_default()
}

unsafe extern "C" fn emit(part: *const StreamPart, raw: *const StreamEvent, flags: u32) -> Status {
    let emit = |part: &Part| {
        if raw.is_null() {
            return Err(abi::STATUS_NULL_ARGUMENT);
        }
        if flags & !abi::EMIT_WAIT != 0 {
            return Err(abi::STATUS_INVALID_ARGUMENT);
        }
        let queue = part.queue().ok_or(abi::STATUS_UNSUPPORTED)?;
        // SAFETY: the source promises an event with its size.
        let mut raw = unsafe { event::read(raw) }.map_err(|error| error.status())?;
        if raw.timestamp == 0 {
            raw.timestamp = event::now();
        }
        let may_wait = || flags & abi::EMIT_WAIT != 0 && !part.is_needed_here();
        // SAFETY: the source promises that what the event points to can be read.
        let was_empty = queue.add(may_wait, |batch| unsafe { event::push(batch, &raw) }.map_err(|error| error.status()))?;
        if was_empty {
            part.raise();
        }
        Ok(())
    };
    // SAFETY: the source promises what the header says.
    unsafe { with(part, emit) }
}

unsafe extern "C" fn end(part: *const StreamPart, status: Status, text: *const c_char) -> Status {
    let end = |part: &Part| {
        let queue = part.queue().ok_or(abi::STATUS_UNSUPPORTED)?;
        if status != abi::STATUS_OK && status::failure_name(status).is_none() {
            return Err(abi::STATUS_INVALID_ARGUMENT);
        }
        // SAFETY: the source promises a string or NULL.
        queue.end(status, unsafe { details(text) })?;
        part.raise();
        Ok(())
    };
    // SAFETY: the source promises what the header says.
    unsafe { with(part, end) }
}

unsafe extern "C" fn notify(part: *const StreamPart) -> Status {
    let notify = |part: &Part| {
        part.raise();
        Ok(())
    };
    // SAFETY: the source or sink promises what the header says.
    unsafe { with(part, notify) }
}

unsafe extern "C" fn set_state(part: *const StreamPart, state: StreamPartState, text: *const c_char) -> Status {
    let set = |part: &Part| match state {
        abi::STREAM_PART_CONNECTING | abi::STREAM_PART_CONNECTED | abi::STREAM_PART_DISCONNECTED => {
            // SAFETY: the source or sink promises a string or NULL.
            part.set_state(state, unsafe { details(text) });
            Ok(())
        }
        _ => Err(abi::STATUS_INVALID_ARGUMENT),
    };
    // SAFETY: the source or sink promises what the header says.
    unsafe { with(part, set) }
}

unsafe extern "C" fn report_reconnect(part: *const StreamPart, text: *const c_char) -> Status {
    let report = |part: &Part| {
        // SAFETY: the source or sink promises a string or NULL.
        let text = unsafe { details(text) };
        part.change(|report| {
            report.state = abi::STREAM_PART_CONNECTED;
            report.text = text;
            report.reconnects += 1;
        });
        Ok(())
    };
    // SAFETY: the source or sink promises what the header says.
    unsafe { with(part, report) }
}

unsafe extern "C" fn fail(part: *const StreamPart, status: Status, text: *const c_char) -> Status {
    let fail = |part: &Part| {
        if status::failure_name(status).is_none() {
            return Err(abi::STATUS_INVALID_ARGUMENT);
        }
        // SAFETY: the source or sink promises a string or NULL.
        part.fail(status, unsafe { details(text) })
    };
    // SAFETY: the source or sink promises what the header says.
    match unsafe { with(part, fail) } {
        abi::STATUS_OK => status,
        refused => refused,
    }
}
