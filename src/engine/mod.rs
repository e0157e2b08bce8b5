//! The engine.
/// Host calls.
pub mod trampoline;
