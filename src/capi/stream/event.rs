//! The event of a stage, for the callbacks of hosts and plug-ins. The functions are inline in stream.h.

use super::super::caller::with;
use super::super::ffi::{null, required};
use super::super::sized::{self, Growing};
use crate::plugin::stream::{push_event, read_event};
use libvm_abi::{Bytes, Caller, Status, StreamEvent, StreamField};

const _: () = assert!(size_of::<StreamField>() == size_of::<[usize; 2]>());

// SAFETY: numbers and pointers, which have no padding between them; zero is valid for each.
unsafe impl Growing for StreamEvent {
    const NAME: &'static str = "VM_StreamEvent";
    const INIT: &'static str = "VM_STREAMEVENT_INIT";
    const LEAST: usize = size_of::<Self>();
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetEvent(caller: *mut Caller, event: *mut StreamEvent) -> Status {
    with(caller, |call| {
        let stage = call.stage()?;
        let metadata = stage.addresses();
        let (fields, count) = (metadata.as_ptr().cast::<StreamField>(), metadata.len());
        let seen = stage.event();
        let value = StreamEvent {
            size: size_of::<StreamEvent>() as u32,
            reserved: 0,
            payload: Bytes { data: seen.payload().as_ptr(), size: seen.payload().len() },
            timestamp: seen.timestamp(),
            metadata: fields,
            metadata_count: count,
            position: seen.position(),
        };
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        unsafe { sized::write(event, value, "event") }
    })
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerNextEvent(caller: *mut Caller, is_next: *mut bool) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let is_next = required(unsafe { is_next.as_mut() }, "is_next")?;
        *is_next = call.stage()?.advance();
        Ok(())
    })
}

/// See stream.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerEmitEvent(caller: *mut Caller, event: *const StreamEvent) -> Status {
    with(caller, |call| {
        let stage = call.stage()?;
        if event.is_null() {
            return Err(null("event"));
        }
        // SAFETY: the caller promises a struct that begins with its size.
        let mut given = unsafe { read_event(event)? };
        given.position = stage.event().position();
        if given.timestamp == 0 {
            given.timestamp = stage.event().timestamp();
        }
        // SAFETY: and that what it points to can be read.
        stage.emit_with(given.payload.size, |batch| unsafe { push_event(batch, &given) })
    })
}
