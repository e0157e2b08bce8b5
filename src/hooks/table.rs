//! The functions of an event: its table, which the library also exports by name.

use super::event::Event;
use super::fields::Field;
use super::handle::Handle;
use super::suspension::{Requested, Suspension};
use super::token::Awaited;
use crate::panics;
use crate::sized::{self, Growing};
use crate::status::{Error, Result, Status, failure_name};
use libvm_abi::{self as abi, Bytes, EventSuspension, EventTable, EventType, Token};
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::atomic::Ordering;

/// The table that every event of this library carries.
pub static TABLE: EventTable = EventTable {
    size: size_of::<EventTable>() as u32,
    reserved: 0,
    get_string,
    set_string,
    get_bytes,
    set_bytes,
    get_integer,
    set_integer,
    get_pointer,
    set_pointer,
    get_type,
    get_key,
    remove,
    fail,
    suspend,
};

/// Runs `work` on an event. Why it fails in a hook is kept: should the hook fail with the same status, its error says it.
fn with(event: *const abi::Event, work: impl FnOnce(Handle<'_>) -> Result<()>) -> Status {
    // SAFETY: the header says that an event comes from this library, and that a deleted one is not used.
    let handle = match unsafe { Handle::of(event) } {
        Ok(handle) => handle,
        Err(status) => return status,
    };
    let outcome = panics::catch(|| {
        if !handle.is_of_hook() && handle.event().is_invoked() {
            return Err(handle.event().busy());
        }
        work(handle)
    });
    match outcome {
        Ok(Ok(())) => abi::STATUS_OK,
        Ok(Err(error)) => {
            let status = error.status();
            if handle.is_of_hook() {
                let _ = panics::catch(|| handle.event().say().failure = Some(error));
            }
            status
        }
        Err(_) => abi::STATUS_INTERNAL,
    }
}

/// A required pointer to write to.
///
/// # Safety
/// The pointer is NULL or can be written to.
unsafe fn out<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T> {
    // SAFETY: promised by the caller of this function.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(what))
}

fn null(what: &str) -> Error {
    Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} is NULL"))
}

/// A required string.
///
/// # Safety
/// The pointer is NULL or points to bytes that end with NUL.
unsafe fn string<'a>(pointer: *const c_char, what: &str) -> Result<&'a CStr> {
    if pointer.is_null() {
        return Err(null(what));
    }
    // SAFETY: promised by the caller of this function.
    Ok(unsafe { CStr::from_ptr(pointer) })
}

/// Writes a value of an event, of this type, to `value`.
///
/// # Safety
/// The pointers are NULL or valid, as the header says.
unsafe fn get<T>(
    event: *const abi::Event,
    key: *const c_char,
    value: *mut T,
    kind: EventType,
    part: impl FnOnce(&Field) -> Option<T>,
) -> Status {
    with(event, |handle| {
        // SAFETY: promised by the caller of this function.
        let (key, out) = unsafe { (string(key, "key")?, out(value, "value")?) };
        *out = handle.event().fields().get_as(key, kind, part)?;
        Ok(())
    })
}

/// Sets a value of an event.
///
/// # Safety
/// As `get`.
unsafe fn set(event: *mut abi::Event, key: *const c_char, field: impl FnOnce() -> Result<Field>) -> Status {
    with(event, |handle| {
        // SAFETY: promised by the caller of this function.
        let key = unsafe { string(key, "key")? };
        handle.event().fields().set(key, field()?)
    })
}

unsafe extern "C" fn get_string(event: *const abi::Event, key: *const c_char, value: *mut *const c_char) -> Status {
    let part = |field: &Field| if let Field::String(text) = field { Some(text.as_ptr()) } else { None };
    // SAFETY: promised by the caller.
    unsafe { get(event, key, value, abi::EVENT_TYPE_STRING, part) }
}

unsafe extern "C" fn set_string(event: *mut abi::Event, key: *const c_char, value: *const c_char) -> Status {
    let field = || {
        // SAFETY: promised by the caller.
        let text = unsafe { string(value, "value")? };
        match text.to_str() {
            Ok(_) => copy(text.to_bytes_with_nul()).and_then(|bytes| {
                let text = CString::from_vec_with_nul(bytes);
                text.map(Field::String).map_err(|_| Error::new(abi::STATUS_INTERNAL, "a string has two ends"))
            }),
            Err(error) => {
                let message = format!("the value is not valid UTF-8 from byte {} on", error.valid_up_to());
                Err(Error::new(abi::STATUS_BAD_UTF8, message))
            }
        }
    };
    // SAFETY: promised by the caller.
    unsafe { set(event, key, field) }
}

unsafe extern "C" fn get_bytes(event: *const abi::Event, key: *const c_char, value: *mut Bytes) -> Status {
    let part = |field: &Field| match field {
        Field::Bytes(bytes) => Some(Bytes { data: bytes.as_ptr(), size: bytes.len() }),
        _ => None,
    };
    // SAFETY: promised by the caller.
    unsafe { get(event, key, value, abi::EVENT_TYPE_BYTES, part) }
}

unsafe extern "C" fn set_bytes(event: *mut abi::Event, key: *const c_char, data: *const c_void, size: usize) -> Status {
    let field = || {
        if size == 0 {
            return Ok(Field::Bytes(Vec::new()));
        }
        if data.is_null() {
            return Err(Error::new(abi::STATUS_NULL_ARGUMENT, format!("data is NULL, but its size is {size}")));
        }
        if isize::try_from(size).is_err() {
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, format!("data cannot have the size {size}")));
        }
        // SAFETY: not NULL, and the caller promises so many bytes.
        copy(unsafe { std::slice::from_raw_parts(data.cast(), size) }).map(Field::Bytes)
    };
    // SAFETY: promised by the caller.
    unsafe { set(event, key, field) }
}

