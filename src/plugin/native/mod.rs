//! A plug-in's code: opening the library, its entry and descriptor, its extensions.

pub mod answer;
pub mod dependencies;
pub(super) mod compiler;
pub mod descriptor;
pub(super) mod extension;
pub mod frozen;
pub(super) mod hooks;
pub(super) mod gated;
pub mod library;
pub(super) mod life;
mod open;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod sealed;
pub(super) mod stream;

use std::any::Any;

/// Locks the shared data about all libraries of the process until the result is dropped.
pub(super) fn hold_locks() -> Box<dyn Any> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return Box::new((open::opened_files(), sealed::copies()));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    Box::new(open::opened_files())
}
