//! The interpreter: the only folder that names `wasmi`.

mod access;
mod callee;
mod code;
mod convert;
mod driver;
mod engine;
mod error;
mod execution;
mod executions;
mod fuel;
mod lent;
mod limiter;
mod load;
#[cfg(test)]
mod rewritten;
mod shard;
mod state;
mod store;
mod suspended;
mod trace;
mod traced;
mod trampoline;
mod values;
#[cfg(feature = "wasi")]
mod wasi;

pub use code::Code;
pub use convert::{check_memory_type, check_table_type};
pub use engine::Engine;
pub use lent::Lent;
pub use state::Interpreter;
pub use store::Store;
#[cfg(test)]
pub(crate) use trampoline::{Path, path_of};