/// Copies bytes.
fn copy(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copied = Vec::new();
    copied.try_reserve_exact(bytes.len()).map_err(|_| {
        let message = format!("there is no memory for a value of {} bytes", bytes.len());
        Error::new(abi::STATUS_OUT_OF_MEMORY, message)
    })?;
    copied.extend_from_slice(bytes);
    Ok(copied)
}

unsafe extern "C" fn get_integer(event: *const abi::Event, key: *const c_char, value: *mut i64) -> Status {
    let part = |field: &Field| if let Field::Integer(value) = field { Some(*value) } else { None };
    // SAFETY: promised by the caller.
    unsafe { get(event, key, value, abi::EVENT_TYPE_INTEGER, part) }
}

unsafe extern "C" fn set_integer(event: *mut abi::Event, key: *const c_char, value: i64) -> Status {
    // SAFETY: promised by the caller.
    unsafe { set(event, key, || Ok(Field::Integer(value))) }
}

unsafe extern "C" fn get_pointer(event: *const abi::Event, key: *const c_char, value: *mut *mut c_void) -> Status {
    let part = |field: &Field| if let Field::Pointer(value) = field { Some(value.load(Ordering::Relaxed)) } else { None };
    // SAFETY: promised by the caller.
    unsafe { get(event, key, value, abi::EVENT_TYPE_POINTER, part) }
}

unsafe extern "C" fn set_pointer(event: *mut abi::Event, key: *const c_char, value: *mut c_void) -> Status {
    // SAFETY: promised by the caller.
    unsafe { set(event, key, || Ok(Field::pointer(value))) }
}

unsafe extern "C" fn get_type(event: *const abi::Event, key: *const c_char, kind: *mut EventType) -> Status {
    with(event, |handle| {
        // SAFETY: promised by the caller.
        let (key, out) = unsafe { (string(key, "key")?, out(kind, "type")?) };
        *out = handle.event().fields().get(key)?.kind();
        Ok(())
    })
}

unsafe extern "C" fn get_key(event: *const abi::Event, index: usize, key: *mut *const c_char) -> Status {
    with(event, |handle| {
        // SAFETY: promised by the caller.
        let out = unsafe { out(key, "key")? };
        *out = handle.event().fields().key(index)?.as_ptr();
        Ok(())
    })
}

unsafe extern "C" fn remove(event: *mut abi::Event, key: *const c_char) -> Status {
    with(event, |handle| {
        // SAFETY: promised by the caller.
        let key = unsafe { string(key, "key")? };
        handle.event().fields().remove(key)
    })
}

/// Checks that an event is the one that a hook was passed.
fn in_hook<'a>(handle: Handle<'a>, name: &str) -> Result<&'a Event> {
    if handle.is_of_hook() {
        return Ok(handle.event());
    }
    let message = format!("{name} takes the event that a hook was passed, not the host's own");
    Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
}

unsafe extern "C" fn fail(event: *mut abi::Event, status: Status, text: *const c_char) -> Status {
    with(event, |handle| {
        in_hook(handle, "VM_EventFail")?;
        let Some(name) = failure_name(status) else {
            let message = format!("VM_EventFail was called with {status}, which is not a failure");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        };
        if text.is_null() {
            return Err(Error::new(status, name));
        }
        // SAFETY: not NULL, and the caller promises a string that ends with NUL; what is not UTF-8 in it is shown as far as it can be.
        let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
        Err(Error::new(status, text))
    })
}

// SAFETY: a size, a number and pointers, which have no padding between them; NULL is valid for each pointer.
unsafe impl Growing for EventSuspension {
    const NAME: &'static str = "VM_EventSuspension";
    const INIT: &'static str = "VM_EVENTSUSPENSION_INIT";
    const LEAST: usize = 8 + 4 * size_of::<*const ()>();
}

/// Reads what a hook passes; NULL is a suspension without functions.
///
/// # Safety
/// `given` is NULL or points to as many bytes as the struct says; `event` is the event that the hook was passed.
unsafe fn read(given: *const EventSuspension, event: *const abi::Event) -> Result<Suspension> {
    // SAFETY: promised by the caller of this function.
    let read = if given.is_null() { EventSuspension::NONE } else { unsafe { sized::read(given, "suspension")? } };
    // SAFETY: frames are never freed, and begin like an event.
    let pointers =
        unsafe { event.as_ref() }.map_or((std::ptr::null_mut(), std::ptr::null_mut()), |event| (event.data, event.myself));
    let suspension = Suspension::new(read, pointers);
    match read.reserved {
        0 => Ok(suspension),
        _ => Err(Error::new(abi::STATUS_INVALID_ARGUMENT, "the field `reserved` of the suspension is not zero")),
    }
}

unsafe extern "C" fn suspend(event: *mut abi::Event, given: *const EventSuspension, token: *mut Token) -> Status {
    // SAFETY: promised by the caller. Should the hook have returned, the suspension is cancelled and released here.
    let suspension = unsafe { read(given, event) };
    let status = with(event, |handle| {
        let suspension = suspension?;
        let event = in_hook(handle, "VM_EventSuspend")?;
        // SAFETY: promised by the caller.
        let out = unsafe { out(token, "token")? };
        let time = event.suspends().check()?;
        if event.say().requested.is_some() {
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, "the hook has already suspended the event"));
        }
        let awaited = Awaited::new();
        *out = awaited.token();
        event.say().requested = Some(Requested { suspension, awaited, time });
        Ok(())
    });
    if status == abi::STATUS_OK { abi::STATUS_PENDING } else { status }
}
