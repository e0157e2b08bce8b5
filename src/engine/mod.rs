//! The wasm engine. Above this floor nobody knows which one runs: what stands here is all that is used of it.
//!
//! `interpreter/` is all that names `wasmi`. What stands beside it knows no engine: host functions, their calls and frames,
//! handles, and what WASI does.

mod buffers;
mod call;
mod config;
mod frame;
mod function;
mod guest;
mod handles;
mod interpreter;
#[cfg(feature = "wasi")]
pub mod wasi;

#[cfg(test)]
pub(crate) use call::fault;
pub use config::{Compilation, EngineConfig, Proposal};
pub use frame::{ActiveCall, with_caller};
pub use function::{HostFunction, Receiver};
pub use guest::Guest;
pub use handles::Handle;
pub use interpreter::engine::Engine;
pub use interpreter::instance::Kind;
pub use interpreter::module::{Export, Import, Module, read_file};
pub use interpreter::store::{Extern, Store, StoreLimits};
#[cfg(test)]
pub(crate) use interpreter::trampoline::{Path, path_of};
