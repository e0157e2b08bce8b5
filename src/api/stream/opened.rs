//! Sources and sinks of a host behind the functions of the ABI.

use super::super::error::{Error, Result};
use super::event::AbiEvent;
use super::part::StreamPart;
use crate::panics;
use crate::user_data::UserData;
use libvm_abi::{self as abi, Status};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, TryLockError};

/// A source or sink of the host.
pub(super) struct Object<T>(Mutex<Inner<T>>);

pub(super) struct Inner<T> {
    pub object: T,
    /// The stream's side, while it is open.
    pub part: Option<StreamPart>,
    /// The event that was passed to the stream last, which is valid until the next function is called.
    pub event: Option<AbiEvent>,
}

impl<T: Send + 'static> Object<T> {
    /// Returns what the functions are passed.
    pub fn user_data(object: T) -> UserData {
        let object = Arc::new(Self(Mutex::new(Inner { object, part: None, event: None })));
        UserData::owned(Arc::as_ptr(&object).cast_mut().cast(), object)
    }
}

/// Runs a function of a source or a sink: its failure and its panic become the status, with the reason.
///
/// # Safety
/// `user` is that of an `Object<T>`.
pub(super) unsafe fn run<T>(user: *mut c_void, work: impl FnOnce(&mut Inner<T>) -> Result<Status>) -> Status {
    // SAFETY: promised above; the stream keeps it.
    let object = unsafe { &*user.cast::<Object<T>>() };
    let mut inner = match object.0.try_lock() {
        Ok(inner) => inner,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        // The functions are called one at a time.
        Err(TryLockError::WouldBlock) => return abi::STATUS_REENTRANT,
    };
    let panicked = |panic: panics::Panic| Err(Error::new(format!("it panicked: {}", panic.text())));
    match panics::catch(|| work(&mut inner)).unwrap_or_else(panicked) {
        Ok(status) => status,
        Err(error) => inner.part.as_ref().map_or(error.status().number(), |part| part.fail(&error)),
    }
}

/// Opens a source or sink with `open`.
///
/// # Safety
/// As for `run`; libvm passes the part, and where the opened object is to be written.
pub(super) unsafe fn open<T>(
    user: *mut c_void,
    part: *const abi::StreamPart,
    opened: *mut *mut c_void,
    open: impl FnOnce(&mut T, StreamPart) -> Result<()>,
) -> Status {
    let opens = |inner: &mut Inner<T>| {
        // SAFETY: promised above.
        let part = unsafe { StreamPart::read(part) };
        inner.part = Some(part.clone());
        open(&mut inner.object, part)?;
        // SAFETY: promised above.
        unsafe { opened.write(user) };
        Ok(abi::STATUS_OK)
    };
    // SAFETY: promised above.
    unsafe { run(user, opens) }
}
