//! Text of others, as it is printed: without characters that control a terminal.

use std::fmt::Write;
use std::path::Path;

/// Returns a name from a file in one line: control characters, and those that change the direction of text, are escaped.
pub fn name(name: &str) -> String {
    escape(name, |_| false)
}

/// Returns text of several lines, which keeps its line ends.
pub fn lines(text: &str) -> String {
    escape(text, |character| character == '\n')
}

/// Returns text that quotes lines of a file, which may be of any length: the beginning of each line.
pub fn short_lines(text: &str) -> String {
    const MOST: usize = 200;
    let short = |line: &str| match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    lines(&text.lines().map(short).collect::<Vec<_>>().join("\n"))
}

/// Returns a JSON document in which these characters, which only strings can have, are escaped as in JSON.
pub fn json(document: &str) -> String {
    let mut made = String::with_capacity(document.len());
    for character in document.chars() {
        if character == '\n' || !is_control(character) {
            made.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(made, "\\u{unit:04x}");
            }
        }
    }
    made
}

/// Returns a path; quotes if it is empty.
pub fn path(path: &Path) -> String {
    if path.as_os_str().is_empty() { "\"\"".into() } else { name(&path.to_string_lossy()) }
}

/// Returns a word as it is written in a shell.
pub fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@%,=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut made = String::with_capacity(text.len());
    for character in text.chars() {
        if keep(character) || !is_control(character) {
            made.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(made, "{}", character.escape_unicode());
        }
    }
    made
}

/// Returns whether text has characters that are escaped.
pub fn has_control(text: &str) -> bool {
    text.chars().any(is_control)
}

/// Also the line ends of Unicode, and the characters that reorder or hide what stands beside them.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(name("a\u{1b}[31mb\n\u{9b}c\u{202e}ü€"), "a\\u{1b}[31mb\\u{a}\\u{9b}c\\u{202e}ü€");
        assert_eq!(lines("a\nb\r"), "a\nb\\u{d}");
        assert_eq!(short_lines(&format!("a\u{1b}\n{}\n", "ü".repeat(300))), format!("a\\u{{1b}}\n{}…", "ü".repeat(200)));
        let document = "{\n\"a\": \"\u{9b}\u{202e}ü\"\n}";
        assert_eq!(json(document), "{\n\"a\": \"\\u009b\\u202eü\"\n}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&json(document)), read(document));
    }

    #[test]
    fn words_are_quoted() {
        assert_eq!(
            [shell_word("/opt/libvm-0.6"), shell_word(""), shell_word("it's \"$a\"")],
            ["/opt/libvm-0.6", "''", r#"'it'\''s "$a"'"#]
        );
    }
}
