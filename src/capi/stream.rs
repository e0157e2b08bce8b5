//! Stream
//!
//! A stream passes the events of a source through stages to sinks. Stages are functions of guests, plug-ins or the host, which read
//! the event and emit any number of others. A position of the source is committed when all sinks have acknowledged everything that
//! came of the events up to it: each event is delivered at least once. See docs/streams.md.

mod event;
mod part;
mod stage;

pub(in crate::capi) use event::{VM_CallerEmitEvent, VM_CallerGetEvent, VM_CallerNextEvent};

use super::cell::Context;
use super::error::Error;
use super::ffi::{Shared, hand_out, required, shared, text};
use super::guard::{guard, guard_value};
use super::sized::{self, Growing};
use crate::status::Result;
use crate::stream;
use libvm_abi::Status;
use std::ffi::c_char;
use std::sync::Arc;

/// A stream.
pub struct Stream(Arc<stream::Stream>);

/// What a stream is doing.
pub type StreamState = u32;
/// It was not run yet, or its last run has handled as many events as it was asked for.
pub const STREAM_IDLE: StreamState = 1;
/// A thread is running it.
pub const STREAM_RUNNING: StreamState = 2;
/// A thread is running it, and waits for the source or for a sink.
pub const STREAM_WAITING: StreamState = 3;
/// Its last run was stopped with VM_StreamStop.
pub const STREAM_STOPPED: StreamState = 4;
/// Its source has ended, and everything is acknowledged.
pub const STREAM_ENDED: StreamState = 5;
/// Its last run has failed. The next one continues where it failed.
pub const STREAM_FAILED: StreamState = 6;

const _: () = {
    assert!(STREAM_IDLE == stream::State::Idle as u32);
    assert!(STREAM_RUNNING == stream::State::Running as u32);
    assert!(STREAM_WAITING == stream::State::Waiting as u32);
    assert!(STREAM_STOPPED == stream::State::Stopped as u32);
    assert!(STREAM_ENDED == stream::State::Ended as u32);
    assert!(STREAM_FAILED == stream::State::Failed as u32);
};

/// The counters of a stream since it was created. Initialize it with VM_STREAMSTATISTICS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StreamStatistics {
    /// `sizeof(VM_StreamStatistics)`.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Events that the source has delivered.
    pub events_in: u64,
    /// Bytes of their payloads.
    pub bytes_in: u64,
    /// Events that were written to the sinks: each counts once, regardless of the number of sinks.
    pub events_out: u64,
    /// Bytes of their payloads.
    pub bytes_out: u64,
    /// Calls of stages.
    pub calls: u64,
    /// Failures of a stage or a sink to handle an event.
    pub failed: u64,
    /// Failed events that were left out (VM_ERROR_POLICY_SKIP).
    pub skipped: u64,
    /// Failed events that were written to the dead-letter sink (VM_ERROR_POLICY_DEAD_LETTER).
    pub dead_lettered: u64,
    /// Positions that were committed.
    pub commits: u64,
    /// How often the stream found a sink full, or not ready to acknowledge.
    pub waits: u64,
    /// How often the source and the sinks have established a lost connection again.
    pub reconnects: u64,
}

/// Initializes a VM_StreamStatistics.
pub const STREAMSTATISTICS_INIT: StreamStatistics = StreamStatistics {
    size: size_of::<StreamStatistics>() as u32,
    reserved: 0,
    events_in: 0,
    bytes_in: 0,
    events_out: 0,
    bytes_out: 0,
    calls: 0,
    failed: 0,
    skipped: 0,
    dead_lettered: 0,
    commits: 0,
    waits: 0,
    reconnects: 0,
};

const _: () = assert!(size_of::<StreamStatistics>() == 96);

// SAFETY: its bytes are all fields' (see the assertion), and zero is valid for each.
unsafe impl Growing for StreamStatistics {
    const NAME: &'static str = "VM_StreamStatistics";
    const INIT: &'static str = "VM_STREAMSTATISTICS_INIT";
    const LEAST: usize = 96;
}

/// Returns a share of a stream, because functions of its parts, which may delete it, run while it works.
fn stream<'a>(stream: Option<impl Into<Shared<'a, Stream>>>) -> Result<Arc<stream::Stream>> {
    Ok(Arc::clone(&shared(stream.map(Into::into), "stream")?.0))
}

/// Registers the module `libvm_stream` in a context: guests read the events of a stage and emit others through it. docs/streams.md
/// describes its functions. It must be registered before a guest that imports it is instantiated.
///
/// @param context the context
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRegisterStreamModule(context: Option<Shared<Context>>, error: Option<&mut *mut Error>) -> Status {
    super::cell::with(context, error, |context| context.register_module(&stream::guest::module()?))
}

