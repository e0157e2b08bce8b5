//! Sources and sinks of a stream, and their states.

use super::super::error::Error;
use super::super::ffi::{Shared, c_text, required, text};
use super::super::guard::guard;
use super::super::plugin::Plugin;
use super::super::sized::{self, Growing};
use super::{Stream, stream};
use crate::plugin::stream::{Listener, Sink, Source};
use crate::status::Result;
use crate::user_data::UserData;
use libvm_abi::{self as abi, SinkDescriptor, SourceDescriptor, Status, StreamPartState};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// The state of a source or sink of a stream. Initialize it with VM_STREAMPARTREPORT_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StreamPartReport {
    /// `sizeof(VM_StreamPartReport)`.
    pub size: u32,
    /// VM_STREAM_PART_*.
    pub state: StreamPartState,
    /// How often it has established a lost connection again.
    pub reconnects: u64,
    /// The number of events in the queue of a push source.
    pub queued: u64,
    /// Details for people, UTF-8, which end with NUL; longer ones are cut.
    pub text: [c_char; 256],
}

/// Initializes a VM_StreamPartReport.
pub const STREAMPARTREPORT_INIT: StreamPartReport =
    StreamPartReport { size: size_of::<StreamPartReport>() as u32, state: 0, reconnects: 0, queued: 0, text: [0; 256] };

const _: () = assert!(size_of::<StreamPartReport>() == 280);

// SAFETY: its bytes are all fields' (see the assertion), and zero is valid for each.
unsafe impl Growing for StreamPartReport {
    const NAME: &'static str = "VM_StreamPartReport";
    const INIT: &'static str = "VM_STREAMPARTREPORT_INIT";
    const LEAST: usize = 280;
}

/// Is called with `user`, the name of a source or sink, its new state VM_STREAM_PART_*, and details for people, which may be empty. It may
/// be called on any thread, also on several at once, and must not use the stream.
pub type StreamStateCallback =
    unsafe extern "C" fn(user: *mut c_void, part: *const c_char, state: StreamPartState, text: *const c_char);

/// Sets the source of a stream to one of a plug-in. The first run opens it, with an instance of the plug-in of its own (that of a
/// singleton is shared), under the name "source".
///
/// @param stream the stream
/// @param plugin a loaded plug-in; it need not be registered in the context
/// @param source the name of the source, UTF-8
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_ALREADY_EXISTS (the stream has a source),
/// VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamSetSource(
    stream: Option<Shared<Stream>>,
    plugin: Option<&Plugin>,
    source: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (stream, plugin) = (self::stream(stream)?, required(plugin, "plugin")?.share());
        // SAFETY: the caller promises a text that ends with NUL.
        stream.set_source(plugin.find_source(unsafe { text(source, "source")? })?)
    })
}

/// Sets the source of a stream to functions of the host. Its name is "source".
///
/// @param stream the stream
/// @param source the functions, without options; copied
/// @param user passed to `open`, or if that is NULL to the other functions; may be NULL
/// @param free_user called once with `user` when the source is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size, or functions that do not make a source), and those of
/// VM_StreamSetSource
/// @par Ownership
/// The stream owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamSetSourceCallbacks(
    stream: Option<Shared<Stream>>,
    source: *const SourceDescriptor,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let stream = self::stream(stream)?;
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        stream.set_source(unsafe { Source::of_host(source, user)? })
    })
}

/// Adds a sink of a plug-in to a stream. Every sink receives all events. The first run opens it, as for VM_StreamSetSource.
///
/// @param stream the stream
/// @param plugin a loaded plug-in; it need not be registered in the context
/// @param sink the name of the sink, UTF-8
/// @param name the name that it has in the stream, UTF-8, without `/`; copied; NULL for "sink-1", "sink-2" and so on
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_INVALID_ARGUMENT (the name),
/// VM_STATUS_ALREADY_EXISTS (the name is taken), VM_STATUS_LIMIT, VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamAddSink(
    stream: Option<Shared<Stream>>,
    plugin: Option<&Plugin>,
    sink: *const c_char,
    name: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (stream, plugin) = (self::stream(stream)?, required(plugin, "plugin")?.share());
        // SAFETY: the caller promises texts that end with NUL.
        unsafe { stream.add_sink(optional(name)?, plugin.find_sink(text(sink, "sink")?)?) }
    })
}

/// Adds functions of the host as a sink to a stream.
///
/// @param stream the stream
/// @param sink the functions, without options; copied
/// @param name the name that it has in the stream, UTF-8, without `/`; copied; NULL for "sink-1", "sink-2" and so on
/// @param user passed to `open`, or if that is NULL to the other functions; may be NULL
/// @param free_user called once with `user` when the sink is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size, the name, or no `write`), and those of VM_StreamAddSink
/// @par Ownership
/// The stream owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamAddSinkCallbacks(
    stream: Option<Shared<Stream>>,
    sink: *const SinkDescriptor,
    name: *const c_char,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let stream = self::stream(stream)?;
        // SAFETY: the caller promises a text that ends with NUL, and a struct that begins with its size.
        unsafe { stream.add_sink(optional(name)?, Sink::of_host(sink, user)?) }
    })
}

