//! The options that a plug-in declares.
#![forbid(unsafe_code)]

pub mod file;
pub mod given;

use crate::plugin::flags;
use libvm_abi as abi;

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum OptionType {
    /// true or false
    Bool = abi::OPTION_TYPE_BOOL,
    /// A 64-bit integer.
    Integer = abi::OPTION_TYPE_INTEGER,
    /// A 64-bit float.
    Float = abi::OPTION_TYPE_FLOAT,
    /// A string.
    String = abi::OPTION_TYPE_STRING,
    /// A list of strings.
    List = abi::OPTION_TYPE_LIST,
    /// One of several choices.
    Enum = abi::OPTION_TYPE_ENUM,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionValue {
    /// Of `OptionType::Bool`.
    Bool(bool),
    /// Of `OptionType::Integer`.
    Integer(i64),
    /// Of `OptionType::Float`.
    Float(f64),
    /// Of `OptionType::String` and `OptionType::Enum`.
    String(String),
    /// Of `OptionType::List`.
    List(Vec<String>),
}

/// The range of a numeric option, inclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionRange {
    /// Of `OptionType::Integer`.
    Integer(i64, i64),
    /// Of `OptionType::Float`.
    Float(f64, f64),
}

/// An option.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionInfo {
    /// Its name.
    pub key: String,
    /// Its type.
    pub ty: OptionType,
    /// One line about it; empty if there is none.
    pub description: String,
    /// Whether it has no default and must be set.
    pub required: bool,
    /// Whether it must never be shown or logged.
    pub secret: bool,
    /// Its default value; `None` if it must be set.
    pub default: Option<OptionValue>,
    /// Its range.
    pub range: Option<OptionRange>,
    /// The choices of an enum.
    pub choices: Vec<String>,
}

/// An option of a descriptor, with its strings copied.
pub(in crate::plugin) struct Declared<'a> {
    pub raw: &'a abi::OptionDescriptor,
    pub key: String,
    pub description: Option<String>,
    pub text: Option<String>,
    pub choices: Option<String>,
}

