//! TOML files: values by type, and errors with line and column.
#![forbid(unsafe_code)]

use crate::similar;
use crate::status::{Error, Result, Status};
use std::ops::RangeInclusive;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and its position.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// A key of a table with its value.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// The key.
    pub key: &'a str,
    /// The position of the key.
    pub at: usize,
    /// The value.
    pub value: &'a Value<'a>,
}

/// Number of bytes between two marks.
const MARK_EVERY: usize = 256;

/// The text of a TOML file.
pub struct TomlFile<'a> {
    text: &'a str,
    name: &'a str,
    status: Status,
    /// Line and column, from 1, of every [`MARK_EVERY`]th byte (of the character that it is in), so that finding a position
    /// takes the same time wherever it is.
    marks: Vec<(usize, usize)>,
}

impl<'a> TomlFile<'a> {
    /// Creates the text from bytes of the file `name`; errors in it have the status `status`.
    ///
    /// # Errors
    /// If they are not valid UTF-8, or contain a NUL character.
    pub fn new(bytes: &'a [u8], name: &'a str, status: Status) -> Result<Self> {
        // Some editors begin a file with a byte order mark, which is not part of the text.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let whole = std::str::from_utf8(bytes);
        let valid = whole.as_ref().map_or_else(|error| error.valid_up_to(), |text| text.len());
        let (bad, what) = match bytes[..valid].iter().position(|byte| *byte == 0) {
            Some(nul) => (nul, "a NUL character, which is not allowed; remove it"),
            None => (valid, "not valid UTF-8 from here on; convert the file"),
        };
        let text = std::str::from_utf8(&bytes[..bad]).unwrap_or_default();
        let made = Self { text, name, status, marks: marks(text) };
        if bad < bytes.len() { Err(made.error(bad, what)) } else { Ok(made) }
    }

