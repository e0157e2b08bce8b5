//! Injects panics into libvm between wasm and the host, which no test can cause from outside.
#![forbid(unsafe_code)]

use std::cell::Cell;

/// Where the panic happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Below wasm, before a callback that needs preparation.
    BeforeCallback,
    /// Below wasm, after a callback that failed or borrowed something.
    AfterCallback,
    /// In a call from the host into a guest.
    Guest,
}

thread_local!(static ARMED: Cell<Option<Place>> = const { Cell::new(None) });

/// Makes libvm panic when this thread next reaches the place.
pub(crate) fn arm(place: Place) {
    ARMED.set(Some(place));
}

pub(super) fn strike(place: Place) {
    if ARMED.get() == Some(place) {
        ARMED.set(None);
        panic!("struck by a test");
    }
}
