//! The engine.
/// Host calls.
pub mod trampoline;
/// WASI preview 1.
#[cfg(feature = "wasi")]
pub mod wasi;
