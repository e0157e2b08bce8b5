//! The stream as one opened source or sink sees it.

use super::super::error::{Error, Result, Status};
use super::event::{AbiEvent, StreamEvent};
use crate::status;
use libvm_abi::{self as abi, StreamPartTable};
use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::Arc;

/// The state of an opened source or sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum StreamPartState {
    /// It has set no state.
    #[default]
    Opened = abi::STREAM_PART_OPENED,
    /// It is establishing its connection.
    Connecting = abi::STREAM_PART_CONNECTING,
    /// It works.
    Connected = abi::STREAM_PART_CONNECTED,
    /// It has lost its connection, and tries to establish it again.
    Disconnected = abi::STREAM_PART_DISCONNECTED,
    /// One of its functions failed, or it has ended with a failure. Set by libvm.
    Failed = abi::STREAM_PART_FAILED,
    /// It was closed. Set by libvm.
    Closed = abi::STREAM_PART_CLOSED,
}

impl StreamPartState {
    pub(super) fn from_abi(state: abi::StreamPartState) -> Self {
        match state {
            abi::STREAM_PART_CONNECTING => Self::Connecting,
            abi::STREAM_PART_CONNECTED => Self::Connected,
            abi::STREAM_PART_DISCONNECTED => Self::Disconnected,
            abi::STREAM_PART_FAILED => Self::Failed,
            abi::STREAM_PART_CLOSED => Self::Closed,
            _ => Self::Opened,
        }
    }
}

/// The stream as one opened source or sink sees it: a [`PushSource`](super::PushSource) emits events through it. It can be used on any
/// thread at any time; after the source or sink was closed its functions fail with [`STALE`](Status::STALE).
#[derive(Clone, Debug)]
pub struct StreamPart {
    table: &'static StreamPartTable,
    id: u64,
    stream: Arc<str>,
    name: Arc<str>,
}

impl StreamPart {
    /// # Safety
    /// libvm passes the part to a source or a sink of the host that it opens.
    pub(super) unsafe fn read(part: *const abi::StreamPart) -> Self {
        // SAFETY: promised above.
        let text = |text| unsafe { CStr::from_ptr(text) }.to_string_lossy().into();
        // SAFETY: promised above; the table of all parts is one static.
        let (part, table) = unsafe { (&*part, &*(*part).table) };
        Self { table, id: part.id, stream: text(part.stream), name: text(part.name) }
    }

    /// Returns the name of the stream.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Returns the name of the source or sink in the stream.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Passes an event of a push source to its stream. Waits while the queue is full, except on the thread that runs the stream.
    ///
    /// # Errors
    /// [`STALE`](Status::STALE) if the source is stopped, was ended or closed, [`WOULD_BLOCK`](Status::WOULD_BLOCK) where it must not wait,
    /// [`LIMIT`](Status::LIMIT) if the event is larger than any stream takes, [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for metadata
    /// with an empty key or a NUL, [`UNSUPPORTED`](Status::UNSUPPORTED) for other sources and for sinks.
    pub fn emit(&self, event: StreamEvent) -> Result<()> {
        self.emit_with(event, abi::EMIT_WAIT)
    }

    /// As [`emit`](Self::emit), without waiting.
    ///
    /// # Errors
    /// [`WOULD_BLOCK`](Status::WOULD_BLOCK) if the queue is full, and as for [`emit`](Self::emit).
    pub fn try_emit(&self, event: StreamEvent) -> Result<()> {
        self.emit_with(event, 0)
    }

    fn emit_with(&self, event: StreamEvent, flags: u32) -> Result<()> {
        let event = AbiEvent::new(event)?;
        let raw = event.raw();
        // SAFETY: the event lives until this returns.
        self.call(|table, part| unsafe { (table.emit)(part, &raw, flags) })
    }

    /// Ends a push source: it has no other events. Those in the queue are delivered first.
    ///
    /// # Errors
    /// [`STALE`](Status::STALE), [`UNSUPPORTED`](Status::UNSUPPORTED), as for [`emit`](Self::emit).
    pub fn end(&self) -> Result<()> {
        // SAFETY: the text may be NULL.
        self.call(|table, part| unsafe { (table.end)(part, abi::STATUS_OK, ptr::null()) })
    }

    /// Ends a push source with a failure, which ends the run of the stream.
    ///
    /// # Errors
    /// As for [`end`](Self::end).
    pub fn end_with(&self, error: &Error) -> Result<()> {
        let (status, text) = (error.status().number(), c_text(&error.message()));
        // SAFETY: the text lives until this returns.
        self.call(|table, part| unsafe { (table.end)(part, status, text.as_ptr()) })
    }

    /// Notifies the stream that a source or sink which was not ready should be called again.
    ///
    /// # Errors
    /// [`STALE`](Status::STALE).
    pub fn notify(&self) -> Result<()> {
        // SAFETY: a part.
        self.call(|table, part| unsafe { (table.notify)(part) })
    }

    /// Sets the state, with details for people: [`Connecting`](StreamPartState::Connecting), [`Connected`](StreamPartState::Connected) or
    /// [`Disconnected`](StreamPartState::Disconnected).
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for another state, [`STALE`](Status::STALE).
    pub fn set_state(&self, state: StreamPartState, details: &str) -> Result<()> {
        let text = c_text(details);
        // SAFETY: the text lives until this returns.
        self.call(|table, part| unsafe { (table.set_state)(part, state as u32, text.as_ptr()) })
    }

    /// Reports that a lost connection is established again: the state is [`Connected`](StreamPartState::Connected), and one reconnect more is
    /// counted.
    ///
    /// # Errors
    /// [`STALE`](Status::STALE).
    pub fn report_reconnect(&self, details: &str) -> Result<()> {
        let text = c_text(details);
        // SAFETY: the text lives until this returns.
        self.call(|table, part| unsafe { (table.report_reconnect)(part, text.as_ptr()) })
    }

    /// Sets the reason for the failure of the function that runs, and returns its status.
    pub(super) fn fail(&self, error: &Error) -> abi::Status {
        let (status, text) = (error.status().number(), c_text(&error.message()));
        // SAFETY: the text lives until this returns. If no function runs, nothing is set.
        let _ = self.call(|table, part| unsafe { (table.fail)(part, status, text.as_ptr()) });
        status
    }

    fn call(&self, call: impl FnOnce(&StreamPartTable, *const abi::StreamPart) -> abi::Status) -> Result<()> {
        // Of a copy only the number is read.
        let part = abi::StreamPart {
            table: self.table,
            host: ptr::null(),
            myself: ptr::null_mut(),
            stream: ptr::null(),
            name: ptr::null(),
            reserved: ptr::null_mut(),
            id: self.id,
        };
        let status = call(self.table, &part);
        let what = format!("`{}` of stream `{}`", crate::text::name(&self.name), crate::text::name(&self.stream));
        let why = match status {
            abi::STATUS_OK => return Ok(()),
            abi::STATUS_STALE => "is stopped or was closed",
            abi::STATUS_WOULD_BLOCK => {
                return Err(status::Error::new(status, format!("the queue of {what} is full")).retry().into());
            }
            abi::STATUS_UNSUPPORTED => "is no push source, which alone emits events and ends by itself",
            abi::STATUS_LIMIT => "emits an event that is larger than any stream takes",
            abi::STATUS_INVALID_ARGUMENT => "is passed an argument that is not possible",
            _ => "failed",
        };
        Err(Error::with_status(Status::from_number(status), format!("{what} {why}")))
    }
}

fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}
