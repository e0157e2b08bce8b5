//! What is known of a module of `VM_TIER_AUTO` as long as it has no machine code: whether it will have some, and whether contexts have to be
//! interpreted for it.
//!
//! All guests of a context run in one engine, which is chosen with the first module. So a context that runs machine code cannot take a module
//! that can only be interpreted, while the same program works at its first start, when everything is interpreted. Therefore contexts are
//! interpreted as long as the engine has such a module, unless contexts begin with it: those are interpreted anyway, and say nothing
//! about others.
#![forbid(unsafe_code)]

use super::codes::Codes;
use crate::status::Error;
use libvm_abi as abi;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After which time it is tried again to compile a module for which there was no compiler, or no memory.
const RETRY: Duration = Duration::from_secs(10);

/// The standing of a module.
pub struct Standing {
    known: Mutex<Known>,
    codes: Arc<Codes>,
}

#[derive(Default)]
struct Known {
    is_compiled: bool,
    /// Whether it cannot be compiled: now or, without a time in `again`, ever.
    is_impossible: bool,
    /// When it may be tried again.
    again: Option<Instant>,
    /// Whether a context has begun with it.
    begins: bool,
    /// Whether a context that has begun with another module has it too.
    joins: bool,
    /// Whether it is counted as one for which contexts are interpreted.
    is_counted: bool,
}

impl Drop for Standing {
    fn drop(&mut self) {
        // As that of a module with code, which nothing is interpreted for.
        self.set(|known| known.is_compiled = true);
    }
}

impl Standing {
    /// Begins for a module, with its code or without.
    pub fn new(codes: &Arc<Codes>, is_compiled: bool) -> Self {
        let known = Known { is_compiled, ..Known::default() };
        Self { known: Mutex::new(known), codes: Arc::clone(codes) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known();
        change(&mut known);
        let counts = known.is_impossible && !known.is_compiled && (known.joins || !known.begins);
        if counts != std::mem::replace(&mut known.is_counted, counts) {
            self.codes.count_interpreted(counts);
        }
    }

    /// Its code is ready.
    pub fn is_compiled(&self) {
        self.set(|known| known.is_compiled = true);
    }

    /// It cannot be compiled, as far as is known before it was tried: for ever, or until there is a compiler.
    pub fn is_impossible(&self, for_ever: bool) {
        let again = (!for_ever).then(Instant::now);
        self.set(|known| (known.is_impossible, known.again) = (true, again));
    }

    /// Compiling it has failed.
    pub fn has_failed(&self, error: &Error) {
        let later = Instant::now() + RETRY;
        self.set(|known| match error.status() {
            abi::STATUS_UNSUPPORTED => (known.is_impossible, known.again) = (true, Some(later)),
            abi::STATUS_OUT_OF_MEMORY => known.again = Some(later),
            _ => (known.is_impossible, known.again) = (true, None),
        });
    }

    /// It has not been tried to compile it, and may be tried later.
    pub fn was_refused(&self) {
        self.set(|known| known.again = Some(Instant::now() + RETRY));
    }

    /// Returns whether to compile it in the background now; `was_asked` tells whether that was done before.
    pub fn may_begin(&self, was_asked: bool) -> bool {
        let mut known = self.known();
        match known.again {
            Some(again) if again <= Instant::now() => {
                known.again = None;
                true
            }
            Some(_) => false,
            None => !was_asked && !known.is_impossible,
        }
    }

    /// A context is about to instantiate it, as its first module or as a further one.
    pub fn is_used(&self, as_first: bool) {
        self.set(|known| if as_first { known.begins = true } else { known.joins = true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: abi::Status) -> Error {
        Error::new(status, "a test")
    }

    #[test]
    fn contexts_are_interpreted_for_a_module_that_may_join_them() {
        let codes = Arc::new(Codes::default());
        let (one, other) = (Standing::new(&codes, false), Standing::new(&codes, false));
        one.is_used(true);
        other.is_used(false);
        assert!(!codes.has_interpreted(), "both can be compiled when a context needs them");
        one.has_failed(&error(abi::STATUS_BAD_MODULE));
        assert!(!codes.has_interpreted(), "contexts begin with it");
        one.is_used(false);
        assert!(codes.has_interpreted());
        other.is_impossible(false);
        other.is_compiled();
        assert!(codes.has_interpreted());
        drop(one);
        assert!(!codes.has_interpreted(), "its module was deleted");
        let unused = Standing::new(&codes, false);
        unused.is_impossible(true);
        assert!(codes.has_interpreted());
        unused.is_used(true);
        assert!(!codes.has_interpreted());
        drop((other, unused));
        assert!(!codes.has_interpreted());
    }

    #[test]
    fn what_the_system_refuses_is_tried_again() {
        let codes = Arc::new(Codes::default());
        let standing = Standing::new(&codes, false);
        assert!(standing.may_begin(false) && !standing.may_begin(true));
        for status in [abi::STATUS_UNSUPPORTED, abi::STATUS_OUT_OF_MEMORY] {
            standing.has_failed(&error(status));
            assert!(!standing.may_begin(true), "not at once");
            standing.known().again = Some(Instant::now());
            assert!(standing.may_begin(true) && !standing.may_begin(true));
        }
        standing.was_refused();
        assert!(!standing.may_begin(false));
        standing.is_impossible(false);
        assert!(standing.may_begin(false), "a compiler may have been installed meanwhile");
        standing.has_failed(&error(abi::STATUS_LIMIT));
        assert!(!standing.may_begin(false) && !standing.may_begin(true));
    }
}
