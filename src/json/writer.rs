//! Writing JSON.
#![forbid(unsafe_code)]

use crate::json::value::Json;
use std::fmt::Write as _;

/// Appends the text of a value; `depth` is that of its lines.
pub fn write(value: &Json, made: &mut String, depth: usize) {
    let mut items = |open: char, close: char, count: usize, item: &mut dyn FnMut(&mut String, usize)| {
        made.push(open);
        for index in 0..count {
            made.push_str(if index == 0 { "\n" } else { ",\n" });
            made.push_str(&"  ".repeat(depth + 1));
            item(made, index);
        }
        if count > 0 {
            made.push('\n');
            made.push_str(&"  ".repeat(depth));
        }
        made.push(close);
    };
    match value {
        Json::Null => made.push_str("null"),
        Json::Bool(flag) => made.push_str(if *flag { "true" } else { "false" }),
        Json::Integer(number) => drop(write!(made, "{number}")),
        // With a fraction or an exponent, so that it is read as a float again.
        Json::Float(number) => drop(write!(made, "{number:?}")),
        Json::Text(text) => quote(made, text),
        Json::List(list) => items('[', ']', list.len(), &mut |made, index| write(&list[index], made, depth + 1)),
        Json::Table(entries) => items('{', '}', entries.len(), &mut |made, index| {
            let (key, value) = &entries[index];
            quote(made, key);
            made.push_str(": ");
            write(value, made, depth + 1);
        }),
    }
}

fn quote(made: &mut String, text: &str) {
    made.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => made.extend(['\\', letter]),
            '\n' => made.push_str("\\n"),
            '\t' => made.push_str("\\t"),
            letter if letter.is_control() => drop(write!(made, "\\u{:04x}", u32::from(letter))),
            letter => made.push(letter),
        }
    }
    made.push('"');
}
