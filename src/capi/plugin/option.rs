//! The options of a plug-in as C sees them.

use crate::capi::ffi::c_text;
use crate::plugin::{OptionInfo, OptionRange, OptionValue};
use std::ffi::{CString, c_char};
use std::ptr;

/// An option of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginOption {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_OPTION_TYPE_*.
    pub r#type: u32,
    /// Its name, UTF-8.
    pub key: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
    /// Its default as a string, UTF-8, a list's items on lines; NULL if it must be given.
    pub default_value: *const c_char,
    /// The choices of an enum, separated by commas; otherwise "".
    pub choices: *const c_char,
    /// The minimum of an integer with a range; otherwise 0.
    pub minimum: i64,
    /// The maximum of an integer with a range; otherwise 0.
    pub maximum: i64,
    /// The minimum of a float with a range; otherwise 0.
    pub minimum_number: f64,
    /// The maximum of a float with a range; otherwise 0.
    pub maximum_number: f64,
    /// Whether its value must never be shown or logged.
    pub is_secret: bool,
    /// Whether it has a range.
    pub is_ranged: bool,
    /// Zero.
    pub reserved: [u8; 6],
}

/// What C is shown of a plug-in's options, and what that points to.
pub(in crate::capi) struct Options {
    pub shown: Vec<PluginOption>,
    _texts: Vec<CString>,
}

impl Options {
    pub fn new(infos: &[OptionInfo]) -> Self {
        let (mut shown, mut texts) = (Vec::new(), Vec::new());
        let mut keep = |text: &str| {
            let text = c_text(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        for info in infos {
            let default = info.default.as_ref().map(|value| match value {
                OptionValue::Bool(value) => value.to_string(),
                OptionValue::Integer(value) => value.to_string(),
                OptionValue::Float(value) => value.to_string(),
                OptionValue::String(text) => text.clone(),
                OptionValue::List(items) => items.join("\n"),
            });
            let (minimum, maximum) = match info.range {
                Some(OptionRange::Integer(least, most)) => (least, most),
                _ => (0, 0),
            };
            let (minimum_number, maximum_number) = match info.range {
                Some(OptionRange::Float(least, most)) => (least, most),
                _ => (0.0, 0.0),
            };
            shown.push(PluginOption {
                size: size_of::<PluginOption>() as u32,
                r#type: info.ty as u32,
                key: keep(&info.key),
                description: keep(&info.description),
                default_value: default.as_deref().map_or(ptr::null(), &mut keep),
                choices: keep(&info.choices.join(",")),
                minimum,
                maximum,
                minimum_number,
                maximum_number,
                is_secret: info.secret,
                is_ranged: info.range.is_some(),
                reserved: [0; 6],
            });
        }
        Self { shown, _texts: texts }
    }
}
