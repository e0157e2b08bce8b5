//! The interpreter: all that names `wasmi`.

pub(super) mod callee;
pub(super) mod convert;
pub(super) mod engine;
pub(super) mod error;
mod execution;
pub(super) mod instance;
mod memory;
pub(super) mod module;
pub(super) mod store;
mod table;
pub(super) mod trampoline;
