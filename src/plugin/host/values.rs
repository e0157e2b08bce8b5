//! The option values of an instance, as C reads them.

use crate::plugin::options::OptionValue;
use std::collections::BTreeMap;
use std::ffi::{CString, c_char};

/// The option values of an instance as C reads them.
#[derive(Default)]
pub struct Options(BTreeMap<String, Value>);

/// The value of one option.
pub enum Value {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(CString),
    List(List),
}

impl Value {
    /// Its type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
        }
    }
}

/// Strings, and the pointers to them for C.
pub struct List {
    _texts: Vec<CString>,
    /// One pointer for each string.
    pub pointers: Vec<*const c_char>,
}

// SAFETY: the pointers point to the strings beside them, which are never written.
unsafe impl Send for List {}
// SAFETY: as above.
unsafe impl Sync for List {}

impl Options {
    /// Creates the values, which have been checked.
    pub fn new(values: BTreeMap<String, OptionValue>) -> Self {
        let c_text = |text: String| CString::new(text).unwrap_or_default();
        let convert = |value| match value {
            OptionValue::Bool(value) => Value::Bool(value),
            OptionValue::Integer(value) => Value::Integer(value),
            OptionValue::Float(value) => Value::Float(value),
            OptionValue::String(value) => Value::Text(c_text(value)),
            OptionValue::List(items) => {
                let texts: Vec<_> = items.into_iter().map(c_text).collect();
                let pointers = texts.iter().map(|text| text.as_ptr()).collect();
                Value::List(List { _texts: texts, pointers })
            }
        };
        Self(values.into_iter().map(|(key, value)| (key, convert(value))).collect())
    }

    /// Returns the value of an option.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}
