//! The compiled engine: the only folder that names `wasmtime`.

mod access;
mod call;
mod callee;
mod code;
pub mod compiler;
mod convert;
#[cfg(target_os = "linux")]
mod dump;
mod engine;
mod enter;
mod error;
mod executions;
mod fiber;
mod fuel;
mod host;
mod lent;
mod limiter;
mod perf_map;
mod pool;
mod prepared;
mod registry;
mod state;
mod store;
mod suspended;
mod ticker;
mod traced;
mod typed;
mod values;
mod wait;
#[cfg(feature = "wasi")]
mod wasi;

pub use code::Code;
pub use engine::{Engine, settings};
pub use host::Imported;
pub use lent::Lent;
pub use prepared::Prepared;
pub use registry::hold_registry;
pub use store::Store;
