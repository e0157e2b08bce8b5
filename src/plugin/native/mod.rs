//! A plug-in's code: opening the library, what its entry describes, its extensions.

pub mod descriptor;
pub(super) mod extension;
pub mod frozen;
pub(super) mod gated;
pub mod library;
pub(super) mod life;
mod open;
