//! The text of a configuration: its values by type, and errors with line and column.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ops::RangeInclusive;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// A key of a table with its value.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub key: &'a str,
    /// Where the key stands.
    pub at: usize,
    pub value: &'a Value<'a>,
}

/// The text of a configuration.
pub(super) struct Source<'a> {
    text: &'a str,
    name: &'a str,
}

impl<'a> Source<'a> {
    /// Takes bytes, which are of the file `name`, as text.
    pub fn new(bytes: &'a [u8], name: &'a str) -> Result<Self> {
        // Some editors begin a file with a mark that is no part of the text.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let whole = std::str::from_utf8(bytes);
        let valid = whole.as_ref().map_or_else(|error| error.valid_up_to(), |text| text.len());
        let (bad, what) = match bytes[..valid].iter().position(|byte| *byte == 0) {
            Some(nul) => (nul, "a NUL, which is no text"),
            None => (valid, "not UTF-8 from here on; convert the file"),
        };
        let text = std::str::from_utf8(&bytes[..bad]).unwrap_or_default();
        let made = Self { text, name };
        if bad < bytes.len() { Err(made.error(bad, what)) } else { Ok(made) }
    }

    /// Reads it as TOML.
    pub fn parse(&self) -> Result<DeTable<'a>> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let span = error.span();
            let part = span.clone().and_then(|span| self.text.get(span)).filter(|part| (1..40).contains(&part.trim().len()));
            let what = match part {
                Some(part) => format!("not TOML: {}: `{}`", error.message(), part.trim()),
                None => format!("not TOML: {}", error.message()),
            };
            match span {
                Some(span) => self.error(span.start, &what),
                None => Error::new(abi::STATUS_BAD_CONFIG, format!("{}: {what}: too many dots in a key", self.name)),
            }
        })
    }

    /// How messages name a place: file, line and column, from 1; a column is a character.
    pub fn place(&self, at: usize) -> Arc<str> {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.name).into()
    }

    /// An error at a place.
    pub fn error(&self, at: usize, what: &str) -> Error {
        Error::new(abi::STATUS_BAD_CONFIG, format!("{}: {what}", self.place(at)))
    }

    /// The error of a value that is not what the key may have.
    pub fn wrong(&self, entry: Entry<'_>, expected: &str) -> Error {
        let what = format!("`{}` must be {expected}; it is {}", entry.key, show(entry.value.get_ref()));
        self.error(entry.value.span().start, &what)
    }

    /// The error of a key that a table cannot have.
    pub fn unknown(&self, entry: Entry<'_>, table: &str, known: &[&str]) -> Error {
        let similar = known.iter().find(|known| is_similar(known, entry.key));
        let hint = match similar {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("there are {}", known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")),
        };
        self.error(entry.at, &format!("there is no key `{}` {table}; {hint}", entry.key))
    }

    /// The value as a table's entries.
    pub fn table(&self, entry: Entry<'a>) -> Result<Vec<Entry<'a>>> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Ok(entries(table)),
            _ => Err(self.wrong(entry, "a table")),
        }
    }

    /// The value as a text.
    pub fn text(&self, entry: Entry<'a>) -> Result<&'a str> {
        match entry.value.get_ref() {
            DeValue::String(text) => self.checked(text, entry),
            _ => Err(self.wrong(entry, "a text")),
        }
    }

    /// A text without a NUL, which a C program cannot have in one.
    fn checked(&self, text: &'a str, entry: Entry<'_>) -> Result<&'a str> {
        match text.contains('\0') {
            true => Err(self.error(entry.value.span().start, &format!("`{}` has a NUL inside; leave it out", entry.key))),
            false => Ok(text),
        }
    }

    /// The value as a list of texts, each with where it stands.
    pub fn list(&self, entry: Entry<'a>) -> Result<Vec<(&'a str, usize)>> {
        let DeValue::Array(items) = entry.value.get_ref() else { return Err(self.wrong(entry, "a list of texts")) };
        let item = |value: &'a Value<'a>| match value.get_ref() {
            DeValue::String(text) => Ok((self.checked(text, Entry { value, ..entry })?, value.span().start)),
            other => {
                let what = format!("`{}` must be a list of texts; this item is {}", entry.key, show(other));
                Err(self.error(value.span().start, &what))
            }
        };
        items.iter().map(item).collect()
    }

    /// The value as an integer in a range.
    pub fn integer(&self, entry: Entry<'a>, range: RangeInclusive<u64>) -> Result<u64> {
        let found = match entry.value.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        found.filter(|found| range.contains(found)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            self.wrong(entry, &format!("an integer from {least} to {most}"))
        })
    }
}

/// The entries of a table in the order of the file.
pub(super) fn entries<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let entry = |(key, value): (&'a Spanned<_>, &'a Value<'a>)| Entry { key: name(key), at: key.span().start, value };
    let mut entries: Vec<Entry<'a>> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn name<'a>(key: &'a Spanned<std::borrow::Cow<'a, str>>) -> &'a str {
    key.get_ref()
}

/// A value as a person reads it.
fn show(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
        DeValue::Integer(digits) => format!("the integer {digits}"),
        DeValue::Float(digits) => format!("the float {digits}"),
        DeValue::Boolean(value) => value.to_string(),
        other => kind(other).to_owned(),
    }
}

/// What a value is, when the value itself is not to be shown.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a bool",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Whether someone who wrote `found` may have meant `known`: another way to write it, or one slip of the finger or two.
fn is_similar(known: &str, found: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (known, found) = (plain(known), plain(found));
    let mut row: Vec<usize> = (0..=known.len()).collect();
    if found.len() > known.len() + 2 {
        return false;
    }
    for (i, letter) in found.bytes().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in known.bytes().enumerate() {
            let changed = corner + usize::from(letter != other);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[known.len()] <= 2 && row[known.len()] < known.len() / 2
}