/// Sets the sink of a plug-in to which failed events are written under VM_ERROR_POLICY_DEAD_LETTER. Their metadata has in addition
/// `libvm.failed` (the stage or sink), `libvm.status` and `libvm.reason`. Its name is "dead-letter".
///
/// @param stream the stream
/// @param plugin a loaded plug-in; it need not be registered in the context
/// @param sink the name of the sink, UTF-8
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_ALREADY_EXISTS (the stream has one), VM_STATUS_SEALED
/// (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamSetDeadLetterSink(
    stream: Option<Shared<Stream>>,
    plugin: Option<&Plugin>,
    sink: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (stream, plugin) = (self::stream(stream)?, required(plugin, "plugin")?.share());
        // SAFETY: the caller promises a text that ends with NUL.
        stream.set_dead_letter(plugin.find_sink(unsafe { text(sink, "sink")? })?)
    })
}

/// Sets functions of the host to which failed events are written; see VM_StreamSetDeadLetterSink.
///
/// @param stream the stream
/// @param sink the functions, without options; copied
/// @param user passed to `open`, or if that is NULL to the other functions; may be NULL
/// @param free_user called once with `user` when the sink is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size, or no `write`), and those of VM_StreamSetDeadLetterSink
/// @par Ownership
/// The stream owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamSetDeadLetterSinkCallbacks(
    stream: Option<Shared<Stream>>,
    sink: *const SinkDescriptor,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let stream = self::stream(stream)?;
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        stream.set_dead_letter(unsafe { Sink::of_host(sink, user)? })
    })
}

/// Sets an option of a source or sink of a plug-in, of any type, from a string as in VM_ContextSetPluginOption. Options that the context has
/// for the plug-in hold too; this one takes precedence.
///
/// @param stream the stream
/// @param part the name of the part in the stream, UTF-8: "source", that of a sink, or "dead-letter"
/// @param key the name of the option, of the source or sink or of its plug-in, UTF-8
/// @param value UTF-8; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND (the stream has no such part yet), VM_STATUS_SEALED (the stream was
/// run), VM_STATUS_BUSY, VM_STATUS_REENTRANT; the first run checks key, type and range (VM_STATUS_PLUGIN_OPTION)
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamSetOption(
    stream: Option<Shared<Stream>>,
    part: *const c_char,
    key: *const c_char,
    value: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let stream = self::stream(stream)?;
        // SAFETY: the caller promises texts that end with NUL.
        let (part, key, value) = unsafe { (text(part, "part")?, text(key, "key")?, text(value, "value")?) };
        stream.set_option(part, key, value)
    })
}

/// Sets the callback that is called when the state of a source or sink changes: it has connected, lost its connection, established it
/// again, failed, or was closed.
///
/// @param stream the stream
/// @param callback the callback; NULL for none; replaces an earlier one
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The stream owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamSetStateCallback(
    stream: Option<Shared<Stream>>,
    callback: Option<StreamStateCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let stream = self::stream(stream)?;
        let listener = callback.map(|callback| {
            Arc::new(move |part: &str, report: &crate::plugin::stream::Report| {
                let (part, text) = (c_text(part), c_text(&report.text));
                let user: &UserData = &user;
                // SAFETY: the host passed it with its argument; the strings live until it returns.
                unsafe { callback(user.pointer(), part.as_ptr(), report.state, text.as_ptr()) }
            }) as Listener
        });
        stream.set_listener(listener)
    })
}

/// Returns the state of a source or sink.
///
/// @param stream the stream
/// @param part the name of the part in the stream, UTF-8: "source", that of a sink, or "dead-letter"
/// @param report initialized with VM_STREAMPARTREPORT_INIT; receives the state; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_NOT_FOUND (no such part is open)
/// @par Threads
/// [thread-safe]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamGetPartReport(
    stream: Option<&Stream>,
    part: *const c_char,
    report: *mut StreamPartReport,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let stream = required(stream, "stream")?;
        // SAFETY: the caller promises a text that ends with NUL.
        let found = stream.0.report(unsafe { text(part, "part")? })?;
        let mut value = StreamPartReport {
            state: found.state,
            reconnects: found.reconnects,
            queued: found.queued as u64,
            ..STREAMPARTREPORT_INIT
        };
        let room = value.text.len() - 1;
        let end = (0..=room.min(found.text.len())).rev().find(|end| found.text.is_char_boundary(*end)).unwrap_or(0);
        value.text.iter_mut().zip(found.text[..end].bytes()).for_each(|(to, from)| *to = from as c_char);
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        unsafe { sized::write(report, value, "report") }
    })
}

/// Reads a string that may be NULL.
///
/// # Safety
/// As `text`.
unsafe fn optional<'a>(name: *const c_char) -> Result<Option<&'a str>> {
    // SAFETY: promised by the caller of this function.
    if name.is_null() { Ok(None) } else { unsafe { text(name, "name") }.map(Some) }
}