    /// Parses the text as TOML.
    pub fn parse(&self) -> Result<DeTable<'a>> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let span = error.span();
            let part = span.clone().and_then(|span| self.text.get(span)).filter(|part| (1..40).contains(&part.trim().len()));
            let what = match part {
                Some(part) => format!("not valid TOML: {}: `{}`", error.message(), part.trim()),
                None => format!("not valid TOML: {}", error.message()),
            };
            match span {
                Some(span) => self.error(span.start, &what),
                None => Error::new(self.status, format!("{}: {what}: too many dots in a key", self.name)),
            }
        })
    }

    /// Returns line and column of a byte, from 1; columns are counted in characters.
    pub fn line_and_column(&self, at: usize) -> (usize, usize) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let mark = at / MARK_EVERY;
        let mut start = mark * MARK_EVERY;
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        self.text[start..at].chars().fold(self.marks[mark], after)
    }

    /// Formats a position for messages: file, line and column.
    pub fn position(&self, at: usize) -> Arc<str> {
        let (line, column) = self.line_and_column(at);
        format!("{}:{line}:{column}", self.name).into()
    }

    /// Creates the error at a position.
    pub fn error(&self, at: usize, what: &str) -> Error {
        Error::new(self.status, format!("{}: {what}", self.position(at)))
    }

    /// Creates the error of a value that is not valid for its key.
    pub fn wrong(&self, entry: Entry<'_>, expected: &str) -> Error {
        let what = format!("`{}` must be {expected}; it is {}", entry.key, show(entry.value.get_ref()));
        self.error(entry.value.span().start, &what)
    }

    /// Creates the error of an unknown key.
    pub fn unknown(&self, entry: Entry<'_>, table: &str, known: &[&str]) -> Error {
        let hint = match similar::nearest(entry.key, known.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("the keys are {}", known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")),
        };
        self.error(entry.at, &format!("unknown key `{}` {table}; {hint}", entry.key))
    }

    /// Returns the value as the entries of a table.
    pub fn table(&self, entry: Entry<'a>) -> Result<Vec<Entry<'a>>> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Ok(entries(table)),
            _ => Err(self.wrong(entry, "a table")),
        }
    }

    /// Returns the value as a list of tables, each as a value of the same key.
    pub fn tables(&self, entry: Entry<'a>) -> Result<Vec<Entry<'a>>> {
        const EXPECTED: &str = "a list of tables";
        let DeValue::Array(items) = entry.value.get_ref() else { return Err(self.wrong(entry, EXPECTED)) };
        let item = |value: &'a Value<'a>| match value.get_ref() {
            DeValue::Table(_) => Ok(Entry { key: entry.key, at: value.span().start, value }),
            _ => Err(self.wrong_item(entry, EXPECTED, value)),
        };
        items.iter().map(item).collect()
    }

    /// Returns the value as a string.
    pub fn text(&self, entry: Entry<'a>) -> Result<&'a str> {
        match entry.value.get_ref() {
            DeValue::String(text) => self.checked(text, entry),
            _ => Err(self.wrong(entry, "a string")),
        }
    }

    /// Returns a string without NUL characters, which C strings cannot contain.
    fn checked(&self, text: &'a str, entry: Entry<'_>) -> Result<&'a str> {
        match text.contains('\0') {
            true => Err(self.error(entry.value.span().start, &format!("`{}` contains a NUL character; remove it", entry.key))),
            false => Ok(text),
        }
    }

    /// Returns the value as a list of strings, each with its position.
    pub fn list(&self, entry: Entry<'a>) -> Result<Vec<(&'a str, usize)>> {
        const EXPECTED: &str = "a list of strings";
        let DeValue::Array(items) = entry.value.get_ref() else { return Err(self.wrong(entry, EXPECTED)) };
        let item = |value: &'a Value<'a>| match value.get_ref() {
            DeValue::String(text) => Ok((self.checked(text, Entry { value, ..entry })?, value.span().start)),
            _ => Err(self.wrong_item(entry, EXPECTED, value)),
        };
        items.iter().map(item).collect()
    }

    fn wrong_item(&self, entry: Entry<'_>, expected: &str, value: &Value<'_>) -> Error {
        let what = format!("`{}` must be {expected}; this item is {}", entry.key, show(value.get_ref()));
        self.error(value.span().start, &what)
    }

    /// Returns the value as an integer in a range.
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

/// Returns the position after a character at a position.
fn after((line, column): (usize, usize), letter: char) -> (usize, usize) {
    if letter == '\n' { (line + 1, 1) } else { (line, column + 1) }
}

fn marks(text: &str) -> Vec<(usize, usize)> {
    let mut position = (1, 1);
    let mut marks = vec![position];
    for (at, letter) in text.char_indices() {
        while marks.len() * MARK_EVERY < at + letter.len_utf8() {
            marks.push(position);
        }
        position = after(position, letter);
    }
    // The end of the text is a position too.
    if marks.len() * MARK_EVERY <= text.len() {
        marks.push(position);
    }
    marks
}

/// Returns the entries of a table in the order of the file.
pub fn entries<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let entry = |(key, value): (&'a Spanned<_>, &'a Value<'a>)| Entry { key: name(key), at: key.span().start, value };
    let mut entries: Vec<Entry<'a>> = table.iter().map(entry).collect();
    entries.sort_unstable_by_key(|entry| entry.at);
    entries
}

fn name<'a>(key: &'a Spanned<std::borrow::Cow<'a, str>>) -> &'a str {
    key.get_ref()
}

/// Formats a value for a message.
fn show(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.chars().count() <= 40 => format!("the string {text:?}"),
        DeValue::Integer(digits) => format!("the integer {digits}"),
        DeValue::Float(digits) => format!("the float {digits}"),
        DeValue::Boolean(value) => value.to_string(),
        other => kind(other).to_owned(),
    }
}

/// Returns the kind of a value, where the value itself must not be shown.
pub fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a bool",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
