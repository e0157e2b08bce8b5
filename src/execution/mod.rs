//! Executions: calls of a guest that run in parts, on any thread, and the queues of those that can go on.

mod freeable;
mod held;
mod hooks;
mod outcome;
mod pending;
mod pool;
mod prepared;
mod queue;
mod reset;
mod run;
mod shared;
mod signal;
mod state;
mod work;

pub use outcome::Phase;
pub use pool::{Pool, Unprepared};
pub use prepared::PreparedCall;
pub use queue::Queue;
pub use run::next;
#[cfg(feature = "compiled")]
pub use shared::HeldCall;
pub use shared::{Entered, SharedContext, Visit};
pub use state::{Execution, OnEnd};
pub use work::Work;
