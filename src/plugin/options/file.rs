//! Values of options in a TOML file: a host's configuration, or the options of a package.
#![forbid(unsafe_code)]

use crate::plugin::options::OptionValue;
use crate::plugin::options::given::{Given, GivenOptions};
use crate::status::Result;
use crate::toml_file::{Entry, TomlFile, kind};
use toml::de::DeValue;

/// Returns the values of options, with their positions.
///
/// # Errors
/// That of the file, for a value that no option has.
pub fn read<'a>(file: &TomlFile<'a>, entries: Vec<Entry<'a>>) -> Result<GivenOptions> {
    let given = |entry: Entry<'a>| {
        let given = Given { value: value(file, entry)?, position: Some(file.position(entry.at)) };
        Ok((entry.key.to_owned(), given))
    };
    entries.into_iter().map(given).collect()
}

/// Returns the value of an option. It may be a secret: messages name its type, not the value.
fn value(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<OptionValue> {
    let wrong = |what: &str| file.error(entry.value.span().start, &format!("option `{}` {what}", entry.key));
    Ok(match entry.value.get_ref() {
        DeValue::Boolean(value) => OptionValue::Bool(*value),
        DeValue::Integer(digits) => {
            let value = i64::from_str_radix(digits.as_str(), digits.radix());
            OptionValue::Integer(value.map_err(|_| wrong("is not a 64-bit integer"))?)
        }
        DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
            Ok(value) if value.is_finite() || !digits.as_str().contains(|letter: char| letter.is_ascii_digit()) => {
                OptionValue::Float(value)
            }
            _ => return Err(wrong("is not a 64-bit float")),
        },
        DeValue::String(_) => OptionValue::String(file.text(entry)?.to_owned()),
        DeValue::Array(items) => {
            if let Some(other) = items.iter().find(|item| !matches!(item.get_ref(), DeValue::String(_))) {
                let what = format!("option `{}` must be a list of strings; this item is {}", entry.key, kind(other.get_ref()));
                return Err(file.error(other.span().start, &what));
            }
            OptionValue::List(file.list(entry)?.into_iter().map(|(text, _)| text.to_owned()).collect())
        }
        other => return Err(wrong(&format!("must be a bool, a number, a string or a list of strings; it is {}", kind(other)))),
    })
}
