//! The values of a plug-in's options: set by the host as strings or typed values, checked against the plug-in's declarations.
#![forbid(unsafe_code)]

use crate::plugin::options::{OptionInfo, OptionRange, OptionType, OptionValue};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// The values that the host sets, by key.
pub type GivenOptions = BTreeMap<String, Given>;

/// A value that the host sets; a string stands for a value of any type.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The value.
    pub value: OptionValue,
    /// The position in the host's configuration, as in `/etc/app.toml:7:1`; `None` if the program sets it.
    pub position: Option<Arc<str>>,
}

impl From<OptionValue> for Given {
    fn from(value: OptionValue) -> Self {
        Self { value, position: None }
    }
}

impl Given {
    /// Adds the position to a message about the value.
    fn at_position(&self, message: String) -> String {
        self.position.as_ref().map_or_else(|| message.clone(), |position| format!("{position}: {message}"))
    }
}

/// Checks the given values, and fills in defaults. `plugin` is for messages.
///
/// # Errors
/// `STATUS_PLUGIN_OPTION`, naming the option and what was expected.
pub fn resolve(plugin: &str, infos: &[OptionInfo], given: &GivenOptions) -> Result<BTreeMap<String, OptionValue>> {
    let bad = |message: String| Error::new(abi::STATUS_PLUGIN_OPTION, message).of_plugin(plugin);
    let keys: HashSet<&str> = infos.iter().map(|info| &*info.key).collect();
    if let Some((unknown, given)) = given.iter().find(|(key, _)| !keys.contains(&***key)) {
        let known = infos.iter().map(|info| format!("`{}`", info.key)).collect::<Vec<_>>().join(", ");
        let has = if known.is_empty() { "it has none".to_owned() } else { format!("it has {known}") };
        return Err(bad(given.at_position(format!("plug-in `{plugin}` has no option `{}`; {has}", text::name(unknown)))));
    }
    let mut resolved = BTreeMap::new();
    for info in infos {
        let value = match (given.get(&info.key), &info.default) {
            (Some(given), _) => convert(info, &given.value)
                .and_then(|value| check_range(info, value))
                .map_err(|why| bad(given.at_position(format!("option `{}` of plug-in `{plugin}` {why}", info.key))))?,
            (None, Some(default)) => default.clone(),
            (None, None) => {
                let what = format!("option `{}` of plug-in `{plugin}` is required and is not set", info.key);
                return Err(bad(format!("{what}; it is {}", expected(info))));
            }
        };
        resolved.insert(info.key.clone(), value);
    }
    Ok(resolved)
}

/// Formats the valid values of an option for messages.
fn expected(info: &OptionInfo) -> String {
    match (info.ty, info.range) {
        (OptionType::Bool, _) => "true or false".to_owned(),
        (OptionType::Integer, Some(OptionRange::Integer(least, most))) => format!("an integer from {least} to {most}"),
        (OptionType::Integer, _) => "an integer".to_owned(),
        (OptionType::Float, Some(OptionRange::Float(least, most))) => format!("a number from {least} to {most}"),
        (OptionType::Float, _) => "a number".to_owned(),
        (OptionType::String, _) => "a string".to_owned(),
        (OptionType::List, _) => "a list of strings".to_owned(),
        (OptionType::Enum, _) => format!("one of {}", info.choices.join(", ")),
    }
}

fn convert(info: &OptionInfo, value: &OptionValue) -> Result<OptionValue, String> {
    let shown = |value: &OptionValue| if info.secret { "a secret of another type".to_owned() } else { show(value) };
    let wrong = || format!("must be {}; it is {}", expected(info), shown(value));
    let no_nul = |text: &str| if text.contains('\0') { Err("contains a NUL character".to_owned()) } else { Ok(text.to_owned()) };
    Ok(match (info.ty, value) {
        (OptionType::Bool, OptionValue::Bool(value)) => OptionValue::Bool(*value),
        (OptionType::Bool, OptionValue::String(text)) => OptionValue::Bool(text.parse().map_err(|_| wrong())?),
        (OptionType::Integer, OptionValue::Integer(value)) => OptionValue::Integer(*value),
        (OptionType::Integer, OptionValue::String(text)) => OptionValue::Integer(text.parse().map_err(|_| wrong())?),
        (OptionType::Float, OptionValue::Float(value)) => OptionValue::Float(*value),
        (OptionType::Float, OptionValue::Integer(value)) => OptionValue::Float(*value as f64),
        (OptionType::Float, OptionValue::String(text)) => OptionValue::Float(text.parse().map_err(|_| wrong())?),
        (OptionType::String, OptionValue::String(text)) => OptionValue::String(no_nul(text)?),
        (OptionType::Enum, OptionValue::String(text)) if info.choices.contains(text) => OptionValue::String(text.clone()),
        (OptionType::List, OptionValue::List(items)) => {
            OptionValue::List(items.iter().map(|item| no_nul(item)).collect::<Result<_, _>>()?)
        }
        (OptionType::List, OptionValue::String(text)) => OptionValue::List(text.lines().map(no_nul).collect::<Result<_, _>>()?),
        _ => return Err(wrong()),
    })
}

