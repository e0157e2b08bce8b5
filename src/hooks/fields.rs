//! The values of an event, by key.
#![forbid(unsafe_code)]

use crate::limits::{MAX_EVENT_KEY, MAX_EVENT_KEYS};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value. What it points to does not move while it is in its event: hooks borrow it.
#[derive(Debug)]
pub enum Field {
    /// A string.
    String(CString),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An integer.
    Integer(i64),
    /// A pointer of the host.
    Pointer(AtomicPtr<c_void>),
}

impl Field {
    /// A string; what cannot be in one of C is left out.
    pub fn text(text: &str) -> Self {
        Self::String(CString::new(text.replace('\0', "")).unwrap_or_default())
    }

    /// A pointer.
    pub fn pointer(pointer: *mut c_void) -> Self {
        Self::Pointer(AtomicPtr::new(pointer))
    }

    /// Returns its type.
    pub fn kind(&self) -> abi::EventType {
        match self {
            Self::String(_) => abi::EVENT_TYPE_STRING,
            Self::Bytes(_) => abi::EVENT_TYPE_BYTES,
            Self::Integer(_) => abi::EVENT_TYPE_INTEGER,
            Self::Pointer(_) => abi::EVENT_TYPE_POINTER,
        }
    }
}

impl Clone for Field {
    fn clone(&self) -> Self {
        match self {
            Self::String(text) => Self::String(text.clone()),
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::Integer(number) => Self::Integer(*number),
            Self::Pointer(pointer) => Self::pointer(pointer.load(Ordering::Relaxed)),
        }
    }
}

/// The name of a type in messages.
fn name_of(kind: abi::EventType) -> &'static str {
    match kind {
        abi::EVENT_TYPE_STRING => "a string",
        abi::EVENT_TYPE_BYTES => "bytes",
        abi::EVENT_TYPE_INTEGER => "an integer",
        _ => "a pointer",
    }
}

/// The values of an event.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<CString, Field>);

fn readable(key: &CStr) -> Result<&str> {
    key.to_str().map_err(|_| {
        let message = format!("the key \"{}\" is not valid UTF-8", text::name(&key.to_string_lossy()));
        Error::new(abi::STATUS_BAD_UTF8, message)
    })
}

fn missing(key: &str) -> Error {
    Error::new(abi::STATUS_NOT_FOUND, format!("the event has no key `{}`", text::name(key)))
}

impl Fields {
    /// Returns a value of any type.
    ///
    /// # Errors
    /// `STATUS_BAD_UTF8`, `STATUS_NOT_FOUND`.
    pub fn get(&self, key: &CStr) -> Result<&Field> {
        let readable = readable(key)?;
        self.0.get(key).ok_or_else(|| missing(readable))
    }

    /// Returns what `part` returns of a value, which is of type `expected`.
    ///
    /// # Errors
    /// Those of `get`; `STATUS_WRONG_TYPE`.
    pub fn get_as<'a, T>(&'a self, key: &CStr, expected: abi::EventType, part: impl FnOnce(&'a Field) -> Option<T>) -> Result<T> {
        let field = self.get(key)?;
        part(field).ok_or_else(|| {
            let key = text::name(&key.to_string_lossy()).into_owned();
            let message = format!("`{key}` of the event is {}, not {}", name_of(field.kind()), name_of(expected));
            Error::new(abi::STATUS_WRONG_TYPE, message)
        })
    }

    /// Sets a value.
    ///
    /// # Errors
    /// `STATUS_BAD_UTF8`, `STATUS_INVALID_ARGUMENT`, `STATUS_LIMIT`.
    pub fn set(&mut self, key: &CStr, field: Field) -> Result<()> {
        let length = readable(key)?.len();
        if !(1..=MAX_EVENT_KEY).contains(&length) {
            let message = format!("a key of an event has 1 to {MAX_EVENT_KEY} bytes, and this one has {length}");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        if let Some(known) = self.0.get_mut(key) {
            *known = field;
            return Ok(());
        }
        if self.0.len() >= MAX_EVENT_KEYS {
            let message = format!("the event has {MAX_EVENT_KEYS} keys, the most that are possible; remove some");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        self.0.insert(key.to_owned(), field);
        Ok(())
    }

    /// Removes a value.
    ///
    /// # Errors
    /// Those of `get`.
    pub fn remove(&mut self, key: &CStr) -> Result<()> {
        let readable = readable(key)?;
        self.0.remove(key).map(drop).ok_or_else(|| missing(readable))
    }

    /// Returns the key at an index.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`.
    pub fn key(&self, index: usize) -> Result<&CStr> {
        let found = self.0.keys().nth(index).map(CString::as_c_str);
        found.ok_or_else(|| crate::status::no_index("the event", index, self.0.len(), "key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_types() {
        let mut fields = Fields::default();
        let integer = |field: &Field| if let Field::Integer(value) = field { Some(*value) } else { None };
        fields.set(c"a", Field::text("x")).unwrap();
        let error = fields.get_as(c"a", abi::EVENT_TYPE_INTEGER, integer).unwrap_err();
        assert_eq!(error.message(), "`a` of the event is a string, not an integer");
        fields.set(c"a", Field::Integer(3)).unwrap();
        assert_eq!(fields.get_as(c"a", abi::EVENT_TYPE_INTEGER, integer).unwrap(), 3);
        assert_eq!(fields.get(c"b").unwrap_err().message(), "the event has no key `b`");
        assert_eq!(fields.key(0).unwrap(), c"a");
        fields.remove(c"a").unwrap();
        assert_eq!(fields.key(0).unwrap_err().status(), abi::STATUS_NOT_FOUND);
    }

    #[test]
    fn keys_are_limited() {
        let mut fields = Fields::default();
        assert_eq!(fields.set(c"", Field::Integer(0)).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
        let long = CString::new("k".repeat(MAX_EVENT_KEY + 1)).unwrap();
        assert_eq!(fields.set(&long, Field::Integer(0)).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
        assert_eq!(fields.set(c"\xff", Field::Integer(0)).unwrap_err().status(), abi::STATUS_BAD_UTF8);
        for index in 0..MAX_EVENT_KEYS {
            fields.set(&CString::new(index.to_string()).unwrap(), Field::Integer(0)).unwrap();
        }
        assert_eq!(fields.set(c"more", Field::Integer(0)).unwrap_err().status(), abi::STATUS_LIMIT);
        fields.set(c"7", Field::Integer(1)).unwrap();
    }
}
