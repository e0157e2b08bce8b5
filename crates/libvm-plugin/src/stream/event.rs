//! Events of streams.
use crate::error::c_string;
use libvm_abi as abi;
use std::borrow::Cow;
use std::ffi::{CStr, CString};

/// An event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamEvent<'a> {
    /// The content.
    pub payload: Cow<'a, [u8]>,
    /// Nanoseconds since the beginning of 1970, UTC; 0 from a source: the time of its arrival.
    pub timestamp: i64,
    /// Strings by key, UTF-8 without NUL.
    pub metadata: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The source's own number of the event, for its `commit` and `rewind`.
    pub position: u64,
}

impl<'a> StreamEvent<'a> {
    /// Creates an event with a content: `&[u8]`, `Vec<u8>`.
    pub fn new(payload: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { payload: payload.into(), ..Self::default() }
    }

    /// Sets the source's own number of the event.
    #[must_use]
    pub fn at(self, position: u64) -> Self {
        Self { position, ..self }
    }

    /// Sets the time, in nanoseconds since the beginning of 1970, UTC.
    #[must_use]
    pub fn timestamp(self, timestamp: i64) -> Self {
        Self { timestamp, ..self }
    }

    /// Adds a string.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// # Safety
    /// What the event points to is valid as long as this one.
    pub(super) unsafe fn of_host(event: &abi::StreamEvent) -> Self {
        let abi::Bytes { data, size } = event.payload;
        // SAFETY: promised by the caller.
        let text = |text| unsafe { CStr::from_ptr::<'a>(text) }.to_string_lossy();
        let field = |index| {
            // SAFETY: as above.
            let field = unsafe { &*event.metadata.add(index) };
            (text(field.key), text(field.value))
        };
        Self {
            // SAFETY: as above.
            payload: Cow::Borrowed(if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, size) } }),
            timestamp: event.timestamp,
            metadata: (0..event.metadata_count).map(field).collect(),
            position: event.position,
        }
    }
}

/// What an event of the ABI points to, unless the event borrows its content.
#[derive(Default)]
pub(super) struct Held {
    payload: Vec<u8>,
    _texts: Vec<CString>,
    fields: Vec<abi::StreamField>,
}

impl Held {
    /// Returns an event of the ABI, which is valid until this is dropped or used again, and as long as what the event borrows.
    pub fn make(&mut self, event: StreamEvent<'_>) -> abi::StreamEvent {
        let mut made = abi::StreamEvent {
            size: size_of::<abi::StreamEvent>() as u32,
            reserved: 0,
            payload: abi::Bytes { data: std::ptr::null(), size: 0 },
            timestamp: 0,
            metadata: std::ptr::null(),
            metadata_count: 0,
            position: 0,
        };
        self.fill(event, &mut made);
        made
    }

    /// Fills in the fields of an event of the ABI, without its size; it is valid as that of [`Held::make`].
    pub fn fill(&mut self, event: StreamEvent<'_>, made: &mut abi::StreamEvent) {
        let texts: Vec<_> = event.metadata.iter().flat_map(|(key, value)| [c_string(key), c_string(value)]).collect();
        let field = |pair: &[CString]| abi::StreamField { key: pair[0].as_ptr(), value: pair[1].as_ptr() };
        self.fields = texts.chunks_exact(2).map(field).collect();
        self._texts = texts;
        made.payload = match event.payload {
            Cow::Borrowed(bytes) => abi::Bytes { data: bytes.as_ptr(), size: bytes.len() },
            Cow::Owned(bytes) => {
                self.payload = bytes;
                abi::Bytes { data: self.payload.as_ptr(), size: self.payload.len() }
            }
        };
        made.timestamp = event.timestamp;
        made.metadata = if self.fields.is_empty() { std::ptr::null() } else { self.fields.as_ptr() };
        made.metadata_count = self.fields.len();
        made.position = event.position;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_pass_through_the_abi() {
        let mut held = Held::default();
        for payload in [Cow::Borrowed(&b"abc"[..]), Cow::Owned(vec![1, 2]), Cow::Borrowed(&[][..])] {
            let event = StreamEvent::new(payload).at(7).timestamp(-1).with("key", "value").with("other", "");
            let raw = held.make(event.clone());
            // SAFETY: it is held.
            assert_eq!(unsafe { StreamEvent::of_host(&raw) }, event);
        }
        assert!(held.make(StreamEvent::default()).metadata.is_null());
    }
}