fn check_range(info: &OptionInfo, value: OptionValue) -> Result<OptionValue, String> {
    let inside = match (&value, info.range) {
        (OptionValue::Integer(value), Some(OptionRange::Integer(least, most))) => (least..=most).contains(value),
        (OptionValue::Float(value), Some(OptionRange::Float(least, most))) => (least..=most).contains(value),
        _ => true,
    };
    let shown = if info.secret { "a different value".to_owned() } else { show(&value) };
    if inside { Ok(value) } else { Err(format!("must be {}; it is {shown}", expected(info))) }
}

/// Formats a value for messages.
fn show(value: &OptionValue) -> String {
    match value {
        OptionValue::Bool(value) => value.to_string(),
        OptionValue::Integer(value) => value.to_string(),
        OptionValue::Float(value) => value.to_string(),
        OptionValue::String(text) => format!("\"{}\"", text::name(text)),
        OptionValue::List(items) => format!("a list of {}", items.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(key: &str, ty: OptionType) -> OptionInfo {
        let (description, choices) = (String::new(), vec!["low".to_owned(), "high".to_owned()]);
        OptionInfo { key: key.to_owned(), ty, description, required: true, secret: false, default: None, range: None, choices }
    }

    fn text(text: &str) -> OptionValue {
        OptionValue::String(text.to_owned())
    }

    #[test]
    fn texts_stand_for_every_type() {
        let cases = [
            (OptionType::Bool, "true", OptionValue::Bool(true)),
            (OptionType::Integer, "-7", OptionValue::Integer(-7)),
            (OptionType::Float, "0.5", OptionValue::Float(0.5)),
            (OptionType::String, "7", text("7")),
            (OptionType::Enum, "low", text("low")),
            (OptionType::List, "a\nb", OptionValue::List(vec!["a".to_owned(), "b".to_owned()])),
        ];
        for (ty, given, expected) in cases {
            let resolved = resolve("p", &[info("k", ty)], &[("k".to_owned(), text(given).into())].into()).unwrap();
            assert_eq!(resolved["k"], expected);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_expected() {
        let ranged = OptionInfo { range: Some(OptionRange::Integer(1, 6)), ..info("k", OptionType::Integer) };
        let why = |info: &OptionInfo, value: OptionValue| {
            let error = resolve("p", std::slice::from_ref(info), &[("k".to_owned(), value.into())].into()).unwrap_err();
            assert_eq!((error.status(), error.plugin()), (abi::STATUS_PLUGIN_OPTION, Some("p")));
            error.message().to_owned()
        };
        let start = "option `k` of plug-in `p` must be";
        assert_eq!(why(&ranged, OptionValue::Integer(7)), format!("{start} an integer from 1 to 6; it is 7"));
        assert_eq!(why(&ranged, text("six")), format!("{start} an integer from 1 to 6; it is \"six\""));
        assert_eq!(why(&info("k", OptionType::Enum), text("mid")), format!("{start} one of low, high; it is \"mid\""));
        assert_eq!(why(&info("k", OptionType::Bool), text("yes")), format!("{start} true or false; it is \"yes\""));
        let secret = OptionInfo { secret: true, ..info("k", OptionType::Bool) };
        assert!(!why(&secret, text("hunter2")).contains("hunter2"));
        let secret = OptionInfo { secret: true, ..ranged.clone() };
        assert_eq!(why(&secret, text("7")), format!("{start} an integer from 1 to 6; it is a different value"));
        let missing = resolve("p", &[ranged], &GivenOptions::new()).unwrap_err();
        assert_eq!(missing.message(), "option `k` of plug-in `p` is required and is not set; it is an integer from 1 to 6");
        let unknown = resolve("p", &[info("k", OptionType::Bool)], &[("x".to_owned(), text("").into())].into()).unwrap_err();
        assert_eq!(unknown.message(), "plug-in `p` has no option `x`; it has `k`");
    }
}
