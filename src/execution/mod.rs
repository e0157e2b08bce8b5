//! Executions: calls of a guest that go on by and by, on any thread, and the queues that tell which of them can go on.

mod freeable;
mod outcome;
mod pool;
mod queue;
mod run;
mod shared;
mod signal;
mod state;
mod work;

pub use outcome::Phase;
pub use pool::Pool;
pub use queue::Queue;
pub use run::next;
pub use shared::{Entered, SharedContext};
pub use state::{Execution, OnEnd};
pub use work::Work;
