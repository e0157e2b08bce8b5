//! On which threads a plug-in's functions run.

pub(super) mod gate;
pub(super) mod turn;
