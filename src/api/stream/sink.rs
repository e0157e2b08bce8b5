//! Sinks of a host.

use super::super::error::Result;
use super::event::EventRef;
use super::opened::{Inner, Object, open, run};
use super::part::StreamPart;
use crate::plugin::stream;
use libvm_abi::{self as abi, SinkDescriptor};
use std::ffi::c_void;
use std::task::Poll;

/// A sink of a host. Every function that takes an [`EventRef`] is one, which has acknowledged an event when it returns. The functions are
/// called one at a time, on the thread that runs the stream, and must not wait for long. An error of [`write`](Self::write), or a panic in
/// it, is subject to the error policy of the stream; others end the run.
pub trait Sink: Send + 'static {
    /// Opens the sink, when the stream is run for the first time. The part notifies the stream when the sink is ready again.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn open(&mut self, part: StreamPart) -> Result<()> {
        let _ = part;
        Ok(())
    }

    /// Takes an event; [`Poll::Pending`] if it cannot take any now: it is called again with the same event after [`StreamPart::notify`], at
    /// the latest after a short time.
    ///
    /// # Errors
    /// Why it has not taken this event.
    fn write(&mut self, event: EventRef<'_>) -> Result<Poll<()>>;

    /// Acknowledges everything that was written; [`Poll::Pending`] if that takes longer: it is called again as [`write`](Self::write) is.
    ///
    /// # Errors
    /// Why the stream cannot go on.
    fn flush(&mut self) -> Result<Poll<()>> {
        Ok(Poll::Ready(()))
    }
}

impl<F: FnMut(EventRef<'_>) -> Result<()> + Send + 'static> Sink for F {
    fn write(&mut self, event: EventRef<'_>) -> Result<Poll<()>> {
        self(event).map(Poll::Ready)
    }
}

fn status(ready: Poll<()>) -> abi::Status {
    if ready.is_ready() { abi::STATUS_OK } else { abi::STATUS_WOULD_BLOCK }
}

// SAFETY (of all functions): libvm calls them with the `Object` of the sink.

unsafe extern "C" fn open_sink<S: Sink>(
    user: *mut c_void,
    part: *const abi::StreamPart,
    opened: *mut *mut c_void,
) -> abi::Status {
    // SAFETY: as above.
    unsafe { open::<S>(user, part, opened, |sink, part| sink.open(part)) }
}

unsafe extern "C" fn write<S: Sink>(user: *mut c_void, event: *const abi::StreamEvent) -> abi::Status {
    let write = |inner: &mut Inner<S>| {
        // SAFETY: libvm passes an event that is valid until this returns.
        let event = unsafe { EventRef::of(&*event) };
        inner.object.write(event).map(status)
    };
    // SAFETY: as above.
    unsafe { run(user, write) }
}

unsafe extern "C" fn flush<S: Sink>(user: *mut c_void) -> abi::Status {
    // SAFETY: as above.
    unsafe { run::<S>(user, |inner| inner.object.flush().map(status)) }
}

pub(super) fn of_host<S: Sink>(sink: S) -> crate::status::Result<stream::Sink> {
    let descriptor = SinkDescriptor {
        size: size_of::<SinkDescriptor>() as u32,
        flags: 0,
        name: c"sink".as_ptr(),
        description: std::ptr::null(),
        options: abi::Table { items: std::ptr::null(), count: 0, stride: 0 },
        open: Some(open_sink::<S>),
        close: None,
        write: Some(write::<S>),
        flush: Some(flush::<S>),
    };
    // SAFETY: its functions take this pointer.
    unsafe { stream::Sink::of_host(&descriptor, Object::user_data(sink)) }
}
