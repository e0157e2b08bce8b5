//! The plug-in ABI of libvm as `repr(C)` types: the Rust side of the headers in `include/libvm/`.
//!
//! Used by the host and by SDKs. Layouts are asserted here and in the headers, for 32 and 64 bit.
#![no_std]

mod compiler;
mod dependencies;
mod event_loop;
mod extension;
mod hooks;
mod plugin;
mod service;
mod status;
mod stream;
mod value;

pub use compiler::*;
pub use dependencies::*;
pub use event_loop::*;
pub use extension::*;
pub use hooks::*;
pub use plugin::*;
pub use service::*;
pub use status::*;
pub use stream::*;
pub use value::*;
