//! Executions: calls of a guest that go on by and by, on any thread, and the queues that tell which of them can go on.

mod execution;
mod freeable;
mod outcome;
mod pool;
mod queue;
mod run;
mod shared;
mod signal;
mod work;

pub use execution::{Execution, OnEnd};
pub use outcome::Phase;
pub use pool::Pool;
pub use queue::Queue;
pub use run::next;
pub use shared::{Entered, SharedContext};
pub use work::Work;
