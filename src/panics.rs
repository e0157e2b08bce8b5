//! Panics: caught where they must not propagate.
#![forbid(unsafe_code)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A caught panic.
pub struct Panic(Box<dyn Any + Send>);

impl Panic {
    /// Returns its message.
    pub fn text(&self) -> &str {
        let text = self.0.downcast_ref::<&str>().copied();
        text.or_else(|| self.0.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
    }
}

impl Drop for Panic {
    /// Drops what the panic carries: a panic of that, which could pass through frames of wasm, ends here.
    fn drop(&mut self) {
        let carried = std::mem::replace(&mut self.0, Box::new(()));
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(carried))) {
            // Dropping it may panic once more.
            std::mem::forget(second);
        }
    }
}

/// Runs `work` and catches its panic. State that `work` leaves incomplete must either not be used after a panic or be valid for
/// the caller.
///
/// # Errors
/// The panic of `work`.
#[inline(always)]
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(Panic)
}

#[cfg(test)]
mod tests {
    use super::catch;
    use std::panic::panic_any;

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    #[test]
    fn what_a_panic_carries_may_panic_too() {
        assert!(catch(|| panic_any(PanicsWhenDropped)).is_err());
    }

    #[test]
    fn panics_are_caught_with_their_messages() {
        assert_eq!(catch(|| 7).ok(), Some(7));
        let text = |work: fn()| catch(work).unwrap_err().text().to_owned();
        assert_eq!(text(|| panic!("fixed")), "fixed");
        assert_eq!(text(|| panic!("made of {}", 2)), "made of 2");
        assert_eq!(text(|| panic_any(5)), "a panic without a message");
    }
}
