//! Events of streams.

use super::super::error::{Error, Result, Status};
use libvm_abi as abi;
use std::ffi::{CStr, CString};

/// An event of a stream, as a source or a stage makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamEvent {
    /// The content.
    pub payload: Vec<u8>,
    /// Nanoseconds since the beginning of 1970, UTC. 0 stands for the time at which it arrives from a source, and for that of the handled
    /// event in a stage.
    pub timestamp: i64,
    /// Keys with values, which are strings without NUL.
    pub metadata: Vec<(String, String)>,
    /// The source's own number of the event, which is committed. Those that stages emit have that of the handled event.
    pub position: u64,
}

impl StreamEvent {
    /// Creates an event without metadata, with the position 0.
    pub fn new(payload: impl Into<Vec<u8>>) -> Self {
        Self { payload: payload.into(), ..Self::default() }
    }

    /// Sets the position.
    pub fn at(mut self, position: u64) -> Self {
        self.position = position;
        self
    }

    /// Adds a key with a value.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }
}

/// An event of a stream, which a sink or a stage is passed.
#[derive(Clone, Debug)]
pub struct EventRef<'a> {
    payload: &'a [u8],
    timestamp: i64,
    position: u64,
    metadata: Vec<(&'a str, &'a str)>,
}

impl<'a> EventRef<'a> {
    pub(super) fn new(payload: &'a [u8], timestamp: i64, position: u64, metadata: Vec<(&'a str, &'a str)>) -> Self {
        Self { payload, timestamp, position, metadata }
    }

    /// Reads an event that libvm passes to a sink.
    ///
    /// # Safety
    /// The event and what it points to live during `'a`.
    pub(super) unsafe fn of(event: &'a abi::StreamEvent) -> Self {
        // SAFETY: promised above; libvm's own metadata is UTF-8.
        let text = |text| unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default();
        let fields = match event.metadata_count {
            0 => &[],
            // SAFETY: promised above.
            count => unsafe { std::slice::from_raw_parts(event.metadata, count) },
        };
        let payload = match event.payload.size {
            0 => &[],
            // SAFETY: promised above.
            size => unsafe { std::slice::from_raw_parts(event.payload.data, size) },
        };
        let metadata = fields.iter().map(|field| (text(field.key), text(field.value))).collect();
        Self::new(payload, event.timestamp, event.position, metadata)
    }

    /// Returns the content.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Returns the time in nanoseconds since the beginning of 1970, UTC.
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Returns the source's own number of the event.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the keys with their values.
    pub fn metadata(&self) -> &[(&'a str, &'a str)] {
        &self.metadata
    }

    /// Returns the value of a key.
    pub fn value(&self, key: &str) -> Option<&'a str> {
        self.metadata.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    /// Returns a copy, which can be changed and kept.
    pub fn to_event(&self) -> StreamEvent {
        let metadata = self.metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        StreamEvent { payload: self.payload.to_vec(), timestamp: self.timestamp, metadata, position: self.position }
    }
}

/// An event as the ABI has it, with what it points to.
pub(super) struct AbiEvent {
    raw: abi::StreamEvent,
    _payload: Vec<u8>,
    _fields: Vec<abi::StreamField>,
    _texts: Vec<CString>,
}

// SAFETY: the pointers lead to what is owned beside them.
unsafe impl Send for AbiEvent {}

impl AbiEvent {
    pub fn new(event: StreamEvent) -> Result<Self> {
        let mut texts = Vec::with_capacity(2 * event.metadata.len());
        for text in event.metadata.into_iter().flat_map(|(key, value)| [key, value]) {
            let text = CString::new(text).map_err(|error| {
                let text = format!("a string in the metadata of an event contains a NUL at byte {}", error.nul_position());
                Error::with_status(Status::INVALID_ARGUMENT, text)
            });
            texts.push(text?);
        }
        let field = |pair: &[CString]| abi::StreamField { key: pair[0].as_ptr(), value: pair[1].as_ptr() };
        let fields: Vec<_> = texts.chunks_exact(2).map(field).collect();
        let raw = abi::StreamEvent {
            size: size_of::<abi::StreamEvent>() as u32,
            reserved: 0,
            payload: abi::Bytes { data: event.payload.as_ptr(), size: event.payload.len() },
            timestamp: event.timestamp,
            metadata: fields.as_ptr(),
            metadata_count: fields.len(),
            position: event.position,
        };
        Ok(Self { raw, _payload: event.payload, _fields: fields, _texts: texts })
    }

    /// Returns what points to this.
    pub fn raw(&self) -> abi::StreamEvent {
        self.raw
    }
}
