//! JSON: values in the order of the file, and errors with line and column.
//!
//! Written here because what is read comes from others: each refusal names its position, a key that occurs twice is refused
//! instead of one of its values ignored, and nesting is bounded.
#![forbid(unsafe_code)]

mod reader;
#[cfg(test)]
mod tests;
mod value;
mod writer;

use crate::status::{Error, Result, Status};
use reader::Reader;
pub use value::Json;

impl Json {
    /// Reads the JSON text of the file `name`; errors have the status `status`.
    ///
    /// # Errors
    /// With file, line and column if it is not JSON, nested more than `MAX_JSON_DEPTH` deep, or a key occurs twice.
    pub fn parse(bytes: &[u8], name: &str, status: Status) -> Result<Self> {
        // Some editors begin a file with a byte order mark, which is not part of the text.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (text, valid) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, true),
            Err(error) => (std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(), false),
        };
        let read = if valid {
            Reader::new(text).file()
        } else {
            Err((text.len(), "not valid UTF-8 from here on; convert the file".into()))
        };
        read.map_err(|(at, why)| {
            let (line, column) = reader::position(text, at);
            Error::new(status, format!("{name}:{line}:{column}: {why}"))
        })
    }

    /// Writes the value as lines, indented by two spaces; the same value always has the same text.
    pub fn to_text(&self) -> String {
        let mut made = String::new();
        writer::write(self, &mut made, 0);
        made + "\n"
    }
}