impl OptionInfo {
    /// Checks a declared option; the error is the reason why it is invalid.
    pub(in crate::plugin) fn check(declared: Declared<'_>) -> Result<Self, String> {
        let Declared { raw, key, description, text, choices } = declared;
        let known = abi::OPTION_REQUIRED | abi::OPTION_SECRET | abi::OPTION_RANGED;
        flags::check(raw.flags, known)?;
        if key.is_empty() {
            return Err("its key is empty".to_owned());
        }
        let ty = match raw.kind {
            abi::OPTION_TYPE_BOOL => OptionType::Bool,
            abi::OPTION_TYPE_INTEGER => OptionType::Integer,
            abi::OPTION_TYPE_FLOAT => OptionType::Float,
            abi::OPTION_TYPE_STRING => OptionType::String,
            abi::OPTION_TYPE_LIST => OptionType::List,
            abi::OPTION_TYPE_ENUM => OptionType::Enum,
            other => return Err(format!("its type {other} is not known to this library")),
        };
        let choices: Vec<String> = match (ty, choices) {
            (OptionType::Enum, Some(list)) => list.split(',').map(|choice| choice.trim().to_owned()).collect(),
            (OptionType::Enum, None) => return Err("it is an enum without choices".to_owned()),
            (_, None) => Vec::new(),
            (_, Some(_)) => return Err("it has choices, but is not an enum".to_owned()),
        };
        let range = match ty {
            _ if raw.flags & abi::OPTION_RANGED == 0 => None,
            OptionType::Integer if raw.minimum <= raw.maximum => Some(OptionRange::Integer(raw.minimum, raw.maximum)),
            OptionType::Float if raw.minimum_number <= raw.maximum_number => {
                Some(OptionRange::Float(raw.minimum_number, raw.maximum_number))
            }
            OptionType::Integer | OptionType::Float => return Err("its minimum is above its maximum".to_owned()),
            _ => return Err("it has a range, but is not a number".to_owned()),
        };
        let required = raw.flags & abi::OPTION_REQUIRED != 0;
        let text = text.unwrap_or_default();
        let default = match ty {
            _ if required => None,
            OptionType::Bool if raw.integer == 0 || raw.integer == 1 => Some(OptionValue::Bool(raw.integer == 1)),
            OptionType::Bool => return Err(format!("its default {} is neither 0 nor 1", raw.integer)),
            OptionType::Integer => Some(OptionValue::Integer(raw.integer)),
            OptionType::Float => Some(OptionValue::Float(raw.number)),
            OptionType::String => Some(OptionValue::String(text)),
            OptionType::List => Some(OptionValue::List(text.lines().map(str::to_owned).collect())),
            OptionType::Enum if choices.contains(&text) => Some(OptionValue::String(text)),
            OptionType::Enum => return Err(format!("its default `{text}` is not one of its choices {}", choices.join(", "))),
        };
        let inside = match (&default, range) {
            (Some(OptionValue::Integer(value)), Some(OptionRange::Integer(least, most))) => (least..=most).contains(value),
            (Some(OptionValue::Float(value)), Some(OptionRange::Float(least, most))) => (least..=most).contains(value),
            _ => true,
        };
        if !inside {
            return Err("its default is outside of its range".to_owned());
        }
        let description = description.unwrap_or_default();
        Ok(Self { key, ty, description, required, secret: raw.flags & abi::OPTION_SECRET != 0, default, range, choices })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null;

    fn raw(kind: u32, flags: u32) -> abi::OptionDescriptor {
        abi::OptionDescriptor {
            kind,
            flags,
            key: null(),
            description: null(),
            text: null(),
            choices: null(),
            integer: 7,
            minimum: 1,
            maximum: 6,
            number: 0.5,
            minimum_number: 0.0,
            maximum_number: 1.0,
        }
    }

    fn check(raw: abi::OptionDescriptor, text: Option<&str>, choices: Option<&str>) -> Result<OptionInfo, String> {
        let (text, choices) = (text.map(str::to_owned), choices.map(str::to_owned));
        OptionInfo::check(Declared { raw: &raw, key: "level".to_owned(), description: None, text, choices })
    }

    #[test]
    fn defaults_are_read_by_type() {
        let default = |kind, text, choices| check(raw(kind, 0), text, choices).unwrap().default.unwrap();
        assert_eq!(default(abi::OPTION_TYPE_INTEGER, None, None), OptionValue::Integer(7));
        assert_eq!(default(abi::OPTION_TYPE_FLOAT, None, None), OptionValue::Float(0.5));
        assert_eq!(default(abi::OPTION_TYPE_STRING, None, None), OptionValue::String(String::new()));
        assert_eq!(default(abi::OPTION_TYPE_LIST, Some("a\nb"), None), OptionValue::List(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(default(abi::OPTION_TYPE_ENUM, Some("b"), Some("a, b")), OptionValue::String("b".to_owned()));
        let required = check(raw(abi::OPTION_TYPE_INTEGER, abi::OPTION_REQUIRED | abi::OPTION_RANGED), None, None).unwrap();
        assert_eq!((required.default, required.range), (None, Some(OptionRange::Integer(1, 6))));
    }

    #[test]
    fn nonsense_is_refused() {
        let why = |kind, flags, text, choices| check(raw(kind, flags), text, choices).unwrap_err();
        assert!(check(raw(abi::OPTION_TYPE_INTEGER, 0xffff), None, None).is_ok());
        assert!(why(9, 0, None, None).contains("type 9"));
        assert!(why(abi::OPTION_TYPE_BOOL, 0, None, None).contains("neither 0 nor 1"));
        assert!(why(abi::OPTION_TYPE_STRING, 0x40_0040, None, None).contains("contain 0x400000"));
        assert!(why(abi::OPTION_TYPE_STRING, abi::OPTION_RANGED, None, None).contains("not a number"));
        assert!(why(abi::OPTION_TYPE_INTEGER, abi::OPTION_RANGED, None, None).contains("outside of its range"));
        assert!(why(abi::OPTION_TYPE_ENUM, 0, None, None).contains("without choices"));
        assert!(why(abi::OPTION_TYPE_ENUM, 0, Some("c"), Some("a,b")).contains("`c`"));
        assert!(why(abi::OPTION_TYPE_STRING, 0, None, Some("a")).contains("not an enum"));
        let nan = abi::OptionDescriptor { minimum_number: f64::NAN, ..raw(abi::OPTION_TYPE_FLOAT, abi::OPTION_RANGED) };
        assert!(check(nan, None, None).is_err());
    }
}
