//! The interpreter: the only folder that names `wasmi`.

mod callee;
mod code;
mod convert;
mod driver;
mod engine;
mod entity;
mod error;
mod execution;
mod executions;
mod fuel;
mod func;
mod instance;
mod lent;
mod limiter;
mod memory;
mod module;
mod reachable;
mod recorded;
mod reference;
#[cfg(test)]
mod rewritten;
mod shard;
mod state;
mod store;
mod suspended;
mod table;
mod trace;
mod traced;
mod trampoline;
mod values;
#[cfg(feature = "wasi")]
mod wasi;
mod watched;

pub use convert::{check_memory_type, check_table_type};
pub use engine::Engine;
pub use executions::Progress;
pub use lent::Lent;
pub use module::Module;
pub use store::{Extern, Store};
#[cfg(test)]
pub(crate) use trampoline::{Path, path_of};
