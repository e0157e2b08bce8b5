//! What the fuzzers run: each function takes any bytes and panics or crashes when libvm does something that it must not do.
//! `tests/corpora.rs` replays the corpora through them without a fuzzer.

pub mod c;
mod capi;
#[cfg(feature = "compiled")]
mod code;
mod config;
#[cfg(feature = "compiled")]
mod engines;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub mod damage;
mod manifest;
mod module;
mod owned;
mod package;
mod signature;

pub use capi::capi;
#[cfg(feature = "compiled")]
pub use code::code;
pub use config::config;
#[cfg(feature = "compiled")]
pub use engines::{can_compile, engines};
pub use manifest::manifest;
pub use module::module;
pub use package::package;
pub use signature::signature;
