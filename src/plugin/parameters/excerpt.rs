//! A line that shows a part of a parameter, and one that points into it.
#![forbid(unsafe_code)]

use crate::limits::MAX_SHOWN_PARAMETER;
use crate::text;

/// Returns the lines for an error at a position in the bytes of a parameter.
pub fn excerpt(bytes: &[u8], position: usize) -> [String; 2] {
    let (before, after) = bytes.split_at(position);
    let inside = |byte: &u8| (0x80..0xc0).contains(byte);
    // No character is cut: at most three of its bytes follow the first.
    let cut = before.len().saturating_sub(MAX_SHOWN_PARAMETER);
    let cut = cut + before[cut..].iter().take(3).take_while(|byte| inside(byte)).count();
    let mut end = after.len().min(MAX_SHOWN_PARAMETER);
    while end < after.len() && inside(&after[end]) && end > MAX_SHOWN_PARAMETER - 3 {
        end -= 1;
    }
    let shown = |bytes: &[u8]| text::escaped(&String::from_utf8_lossy(bytes)).into_owned();
    let omitted = |is: bool| if is { "…" } else { "" };
    let begin = format!("    {}{}", omitted(cut > 0), shown(&before[cut..]));
    let point = " ".repeat(begin.chars().count()) + "^";
    [format!("{begin}{}{}", shown(&after[..end]), omitted(end < after.len())), point]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_is_below_the_place() {
        assert_eq!(excerpt(b"ab(c", 2), ["    ab(c", "      ^"]);
        assert_eq!(excerpt(b"ab(c", 4), ["    ab(c", "        ^"]);
        assert_eq!(excerpt(b"", 0), ["    ", "    ^"]);
        assert_eq!(excerpt("äö(".as_bytes(), 4), ["    äö(", "      ^"]);
        assert_eq!(excerpt(b"a\n\xff(", 3), ["    a\\n\u{fffd}(", "        ^"]);
    }

    #[test]
    fn a_long_parameter_is_shown_around_the_place() {
        let long = format!("{}({}", "ä".repeat(1000), "ö".repeat(1000));
        let [line, point] = excerpt(long.as_bytes(), 2000);
        assert_eq!(line, format!("    …{}({}…", "ä".repeat(24), "ö".repeat(23)));
        assert_eq!(point.find('^'), Some(4 + 1 + 24));
        for position in 0..long.len() {
            assert!(excerpt(long.as_bytes(), position)[0].chars().count() < 110);
        }
        assert!(excerpt(&[0x80; 1000], 500)[0].chars().count() < 110);
    }
}
