//! Patterns, and the memory that all of them may take.
use regex::bytes::{Regex, RegexBuilder};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The sizes of compiled patterns in bytes that are tried, the last of which is the limit: what is taken from the budget is not much
/// more than what a pattern needs.
const SIZES: [usize; 4] = [16 << 10, 64 << 10, 256 << 10, 1 << 20];

/// Bytes that each thread that searches with a pattern may take besides.
const CACHE: usize = 256 << 10;

/// Bytes that the compiled patterns of a registry may take together: a module can contain thousands.
const BUDGET: usize = 64 << 20;

/// What the patterns of a registry take.
#[derive(Default)]
pub struct Budget(Arc<AtomicUsize>);

/// A compiled pattern.
pub struct Pattern {
    pub regex: Regex,
    size: usize,
    used: Arc<AtomicUsize>,
}

/// Why a pattern does not compile.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub text: String,
    /// The byte of the pattern, if the error is at one.
    pub position: Option<usize>,
}

impl Budget {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The reason, with its place in the pattern.
    pub fn compile(&self, pattern: &[u8]) -> Result<Pattern, Refusal> {
        let at = |position, text: &str| Refusal { text: text.to_owned(), position: Some(position) };
        let text = std::str::from_utf8(pattern).map_err(|error| at(error.valid_up_to(), "the pattern is not valid UTF-8"))?;
        regex_syntax::ParserBuilder::new().utf8(false).build().parse(text).map_err(|error| match error {
            regex_syntax::Error::Parse(error) => at(error.span().start.offset, &error.kind().to_string()),
            regex_syntax::Error::Translate(error) => at(error.span().start.offset, &error.kind().to_string()),
            error => Refusal { text: error.to_string(), position: None },
        })?;
        let largest = SIZES[SIZES.len() - 1];
        let build = |size| RegexBuilder::new(text).size_limit(size).dfa_size_limit(CACHE).build();
        let (size, regex) = SIZES.into_iter().find_map(|size| Some((size, build(size).ok()?))).ok_or_else(|| Refusal {
            text: format!("the compiled pattern takes more than {largest} bytes, the limit"),
            position: None,
        })?;
        if self.0.fetch_add(size, Ordering::Relaxed) > BUDGET - size {
            self.0.fetch_sub(size, Ordering::Relaxed);
            let text = format!("the patterns of all modules together take more than {BUDGET} bytes, the limit");
            return Err(Refusal { text, position: None });
        }
        Ok(Pattern { regex, size, used: Arc::clone(&self.0) })
    }
}

impl Drop for Pattern {
    fn drop(&mut self) {
        self.used.fetch_sub(self.size, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pattern: &[u8]) -> Refusal {
        Budget::default().compile(pattern).err().expect("it does not compile")
    }

    #[test]
    fn errors_have_their_place() {
        for (pattern, position, text) in [
            (&b"ab(c"[..], 2, "unclosed group"),
            (b"a**b[", 4, "unclosed character class"),
            (b"x{3,1}", 1, "invalid repetition count range"),
            ("ä\\p{Nope}".as_bytes(), 2, "Unicode property not found"),
            (b"ab\xff", 2, "not valid UTF-8"),
            (b"(?P<a>.)(?P<a>.)", 12, "duplicate capture group name"),
        ] {
            let found = refusal(pattern);
            assert_eq!(found.position, Some(position), "{found:?}");
            assert!(found.text.contains(text), "{found:?}");
        }
    }

    #[test]
    fn large_patterns_are_refused() {
        let found = refusal(br"\pL{1000}");
        assert!(found.text.contains("more than 1048576 bytes") && found.position.is_none(), "{found:?}");
    }

    #[test]
    fn patterns_share_a_budget() {
        let budget = Budget::default();
        let mut all = Vec::new();
        let refused = loop {
            match budget.compile(br"\w{20}") {
                Ok(pattern) => all.push(pattern),
                Err(refused) => break refused,
            }
            assert!(all.len() < 5000);
        };
        assert!(refused.text.contains("of all modules together"), "{refused:?}");
        drop(all.pop());
        assert!(budget.compile(b"a").is_ok());
        drop(all);
        assert_eq!(budget.0.load(Ordering::Relaxed), 0);
    }
}
