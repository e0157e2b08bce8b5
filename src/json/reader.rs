//! Reading JSON.
#![forbid(unsafe_code)]

use crate::json::value::Json;
use crate::limits::{MAX_JSON_DEPTH, MAX_JSON_NUMBER};
use crate::text;
use std::collections::HashSet;

/// Returns line and column of a byte, from 1; columns are counted in characters.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// What is wrong, and the byte where it is.
pub type Wrong = (usize, String);

/// Reads a text from its beginning.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Creates a reader of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads the value that the whole text is.
    pub fn file(&mut self) -> Result<Json, Wrong> {
        let value = self.value(0)?;
        match self.next() {
            None => Ok(value),
            Some(_) => self.wrong("not valid JSON: there is something after the end of the value"),
        }
    }

    fn wrong<T>(&self, why: impl Into<String>) -> Result<T, Wrong> {
        Err((self.at, why.into()))
    }

    /// Returns what is here instead of what is expected.
    fn expected<T>(&self, expected: &str) -> Result<T, Wrong> {
        match self.text[self.at..].chars().next() {
            Some(found) => {
                self.wrong(format!("not valid JSON: expected {expected}, found `{}`", text::escaped(&found.to_string())))
            }
            None => self.wrong(format!("not valid JSON: expected {expected}, found the end of the file")),
        }
    }

    /// Returns the next byte that is not white space.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips a byte, if it is the next one.
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, Wrong> {
        match self.next() {
            Some(b'{' | b'[') if depth == MAX_JSON_DEPTH => self.wrong(format!("nested more than {MAX_JSON_DEPTH} deep")),
            Some(b'{') => self.table(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)] {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                self.expected("a value")
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, Wrong> {
        self.at += 1;
        let mut items = Vec::new();
        if self.skip(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.skip(b']') {
                return Ok(Json::List(items));
            } else if !self.skip(b',') {
                return self.expected("`,` or `]`");
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<Json, Wrong> {
        self.at += 1;
        let (mut entries, mut keys) = (Vec::new(), HashSet::new());
        if self.skip(b'}') {
            return Ok(Json::Table(entries));
        }
        loop {
            if self.next() != Some(b'"') {
                return self.expected("a key in quotation marks");
            }
            let start = self.at;
            let key = self.string()?;
            if !keys.insert(key.clone()) {
                return Err((start, format!("the key `{}` occurs twice", text::name(&key))));
            }
            if !self.skip(b':') {
                return self.expected("`:`");
            }
            entries.push((key, self.value(depth + 1)?));
            if self.skip(b'}') {
                return Ok(Json::Table(entries));
            } else if !self.skip(b',') {
                return self.expected("`,` or `}`");
            }
        }
    }

    fn number(&mut self) -> Result<Json, Wrong> {
        let rest = &self.text[self.at..];
        let size = rest.bytes().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
        let digits = &rest[..size];
        if size > MAX_JSON_NUMBER {
            return self.wrong(format!("a number has {size} characters, and may have {MAX_JSON_NUMBER}"));
        }
        if !is_number(digits) {
            return self.wrong(format!("not valid JSON: `{digits}` is not a number"));
        }
        let number = match (digits.parse(), digits.parse::<f64>()) {
            (Ok(integer), _) => Json::Integer(integer),
            (_, Ok(float)) if float.is_finite() => Json::Float(float),
            _ => return self.wrong(format!("the number `{digits}` is too large")),
        };
        self.at += size;
        Ok(number)
    }

    fn string(&mut self) -> Result<String, Wrong> {
        self.at += 1;
        let mut made = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|letter: char| letter < ' ' || letter == '"' || letter == '\\').unwrap_or(rest.len());
            made.push_str(&rest[..plain]);
            self.at += plain;
            match rest.as_bytes().get(plain) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(made);
                }
                Some(b'\\') => made.push(self.escape()?),
                Some(_) => return self.wrong("not valid JSON: a control character in a string; write it as in \\u000a"),
                None => return self.expected("the end of a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let start = self.at;
        let letter = match self.text.as_bytes().get(start + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'u') => return self.unicode(),
            _ => return self.wrong("not valid JSON: an unknown escape sequence"),
        };
        self.at += 2;
        Ok(letter)
    }

    /// Reads `\u` and four digits, or two of them for one character.
    fn unicode(&mut self) -> Result<char, Wrong> {
        let unit = |at: usize| {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
        };
        let (first, second) = (unit(self.at), unit(self.at + 6));
        let decoded = first.and_then(|first| char::decode_utf16([Some(first), second].into_iter().flatten()).next()?.ok());
        match decoded {
            Some('\0') => self.wrong("a NUL character, which is not allowed"),
            Some(letter) => {
                self.at += 6 * letter.len_utf16();
                Ok(letter)
            }
            None => self.wrong("not valid JSON: an escape sequence is not a character"),
        }
    }
}

/// Returns whether a text is a number in JSON: no leading zeros, digits on both sides of the point.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    digits(whole) && (whole.len() == 1 || !whole.starts_with('0')) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}
