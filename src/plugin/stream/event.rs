//! Events on their way from C into a batch, and from a batch to C.

use crate::events::{Batch, Event, check_field};
use crate::limits::MAX_STREAM_FIELDS;
use crate::plugin::host::text;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, StreamEvent, StreamField};
use std::time::{SystemTime, UNIX_EPOCH};

/// An event without content.
pub const NONE: StreamEvent = StreamEvent {
    size: size_of::<StreamEvent>() as u32,
    reserved: 0,
    payload: abi::Bytes { data: std::ptr::null(), size: 0 },
    timestamp: 0,
    metadata: std::ptr::null(),
    metadata_count: 0,
    position: 0,
};

/// Returns the time in nanoseconds since the beginning of 1970, UTC.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Reads an event that a plug-in or a host passes, up to the smaller of its size and the size that is known here.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT` if it is too small.
///
/// # Safety
/// It begins with its size.
pub unsafe fn read(raw: *const StreamEvent) -> Result<StreamEvent> {
    // SAFETY: promised above.
    let size = unsafe { raw.cast::<u32>().read_unaligned() };
    if (size as usize) < size_of::<StreamEvent>() {
        let (name, least) = ("VM_StreamEvent", size_of::<StreamEvent>());
        let message = format!("the size of the {name} is {size}, and it has at least {least} bytes");
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    // SAFETY: it is as large as that.
    Ok(unsafe { raw.read_unaligned() })
}

/// Appends a copy of an event to a batch.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_BAD_UTF8`, `STATUS_INVALID_ARGUMENT`, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
///
/// # Safety
/// What the event points to can be read.
pub unsafe fn push(batch: &mut Batch, event: &StreamEvent) -> Result<()> {
    let abi::Bytes { data, size } = event.payload;
    let payload = match (data.is_null(), size) {
        (_, 0) => &[],
        (true, _) => return Err(null("payload.data")),
        (false, size) if size > isize::MAX as usize => return Err(Error::new(abi::STATUS_LIMIT, "the payload is too large")),
        // SAFETY: promised above.
        (false, size) => unsafe { std::slice::from_raw_parts(data, size) },
    };
    if event.metadata_count == 0 {
        return batch.push(payload, event.timestamp, event.position, []);
    }
    if event.metadata.is_null() {
        return Err(null("metadata"));
    }
    if event.metadata_count > MAX_STREAM_FIELDS {
        let message = format!("the metadata has {} strings, and at most {MAX_STREAM_FIELDS} are allowed", event.metadata_count);
        return Err(Error::new(abi::STATUS_LIMIT, message));
    }
    // SAFETY: promised above.
    let fields = (0..event.metadata_count).map(|index| unsafe { read_field(event.metadata.add(index).read_unaligned()) });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    batch.push(payload, event.timestamp, event.position, fields)
}

/// # Safety
/// The pointers are NULL or strings.
unsafe fn read_field<'a>(field: StreamField) -> Result<(&'a str, &'a str)> {
    // SAFETY: promised above.
    let (key, value) = unsafe { (text::read(field.key), text::read(field.value)) };
    let bad = |what: &str, why: String| Error::new(abi::STATUS_BAD_UTF8, format!("a {what} in the metadata {why}"));
    let key = key.map_err(|why| bad("key", why))?.ok_or_else(|| null("a key in metadata"))?;
    let value = value.map_err(|why| bad("value", why))?.ok_or_else(|| null("a value in metadata"))?;
    check_field(key.as_bytes(), value.as_bytes())
}

fn null(what: &str) -> Error {
    Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} is NULL"))
}

/// Returns an event as C reads it, whose metadata is put into `fields`; both point to the batch.
pub fn to_c(event: Event<'_>, fields: &mut Vec<StreamField>) -> StreamEvent {
    fields.clear();
    let field = |(key, value): (&[u8], &[u8])| StreamField { key: key.as_ptr().cast(), value: value.as_ptr().cast() };
    fields.extend(event.c_metadata().map(field));
    StreamEvent {
        payload: abi::Bytes { data: event.payload().as_ptr(), size: event.payload().len() },
        timestamp: event.timestamp(),
        metadata: if fields.is_empty() { std::ptr::null() } else { fields.as_ptr() },
        metadata_count: fields.len(),
        position: event.position(),
        ..NONE
    }
}
