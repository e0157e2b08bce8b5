//! The lock of what wasmtime has for all engines of the process.
#![forbid(unsafe_code)]

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while wasmtime installs its signal handlers, adds code to its lists or removes it from them: it has locks of its own, which a
/// child of `fork` would otherwise find locked for ever.
static REGISTRY: Mutex<()> = Mutex::new(());

/// Takes the lock.
pub fn hold_registry() -> MutexGuard<'static, ()> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}