/// Creates a stream without source, stages and sinks.
///
/// @param context the context in which its stages run; the stream uses it while it calls them, and only then
/// @param name the name of the stream, UTF-8, without `/`; copied. Plug-ins keep the state of its source and sinks under it, so that it
///        should be the same each time that the program runs
/// @param stream receives the stream; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns it and frees it with VM_StreamDelete. When the context is deleted, runs of the stream fail with VM_STATUS_STALE.
/// @par Threads
/// [one thread per context]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamCreate(
    context: Option<Shared<Context>>,
    name: *const c_char,
    stream: Option<&mut *mut Stream>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let context = shared(context, "context")?;
        let out = required(stream, "stream")?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        hand_out(out, Stream(Arc::new(stream::Stream::new(context, name)?)));
        Ok(())
    })
}

/// Runs a stream on this thread: until its source has ended, VM_StreamStop is called, or so many events of the source are handled. It
/// waits while the source has no event and while a sink is full. The first run opens the sinks and the source.
///
/// When it returns VM_STATUS_OK, everything that a stage has seen is acknowledged by the sinks and committed; VM_StreamGetState tells why
/// it has returned. After a failure the events that are not acknowledged stay in the stream, and the next run continues with the one that
/// failed.
///
/// @param stream the stream
/// @param max_events the number of events; UINT64_MAX for any number
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND (there is no source, or no dead-letter sink although the error policy needs it),
/// VM_STATUS_BUSY (another thread is using the stream or its context), VM_STATUS_REENTRANT (this thread is), VM_STATUS_STALE (the
/// context was deleted, or was reset after a stage was added), VM_STATUS_PLUGIN_OPTION, and what the source, a stage or a sink fails with
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamRun(stream: Option<Shared<Stream>>, max_events: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || self::stream(stream)?.run(max_events, true))
}

/// Runs a stream like VM_StreamRun, but does not wait for its source and its sinks, for hosts with a loop of their own. It waits for a
/// stage that suspends its call.
///
/// @param stream the stream
/// @param max_events the number of events; UINT64_MAX for any number
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_WOULD_BLOCK (the source has no event now, or a sink is full: run it again later), and those of VM_StreamRun
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamPoll(stream: Option<Shared<Stream>>, max_events: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || self::stream(stream)?.run(max_events, false))
}

/// Makes the run of a stream return, or else the next one. The event in a stage is handled to its end; what stages have emitted is
/// written to the sinks, unless one of them is full, and committed. Events that no stage has seen stay in the stream.
///
/// @param stream the stream
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamStop(stream: Option<Shared<Stream>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        self::stream(stream)?.stop();
        Ok(())
    })
}

/// Drops the events that are in a stream, and makes its source continue after a position. Opens the source if no run has done so.
///
/// @param stream the stream
/// @param position of an event of the source; VM_STREAM_COMMITTED for the last one that was committed, VM_STREAM_BEGINNING to begin with
///        the first event that the source has
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the source has no `rewind`), those of opening as for VM_StreamRun, and what the
/// source fails with
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamRewind(stream: Option<Shared<Stream>>, position: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || self::stream(stream)?.rewind(position))
}

/// Returns what a stream is doing.
///
/// @param stream the stream; NULL has no state
/// @return VM_STREAM_IDLE to VM_STREAM_FAILED; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamGetState(stream: Option<&Stream>) -> StreamState {
    guard_value(0, || stream.map_or(0, |stream| stream.0.state()))
}

/// Returns the counters of a stream. While it runs they are updated with each batch.
///
/// @param stream the stream
/// @param statistics initialized with VM_STREAMSTATISTICS_INIT; receives the counters; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size)
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamGetStatistics(
    stream: Option<&Stream>,
    statistics: *mut StreamStatistics,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (counted, reconnects) = required(stream, "stream")?.0.statistics();
        let value = StreamStatistics {
            events_in: counted.events_in,
            bytes_in: counted.bytes_in,
            events_out: counted.events_out,
            bytes_out: counted.bytes_out,
            calls: counted.calls,
            failed: counted.failed,
            skipped: counted.skipped,
            dead_lettered: counted.dead_lettered,
            commits: counted.commits,
            waits: counted.waits,
            reconnects,
            ..STREAMSTATISTICS_INIT
        };
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        unsafe { sized::write(statistics, value, "statistics") }
    })
}

/// Deletes a stream, and closes its source and its sinks. Events that are not committed are the source's to deliver again. If a thread is
/// running the stream, it is stopped, and that thread deletes it.
///
/// @param stream the stream; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamDelete(stream: Option<Box<Stream>>) {
    guard_value((), || {
        stream.inspect(|stream| stream.0.stop());
    });
}
