//! Streams from a source of the plug-in, and into a sink of the plug-in.
use super::ffi::*;
use super::{Context, Plugin, Result, c_string, call};
use libvm_abi::{Bytes, SinkDescriptor, SourceDescriptor, Status, StreamEvent, Table};
use std::ffi::c_void;
use std::ptr::{null, null_mut};

/// A stream of a context, which is deleted before the context.
pub struct Stream(*mut super::ffi::Stream);

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: it was created, and is deleted once.
        unsafe { VM_StreamDelete(self.0) }
    }
}

/// The events that go into a sink.
struct Events {
    payloads: Vec<Vec<u8>>,
    next: usize,
}

unsafe extern "C" fn pull(user: *mut c_void, event: *mut StreamEvent) -> Status {
    // SAFETY: the stream's own user, and the place of an event.
    let (events, event) = unsafe { (&mut *user.cast::<Events>(), &mut *event) };
    let Some(payload) = events.payloads.get(events.next) else { return libvm_abi::STATUS_COMPLETE };
    events.next += 1;
    event.payload = Bytes { data: payload.as_ptr(), size: payload.len() };
    event.position = events.next as u64;
    libvm_abi::STATUS_OK
}

unsafe extern "C" fn forget_events(user: *mut c_void) {
    // SAFETY: it was made of a box, and libvm does not use it any more.
    drop(unsafe { Box::from_raw(user.cast::<Events>()) });
}

unsafe extern "C" fn take(_: *mut c_void, _: *const StreamEvent) -> Status {
    libvm_abi::STATUS_OK
}

fn no_options<T>() -> Table<T> {
    Table { items: null(), count: 0, stride: 0 }
}

impl Stream {
    fn new(context: &Context) -> Result<Self> {
        let mut stream = null_mut();
        // SAFETY: receives an object.
        call(|error| unsafe { VM_StreamCreate(context.0, c"check".as_ptr(), &raw mut stream, error) })?;
        Ok(Self(stream))
    }

    /// Creates a stream of a plug-in's source whose events are thrown away.
    pub fn of_source(context: &Context, plugin: &Plugin, source: &str) -> Result<Self> {
        let (stream, source) = (Self::new(context)?, c_string(source));
        let sink = SinkDescriptor {
            size: size_of::<SinkDescriptor>() as u32,
            flags: 0,
            name: c"nothing".as_ptr(),
            description: null(),
            options: no_options(),
            open: None,
            close: None,
            write: Some(take),
            flush: None,
        };
        // SAFETY: what is passed is copied.
        unsafe {
            call(|error| VM_StreamSetSource(stream.0, plugin.pointer(), source.as_ptr(), error))?;
            call(|error| VM_StreamAddSinkCallbacks(stream.0, &raw const sink, null(), null_mut(), None, error))?;
        }
        Ok(stream)
    }

    /// Creates a stream of events into a plug-in's sink.
    pub fn of_sink(context: &Context, plugin: &Plugin, sink: &str, payloads: Vec<Vec<u8>>) -> Result<Self> {
        let (stream, sink) = (Self::new(context)?, c_string(sink));
        let source = SourceDescriptor {
            size: size_of::<SourceDescriptor>() as u32,
            flags: 0,
            name: c"events".as_ptr(),
            description: null(),
            options: no_options(),
            open: None,
            close: None,
            pull: Some(pull),
            start: None,
            stop: None,
            commit: None,
            rewind: None,
        };
        let events = Box::into_raw(Box::new(Events { payloads, next: 0 }));
        // SAFETY: what is passed is copied, but for the events, which the stream frees.
        unsafe {
            call(|error| VM_StreamSetSourceCallbacks(stream.0, &raw const source, events.cast(), Some(forget_events), error))?;
            call(|error| VM_StreamAddSink(stream.0, plugin.pointer(), sink.as_ptr(), c"sink".as_ptr(), error))?;
        }
        Ok(stream)
    }

    /// Sets an option of the part of the plug-in.
    pub fn set_option(&mut self, part: &str, key: &str, value: &str) -> Result {
        let (part, key, value) = (c_string(part), c_string(key), c_string(value));
        // SAFETY: strings that are copied.
        call(|error| unsafe { VM_StreamSetOption(self.0, part.as_ptr(), key.as_ptr(), value.as_ptr(), error) })
    }

    /// Runs the stream, without waiting, for so many events.
    pub fn poll(&mut self, events: u64) -> Result {
        // SAFETY: a stream.
        call(|error| unsafe { VM_StreamPoll(self.0, events, error) })
    }

    /// Goes back.
    pub fn rewind(&mut self, position: u64) -> Result {
        // SAFETY: a stream.
        call(|error| unsafe { VM_StreamRewind(self.0, position, error) })
    }
}
