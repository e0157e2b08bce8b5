//! Breaks libvm itself between wasm and the host, which no test can do from outside.
#![forbid(unsafe_code)]

use std::cell::Cell;

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Below wasm, before a callback that is not called at once.
    BeforeCallback,
    /// Below wasm, after a callback that failed or was lent something.
    AfterCallback,
    /// In a call of the host into a guest.
    Guest,
}

thread_local!(static ARMED: Cell<Option<Place>> = const { Cell::new(None) });

/// Lets libvm panic when this thread is next there.
pub(crate) fn arm(place: Place) {
    ARMED.set(Some(place));
}

pub(super) fn strike(place: Place) {
    if ARMED.get() == Some(place) {
        ARMED.set(None);
        panic!("struck by a test");
    }
}
