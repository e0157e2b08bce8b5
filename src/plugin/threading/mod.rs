//! On which threads a plug-in's functions run.
#![forbid(unsafe_code)]

pub(super) mod gate;
pub(super) mod turn;

use std::any::Any;

/// Holds what all gates and turns share, until the result is dropped.
pub(super) fn hold_locks() -> Box<dyn Any> {
    Box::new((gate::turns(), gate::waiting(), turn::all()))
}

/// Forgets the turns that other threads may have: in a child of the process these threads are not there.
pub(super) fn forget_other_threads() {
    gate::turns().clear();
}
