//! Panics: caught where they must not go further.
#![forbid(unsafe_code)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic that was caught.
pub struct Panic(Box<dyn Any + Send>);

impl Panic {
    /// Its message.
    pub fn text(&self) -> &str {
        let text = self.0.downcast_ref::<&str>().copied();
        text.or_else(|| self.0.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
    }
}

/// Runs some work. What the work leaves half done is not looked at again after a panic, or is as the caller of this wants it.
///
/// # Errors
/// The panic in which the work ended.
#[inline(always)]
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(Panic)
}

#[cfg(test)]
mod tests {
    use super::catch;
    use std::panic::panic_any;

    #[test]
    fn panics_are_caught_with_their_messages() {
        assert_eq!(catch(|| 7).ok(), Some(7));
        let text = |work: fn()| catch(work).unwrap_err().text().to_owned();
        assert_eq!(text(|| panic!("fixed")), "fixed");
        assert_eq!(text(|| panic!("made of {}", 2)), "made of 2");
        assert_eq!(text(|| panic_any(5)), "a panic without a message");
    }
}
