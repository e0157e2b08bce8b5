//! Metadata of events: keys with values, in an order.
#![forbid(unsafe_code)]

use crate::limits::{MAX_STREAM_FIELDS, MAX_STREAM_METADATA};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;

/// Checks a key and a value of metadata.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT` for an empty key, or a NUL; `STATUS_BAD_UTF8`.
pub fn check_field<'a>(key: &'a [u8], value: &'a [u8]) -> Result<(&'a str, &'a str)> {
    let read = |bytes: &'a [u8], what: &str| {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Error::new(abi::STATUS_BAD_UTF8, format!("{what} is not valid UTF-8: {error}")))?;
        if text.contains('\0') {
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what} contains a NUL")));
        }
        Ok(text)
    };
    let key = read(key, "a key of the metadata of an event")?;
    if key.is_empty() {
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, "a key of the metadata of an event is empty"));
    }
    let value = read(value, &format!("the value of `{}` in the metadata of an event", text::name(key)))?;
    Ok((key, value))
}

/// Metadata that is being put together.
#[derive(Clone, Default)]
pub struct Metadata {
    fields: Vec<(String, String)>,
    bytes: usize,
}

impl Metadata {
    /// Copies fields that were checked.
    pub fn copy<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let fields: Vec<_> = fields.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let bytes = fields.iter().map(|(key, value)| key.len() + value.len()).sum();
        Self { fields, bytes }
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// Those of `check_field`; `STATUS_LIMIT`.
    pub fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let (key, value) = check_field(key, value)?;
        let known = self.fields.iter().position(|(known, _)| known == key);
        let former = known.map_or(0, |index| key.len() + self.fields[index].1.len());
        let bytes = self.bytes - former + key.len() + value.len();
        check_size(self.fields.len() + usize::from(known.is_none()), bytes)?;
        self.bytes = bytes;
        match known {
            Some(index) => value.clone_into(&mut self.fields[index].1),
            None => self.fields.push((key.to_owned(), value.to_owned())),
        }
        Ok(())
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &[u8]) {
        self.fields.retain(|(known, _)| known.as_bytes() != key);
        self.bytes = self.fields.iter().map(|(key, value)| key.len() + value.len()).sum();
    }

    /// Removes all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the fields in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.fields.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Checks the size of the metadata of an event.
///
/// # Errors
/// `STATUS_LIMIT`.
pub fn check_size(fields: usize, bytes: usize) -> Result<()> {
    if fields > MAX_STREAM_FIELDS {
        let message = format!("the metadata of an event has more than {MAX_STREAM_FIELDS} keys");
        return Err(Error::new(abi::STATUS_LIMIT, message));
    }
    if bytes > MAX_STREAM_METADATA {
        let message = format!("the metadata of an event has more than {MAX_STREAM_METADATA} bytes");
        return Err(Error::new(abi::STATUS_LIMIT, message));
    }
    Ok(())
}
