//! The text of a line: one line, whatever the guest writes.
use std::fmt;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes of a context and of a message that are shown.
const MAX_CONTEXT: usize = 1024;
const MAX_MESSAGE: usize = 64 * 1024;

/// Returns `context: message`, or the message if the context is empty.
pub fn text(context: &[u8], message: &[u8]) -> String {
    let mut text = String::with_capacity(context.len().min(MAX_CONTEXT) + message.len().min(MAX_MESSAGE) + 2);
    if !context.is_empty() {
        push(&mut text, context, MAX_CONTEXT);
        text.push_str(": ");
    }
    push(&mut text, message, MAX_MESSAGE);
    text
}

/// Returns whether a character affects a terminal or the order of the text, or ends a line, instead of being visible.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Appends the first bytes of a string, with what acts and what is not UTF-8 escaped.
fn push(text: &mut String, bytes: &[u8], most: usize) {
    let mut end = bytes.len().min(most);
    if end < bytes.len() {
        // Not in a character, which has up to three bytes that continue it.
        end -= bytes[end - 3..=end].iter().rev().take_while(|byte| **byte & 0xc0 == 0x80).count().min(3);
    }
    for chunk in bytes[..end].utf8_chunks() {
        for letter in chunk.valid().chars() {
            if acts(letter) { text.extend(letter.escape_default()) } else { text.push(letter) }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    if end < bytes.len() {
        let _ = write!(text, "… ({} bytes omitted)", bytes.len() - end);
    }
}

/// A time in UTC, as in `2026-02-28T23:59:59.999Z`.
pub struct Time(pub SystemTime);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (day, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let (year, month, day) = date(day);
        let (hour, minute, second, ms) = (second / 3600, second / 60 % 60, second % 60, since.subsec_millis());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

/// Returns year, month and day of a day since 1970-01-01.
fn date(day: u64) -> (u64, u64, u64) {
    // Years begin in March, so that the day that only leap years have is the last one; an era has 400 of them. 1970-01-01 is day 719,468.
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(text(b"net", b"up"), "net: up");
        assert_eq!(text(b"", b""), "");
        assert_eq!(
            text(b"a\nb", "x\r\n\u{1b}[2J\0\u{202e}\u{2028}\u{9b}ü".as_bytes()),
            "a\\nb: x\\r\\n\\u{1b}[2J\\u{0}\\u{202e}\\u{2028}\\u{9b}ü"
        );
        assert_eq!(text(b"", b"a\xff\xc3(\xe2\x82"), "a\\xff\\xc3(\\xe2\\x82");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "ü".repeat(MAX_MESSAGE);
        let exact = &long[..MAX_MESSAGE];
        assert_eq!(text(b"", exact.as_bytes()), exact);
        assert_eq!(text(b"", long.as_bytes()), format!("{exact}… ({MAX_MESSAGE} bytes omitted)"));
        let shifted = format!("a{long}");
        assert_eq!(
            text(b"", shifted.as_bytes()),
            format!("{}… ({} bytes omitted)", &shifted[..MAX_MESSAGE - 1], MAX_MESSAGE + 2)
        );
        let continued = vec![0x80; 2 * MAX_CONTEXT];
        assert!(text(&continued, b"").ends_with(&format!("\\x80… ({} bytes omitted): ", MAX_CONTEXT + 3)));
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let shown = |seconds, ms| Time(UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(ms)).to_string();
        assert_eq!(shown(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(951_782_399, 999), "2000-02-28T23:59:59.999Z");
        assert_eq!(shown(951_782_400, 1), "2000-02-29T00:00:00.001Z");
        assert_eq!(shown(1_709_251_199, 0), "2024-02-29T23:59:59.000Z");
        assert_eq!(shown(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
        let mut day = (1970, 1, 1);
        for number in 0..200_000 {
            assert_eq!(date(number), day);
            let leap = day.0 % 4 == 0 && (day.0 % 100 != 0 || day.0 % 400 == 0);
            let last = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][day.1 as usize - 1];
            day = match day {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if day == last => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
        }
    }
}
