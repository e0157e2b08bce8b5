//! The values of JSON.
#![forbid(unsafe_code)]

use crate::text;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction and exponent that fits.
    Integer(i64),
    /// Any other number; always finite.
    Float(f64),
    /// A string; it has no NUL character.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object: its keys, each of which occurs once, in their order.
    Table(Vec<(String, Json)>),
}

impl Json {
    /// Creates a table.
    pub fn table<'a>(entries: impl IntoIterator<Item = (&'a str, Json)>) -> Self {
        Self::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Returns the value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|(found, _)| found == key).map(|(_, value)| value)
    }

    /// Returns the entries, if this is a table.
    pub fn entries(&self) -> Option<&[(String, Self)]> {
        if let Self::Table(entries) = self { Some(entries) } else { None }
    }

    /// Returns the items, if this is a list.
    pub fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Returns the string, if this is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the integer, if this is one.
    pub fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// Returns the bool, if this is one.
    pub fn bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Describes the value for a message, as in `the string "x"`.
    pub fn show(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(number) => format!("the integer {number}"),
            Self::Float(number) => format!("the number {number}"),
            Self::Text(text) => format!("the string \"{}\"", text::name(text)),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "an object".to_owned(),
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
