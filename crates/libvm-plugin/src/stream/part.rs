//! The stream, as one opened source or sink sees it.
use super::event::{Held, StreamEvent};
use crate::error::c_string;
use crate::myself::Myself;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::CStr;
use std::ops::Deref;
use std::sync::Arc;

/// The stream as one opened source or sink sees it, with what [`Myself`] has (log, state, directories, permissions) for this opening. It may be
/// cloned and used on any thread; once the source or sink was closed its functions fail, with the status STALE.
#[derive(Clone)]
pub struct StreamPart(Arc<Inner>);

struct Inner {
    part: abi::StreamPart,
    myself: Myself,
    stream: String,
    name: String,
}

// SAFETY: the functions of a part take a copy of it at any time on any thread; its pointers are not used otherwise.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

/// What a stream does with an event of a push source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emitted {
    /// It has taken it.
    Taken,
    /// Its queue is full.
    Full,
    /// The source was stopped, or has ended: emit no others.
    Stopped,
}

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    /// It is being established.
    Connecting = abi::STREAM_PART_CONNECTING as isize,
    /// It works.
    Connected = abi::STREAM_PART_CONNECTED as isize,
    /// It was lost, and is being established again.
    Disconnected = abi::STREAM_PART_DISCONNECTED as isize,
}

impl Deref for StreamPart {
    type Target = Myself;

    fn deref(&self) -> &Myself {
        &self.0.myself
    }
}

impl StreamPart {
    /// # Safety
    /// The part is libvm's, and its presence valid until [`StreamPart::close`] is called.
    pub(super) unsafe fn new(part: &abi::StreamPart) -> Self {
        // SAFETY: promised by the caller.
        let (myself, text) =
            unsafe { (Myself::new(part.host, part.myself), |text| CStr::from_ptr(text).to_string_lossy().into_owned()) };
        let abi::StreamPart { table, host, stream, name, reserved, id, .. } = *part;
        let copy = abi::StreamPart { table, host, myself: part.myself, stream, name, reserved, id };
        Self(Arc::new(Inner { part: copy, myself, stream: text(stream), name: text(name) }))
    }

    #[cfg(feature = "log")]
    pub(super) fn services(&self) -> crate::services::Services {
        crate::services::Services { host: self.0.part.host, myself: self.0.part.myself }
    }

    /// Ends the use of the presence.
    pub(super) fn close(&self) {
        self.0.myself.end();
    }

    fn table(&self) -> &abi::StreamPartTable {
        // SAFETY: the functions of libvm, which stay.
        unsafe { &*self.0.part.table }
    }

    /// Returns the name of the stream.
    pub fn stream(&self) -> &str {
        &self.0.stream
    }

    /// Returns the name of the source or sink in the stream.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    fn emit_with(&self, event: StreamEvent<'_>, flags: u32) -> Result<Emitted> {
        let mut held = Held::default();
        let event = held.make(event);
        // SAFETY: the event is held during the call, and the part may be passed at any time.
        match unsafe { (self.table().emit)(&self.0.part, &event, flags) } {
            abi::STATUS_OK => Ok(Emitted::Taken),
            abi::STATUS_WOULD_BLOCK => Ok(Emitted::Full),
            abi::STATUS_STALE => Ok(Emitted::Stopped),
            status => Err(Error::of_host(status, "emitting an event")),
        }
    }

    /// Passes an event of a push source to the stream, if its queue has room.
    ///
    /// # Errors
    /// If the event is larger than any stream takes, or this is not a push source.
    pub fn emit(&self, event: StreamEvent<'_>) -> Result<Emitted> {
        self.emit_with(event, 0)
    }

    /// Passes an event of a push source to the stream, and waits while its queue is full. It does not wait, and may return
    /// [`Emitted::Full`], on the thread that runs the stream, and in functions of serialized plug-ins.
    ///
    /// # Errors
    /// As for [`StreamPart::emit`].
    pub fn emit_waiting(&self, event: StreamEvent<'_>) -> Result<Emitted> {
        self.emit_with(event, abi::EMIT_WAIT)
    }

    fn checked(status: Status, what: &str) -> Result<()> {
        if status == abi::STATUS_OK { Ok(()) } else { Err(Error::of_host(status, what)) }
    }

    /// Ends a push source: it has no other events. What it has emitted is delivered first.
    ///
    /// # Errors
    /// If it was stopped or has ended, or is not a push source.
    pub fn end(&self) -> Result<()> {
        // SAFETY: as above.
        Self::checked(unsafe { (self.table().end)(&self.0.part, abi::STATUS_OK, std::ptr::null()) }, "ending a source")
    }

    /// Ends a push source that is broken, and with it the stream. What it has emitted is delivered first.
    ///
    /// # Errors
    /// As for [`StreamPart::end`].
    pub fn end_with(&self, error: impl Into<Error>) -> Result<()> {
        let error = error.into().outside_of_guests();
        // SAFETY: as above.
        let status = unsafe { (self.table().end)(&self.0.part, error.status(), c_string(error.text()).as_ptr()) };
        Self::checked(status, "ending a source")
    }

    /// Notifies the stream: a function that had nothing, or no room, is called again.
    ///
    /// # Errors
    /// If the source or sink was closed.
    pub fn notify(&self) -> Result<()> {
        // SAFETY: as above.
        Self::checked(unsafe { (self.table().notify)(&self.0.part) }, "notifying a stream")
    }

    /// Sets the state, for the host to see, with details for people.
    ///
    /// # Errors
    /// If the source or sink was closed.
    pub fn set_state(&self, state: PartState, text: &str) -> Result<()> {
        // SAFETY: as above.
        let status = unsafe { (self.table().set_state)(&self.0.part, state as abi::StreamPartState, c_string(text).as_ptr()) };
        Self::checked(status, "setting the state of a source or sink")
    }

    /// Reports that a lost connection was established again, with details for people: the state becomes [`PartState::Connected`].
    ///
    /// # Errors
    /// If the source or sink was closed.
    pub fn report_reconnect(&self, text: &str) -> Result<()> {
        // SAFETY: as above.
        let status = unsafe { (self.table().report_reconnect)(&self.0.part, c_string(text).as_ptr()) };
        Self::checked(status, "reporting a reconnect")
    }

    /// Fails the function that is running.
    pub(super) fn fail(&self, error: Error) -> Status {
        let error = error.outside_of_guests();
        if error.is_known() {
            return error.status();
        }
        // SAFETY: as above.
        unsafe { (self.table().fail)(&self.0.part, error.status(), c_string(error.text()).as_ptr()) }
    }
}
