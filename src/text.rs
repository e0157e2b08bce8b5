//! Text for humans, on a terminal or in a log: names of wasm and of files are shown in it and have no effect on the terminal.
#![forbid(unsafe_code)]

use crate::limits::{MAX_MESSAGE_LINE, MAX_SHOWN_NAME};
use std::borrow::Cow;

/// Returns whether a character affects a terminal or the order of the text instead of being visible.
fn acts(letter: char) -> bool {
    // The others change the text direction, or end a line.
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns a line in which every character is visible: a newline is `\n`, and others that would affect a terminal are like
/// `\u{1b}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut made = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if acts(letter) { made.extend(letter.escape_default()) } else { made.push(letter) }
    }
    Cow::Owned(made)
}

/// Returns a line of a message: escaped, and without its middle if it is longer than [`MAX_MESSAGE_LINE`].
pub fn line(text: &str) -> Cow<'_, str> {
    shortened(text, MAX_MESSAGE_LINE)
}

/// Returns the name of a wasm module or file for a message: escaped, and without its middle if it is longer than
/// [`MAX_SHOWN_NAME`].
pub fn name(text: &str) -> Cow<'_, str> {
    shortened(text, MAX_SHOWN_NAME)
}

/// Escapes a text and omits its middle if it is longer than `most` bytes. The part of a long text that cannot be shown is not
/// escaped, which could take ten times its memory.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let boundary = |text: &str, at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let skipped = match text.len() {
        size if size > 2 * most => boundary(text, most)..boundary(text, size - most),
        size => size..size,
    };
    let mut shown = escaped(&text[..skipped.start]);
    if !skipped.is_empty() {
        shown += escaped(&text[skipped.end..]);
    } else if shown.len() <= most {
        return shown;
    }
    // The subject of a message is at its beginning, and what to do at its end.
    let (head, tail) = (boundary(&shown, most / 4 * 3), boundary(&shown, shown.len() - most / 4));
    Cow::Owned(format!("{}… ({} bytes omitted) …{}", &shown[..head], tail - head + skipped.len(), &shown[tail..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_seen() {
        assert!(matches!(escaped("plain, `äöü` \"→\" 😀 \\"), Cow::Borrowed(_)));
        assert_eq!(escaped("a\nb\tc\r"), "a\\nb\\tc\\r");
        assert_eq!(escaped("\u{1b}[31mred\u{7f}"), "\\u{1b}[31mred\\u{7f}");
        assert_eq!(escaped("\u{9b}31m\u{85}"), "\\u{9b}31m\\u{85}");
        assert_eq!(escaped("\u{202e}gpj.exe\u{2069}\u{2028}"), "\\u{202e}gpj.exe\\u{2069}\\u{2028}");
        // Escaping twice changes nothing more.
        assert_eq!(escaped(&escaped("\u{1b}\n")), "\\u{1b}\\n");
    }

    #[test]
    fn long_text_keeps_its_ends() {
        let long = format!("{}ä{}", "a".repeat(MAX_SHOWN_NAME), "z".repeat(MAX_SHOWN_NAME));
        let shown = name(&long);
        assert!(shown.starts_with("aaa") && shown.ends_with("zzz") && shown.contains(" bytes omitted) …"), "{shown}");
        assert!(shown.len() < MAX_SHOWN_NAME + 40);
        for size in 1..5000 {
            assert!(name(&"ä".repeat(size)).len() < MAX_SHOWN_NAME + 40);
        }
        assert_eq!(line(&long), long);
        assert!(line(&long.repeat(100)).len() < MAX_MESSAGE_LINE + 40);
        assert_eq!(name("short"), "short");
        assert_eq!(name(&"a".repeat(1000)), format!("{}… (744 bytes omitted) …{}", "a".repeat(192), "a".repeat(64)));
        let shown = line(&"\u{1b}".repeat(20 << 20)).into_owned();
        assert!(shown.starts_with("\\u{1b}") && shown.ends_with("\\u{1b}") && shown.len() < MAX_MESSAGE_LINE + 40);
    }
}
