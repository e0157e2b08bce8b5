//! The threads on which a plug-in's functions run.
#![forbid(unsafe_code)]

pub(super) mod gate;
pub(super) mod turn;

use std::any::Any;

/// Locks what all gates and turns share until the result is dropped.
pub(super) fn hold_locks() -> Box<dyn Any> {
    Box::new((gate::turns(), gate::waiting(), turn::all()))
}

/// Returns whether this thread runs code of a serialized plug-in, for which other threads may wait.
pub fn is_in_turn() -> bool {
    turn::is_held_here()
}

/// Clears the turns of other threads: in a child process these threads do not exist.
pub(super) fn forget_other_threads() {
    gate::turns().clear();
}
