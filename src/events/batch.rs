//! Batches of events in one buffer, which is used again without an allocation.
#![forbid(unsafe_code)]

use super::metadata::check_size;
use crate::limits::MAX_STREAM_PAYLOAD;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ops::Range;

/// An event of a batch.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    batch: &'a Batch,
    entry: &'a Entry,
}

/// Where an event is.
struct Entry {
    /// The payload, in the batch's bytes.
    payload: Range<usize>,
    /// The metadata, in the batch's fields.
    fields: Range<usize>,
    timestamp: i64,
    position: u64,
    origin: usize,
}

/// A key with its value, in the batch's bytes, each followed by a NUL.
struct Field {
    key: Range<usize>,
    value: Range<usize>,
}

/// Events in an order.
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    entries: Vec<Entry>,
}

impl Batch {
    /// Creates an empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of events.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the bytes of all events with their metadata.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Appends an event. `position` is the source's own number of it; `metadata` was checked with `check_field`.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`: then it is not appended.
    pub fn push<'a>(
        &mut self,
        payload: &[u8],
        timestamp: i64,
        position: u64,
        metadata: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<()> {
        let (bytes, fields) = (self.bytes.len(), self.fields.len());
        let added = self.add(payload, metadata);
        if added.is_err() {
            self.bytes.truncate(bytes);
            self.fields.truncate(fields);
        }
        added?;
        let (payload, fields, origin) = (bytes..bytes + payload.len(), fields..self.fields.len(), self.entries.len());
        self.entries.push(Entry { payload, fields, timestamp, position, origin });
        Ok(())
    }

    /// Appends a copy of an event of another batch, which has the same origin.
    ///
    /// # Errors
    /// As `push`.
    pub fn forward(&mut self, event: Event<'_>) -> Result<()> {
        self.push(event.payload(), event.timestamp(), event.position(), event.metadata())?;
        self.set_origin(self.len() - 1, event.origin());
        Ok(())
    }

    fn add<'a>(&mut self, payload: &[u8], metadata: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<()> {
        if payload.len() > MAX_STREAM_PAYLOAD {
            let size = payload.len();
            let message = format!("the payload of an event has {size} bytes, and at most {MAX_STREAM_PAYLOAD} are allowed");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        self.append(payload)?;
        let (mut count, mut size) = (0, 0);
        for (key, value) in metadata {
            (count, size) = (count + 1, size + key.len() + value.len());
            check_size(count, size)?;
            let field = Field { key: self.append_text(key)?, value: self.append_text(value)? };
            self.fields.push(field);
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if self.bytes.try_reserve(bytes.len()).is_err() {
            return Err(Error::new(abi::STATUS_OUT_OF_MEMORY, "there is no memory for the events of a stream"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn append_text(&mut self, text: &str) -> Result<Range<usize>> {
        let start = self.bytes.len();
        self.append(text.as_bytes())?;
        self.append(&[0])?;
        Ok(start..self.bytes.len() - 1)
    }

    /// Returns an event.
    #[inline]
    pub fn get(&self, index: usize) -> Event<'_> {
        Event { batch: self, entry: &self.entries[index] }
    }

    /// Returns the events in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Event<'_>> {
        self.entries.iter().map(|entry| Event { batch: self, entry })
    }

    /// Sets which event of the source an event came of; initially its own index.
    #[inline]
    pub fn set_origin(&mut self, index: usize, origin: usize) {
        self.entries[index].origin = origin;
    }

    /// Removes all events from an index on.
    pub fn truncate(&mut self, index: usize) {
        if let Some(first) = self.entries.get(index) {
            self.bytes.truncate(first.payload.start);
            self.fields.truncate(first.fields.start);
            self.entries.truncate(index);
        }
    }

    /// Removes all events; the memory is kept for the next ones, except after unusually large ones.
    pub fn clear(&mut self) {
        const KEPT: usize = 4 << 20;
        self.truncate(0);
        if self.bytes.capacity() > KEPT {
            self.bytes.shrink_to(KEPT);
        }
    }
}

impl<'a> Event<'a> {
    /// Returns its payload.
    #[inline]
    pub fn payload(self) -> &'a [u8] {
        &self.batch.bytes[self.entry.payload.clone()]
    }

    /// Returns its time in nanoseconds since the beginning of 1970, UTC.
    #[inline]
    pub fn timestamp(self) -> i64 {
        self.entry.timestamp
    }

    /// Returns the source's own number of it.
    #[inline]
    pub fn position(self) -> u64 {
        self.entry.position
    }

    /// Returns the index of the source's event that it came of.
    #[inline]
    pub fn origin(self) -> usize {
        self.entry.origin
    }

    /// Returns the keys with their values. A NUL follows each string in memory.
    pub fn metadata(self) -> impl ExactSizeIterator<Item = (&'a str, &'a str)> + Clone {
        let text = |range: &Range<usize>| std::str::from_utf8(&self.batch.bytes[range.clone()]).unwrap_or_default();
        self.batch.fields[self.entry.fields.clone()].iter().map(move |field| (text(&field.key), text(&field.value)))
    }

    /// Returns the value of a key.
    pub fn value(self, key: &[u8]) -> Option<&'a str> {
        self.metadata().find(|(known, _)| known.as_bytes() == key).map(|(_, value)| value)
    }

    /// Returns the strings of the metadata with the NUL that follows each.
    pub fn c_metadata(self) -> impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])> + Clone {
        let text = |range: &Range<usize>| &self.batch.bytes[range.start..=range.end];
        self.batch.fields[self.entry.fields.clone()].iter().map(move |field| (text(&field.key), text(&field.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MAX_STREAM_FIELDS, MAX_STREAM_METADATA};

    #[test]
    fn events_are_kept_in_order() {
        let mut batch = Batch::new();
        batch.push(b"one", 1, 10, [("key", "value"), ("other", "")]).unwrap();
        batch.push(b"", -2, 11, []).unwrap();
        let mut other = Batch::new();
        other.forward(batch.get(1)).unwrap();
        other.forward(batch.get(0)).unwrap();
        let (empty, one) = (other.get(0), other.get(1));
        assert_eq!((empty.payload(), empty.timestamp(), empty.position(), empty.origin()), (&b""[..], -2, 11, 1));
        assert_eq!(
            (one.payload(), one.value(b"key"), one.value(b"other"), one.value(b"no")),
            (&b"one"[..], Some("value"), Some(""), None)
        );
        assert_eq!(one.c_metadata().next().unwrap(), (&b"key\0"[..], &b"value\0"[..]));
        other.truncate(1);
        assert_eq!((other.len(), other.bytes(), batch.len()), (1, 0, 2));
        other.clear();
        assert!(other.is_empty());
    }

    #[test]
    fn what_is_too_large_leaves_nothing() {
        let mut batch = Batch::new();
        batch.push(b"first", 0, 0, []).unwrap();
        let long = "x".repeat(MAX_STREAM_METADATA);
        let keys: Vec<String> = (0..=MAX_STREAM_FIELDS).map(|index| index.to_string()).collect();
        let refused = [
            batch.push(&vec![0; MAX_STREAM_PAYLOAD + 1], 0, 0, []),
            batch.push(b"", 0, 0, [("key", long.as_str())]),
            batch.push(b"", 0, 0, keys.iter().map(|key| (key.as_str(), ""))),
        ];
        for error in refused.map(Result::unwrap_err) {
            assert_eq!(error.status(), abi::STATUS_LIMIT, "{}", error.message());
        }
        assert_eq!((batch.len(), batch.bytes()), (1, 5));
    }
}
