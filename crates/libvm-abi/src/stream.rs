//! Sources and sinks of streams: `libvm.stream/1`.
use crate::{Bytes, OptionDescriptor, PluginHost, PluginInstance, Status, Table};
use core::ffi::{c_char, c_void};

/// A string that describes an event.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StreamField {
    /// UTF-8, not null.
    pub key: *const c_char,
    /// UTF-8, not null.
    pub value: *const c_char,
}

/// An event.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StreamEvent {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// The content.
    pub payload: Bytes,
    /// Nanoseconds since the beginning of 1970, UTC; 0 from a source: the time of its arrival.
    pub timestamp: i64,
    /// Strings by key.
    pub metadata: *const StreamField,
    /// Number of strings.
    pub metadata_count: usize,
    /// The source's own number of the event.
    pub position: u64,
}

/// For `rewind`: the event after the last position that was committed.
pub const STREAM_COMMITTED: u64 = u64::MAX;
/// For `rewind`: the first event that the source still has.
pub const STREAM_BEGINNING: u64 = u64::MAX - 1;

/// The state of an opened source or sink.
pub type StreamPartState = u32;
/// It has set no state.
pub const STREAM_PART_OPENED: StreamPartState = 0;
/// It is establishing its connection.
pub const STREAM_PART_CONNECTING: StreamPartState = 1;
/// It works.
pub const STREAM_PART_CONNECTED: StreamPartState = 2;
/// It has lost its connection.
pub const STREAM_PART_DISCONNECTED: StreamPartState = 3;
/// One of its functions failed.
pub const STREAM_PART_FAILED: StreamPartState = 4;
/// It was closed.
pub const STREAM_PART_CLOSED: StreamPartState = 5;

/// Of `emit`: waits while the queue is full.
pub const EMIT_WAIT: u32 = 1;

/// The stream as one opened source or sink sees it.
#[repr(C)]
#[derive(Debug)]
pub struct StreamPart {
    /// The functions of the part.
    pub table: *const StreamPartTable,
    /// The plug-in's host; null for a source or sink of a host.
    pub host: *const PluginHost,
    /// The presence of this opening; null for a source or sink of a host.
    pub myself: *mut PluginInstance,
    /// The name of the stream.
    pub stream: *const c_char,
    /// The name of the part in the stream.
    pub name: *const c_char,
    /// Null.
    pub reserved: *mut c_void,
    /// The number of the opening.
    pub id: u64,
}

/// The functions of a part.
#[repr(C)]
#[derive(Debug)]
pub struct StreamPartTable {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// `VM_StreamPartEmit`
    pub emit: unsafe extern "C" fn(*const StreamPart, *const StreamEvent, u32) -> Status,
    /// `VM_StreamPartEnd`
    pub end: unsafe extern "C" fn(*const StreamPart, Status, *const c_char) -> Status,
    /// `VM_StreamPartNotify`
    pub notify: unsafe extern "C" fn(*const StreamPart) -> Status,
    /// `VM_StreamPartSetState`
    pub set_state: unsafe extern "C" fn(*const StreamPart, StreamPartState, *const c_char) -> Status,
    /// `VM_StreamPartReportReconnect`
    pub report_reconnect: unsafe extern "C" fn(*const StreamPart, *const c_char) -> Status,
    /// `VM_StreamPartFail`
    pub fail: unsafe extern "C" fn(*const StreamPart, Status, *const c_char) -> Status,
}

/// Opens a source or a sink: instance or user, part, receives the opened one.
pub type StreamOpen = unsafe extern "C" fn(*mut c_void, *const StreamPart, *mut *mut c_void) -> Status;
/// Calls a function of an opened source or sink that has no parameters.
pub type StreamDo = unsafe extern "C" fn(*mut c_void) -> Status;
/// Fills in the next event.
pub type SourcePull = unsafe extern "C" fn(*mut c_void, *mut StreamEvent) -> Status;
/// `commit` or `rewind` of a source, with a position.
pub type SourceMove = unsafe extern "C" fn(*mut c_void, u64) -> Status;
/// Takes an event.
pub type SinkWrite = unsafe extern "C" fn(*mut c_void, *const StreamEvent) -> Status;

/// Of a source: it comes to an end.
pub const SOURCE_BOUNDED: u32 = 1;

/// A source.
#[repr(C)]
#[derive(Debug)]
pub struct SourceDescriptor {
    /// Size of this struct in bytes.
    pub size: u32,
    /// `SOURCE_*`
    pub flags: u32,
    /// Its name.
    pub name: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
    /// Its options, in addition to the plug-in's.
    pub options: Table<OptionDescriptor>,
    /// Opens it.
    pub open: Option<StreamOpen>,
    /// Closes it.
    pub close: Option<crate::Free>,
    /// Returns the next event.
    pub pull: Option<SourcePull>,
    /// Starts a push source.
    pub start: Option<StreamDo>,
    /// Stops a push source.
    pub stop: Option<crate::Free>,
    /// Acknowledges all events up to and including a position.
    pub commit: Option<SourceMove>,
    /// Continues after a position.
    pub rewind: Option<SourceMove>,
}

/// A sink.
#[repr(C)]
#[derive(Debug)]
pub struct SinkDescriptor {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub flags: u32,
    /// Its name.
    pub name: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
    /// Its options, in addition to the plug-in's.
    pub options: Table<OptionDescriptor>,
    /// Opens it.
    pub open: Option<StreamOpen>,
    /// Closes it.
    pub close: Option<crate::Free>,
    /// Takes an event.
    pub write: Option<SinkWrite>,
    /// Acknowledges everything that was written.
    pub flush: Option<StreamDo>,
}

/// The id of the extension of plug-ins with sources and sinks.
pub const STREAM_EXTENSION: &str = "libvm.stream/1";

/// The extension of plug-ins with sources and sinks.
#[repr(C)]
#[derive(Debug)]
pub struct StreamExtension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// The sources.
    pub sources: Table<SourceDescriptor>,
    /// The sinks.
    pub sinks: Table<SinkDescriptor>,
}

const _: () = {
    use core::mem::offset_of;
    let pointer = size_of::<*const ()>();
    assert!(size_of::<StreamField>() == 2 * pointer);
    assert!(size_of::<StreamEvent>() == 24 + 4 * pointer);
    assert!(offset_of!(StreamEvent, position) == 16 + 4 * pointer);
    assert!(size_of::<StreamPart>() == 8 + 6 * pointer);
    assert!(offset_of!(StreamPart, id) == 6 * pointer);
    assert!(size_of::<StreamPartTable>() == 8 + 6 * pointer);
    assert!(size_of::<SourceDescriptor>() == 16 + 10 * pointer);
    assert!(offset_of!(SourceDescriptor, open) == 16 + 3 * pointer);
    assert!(size_of::<SinkDescriptor>() == 16 + 7 * pointer);
    assert!(offset_of!(SinkDescriptor, open) == 16 + 3 * pointer);
    assert!(size_of::<StreamExtension>() == 24 + 2 * pointer);
};
