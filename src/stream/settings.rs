//! What a host sets of a stream.
#![forbid(unsafe_code)]

use crate::engine::Handle;
use crate::limits::{DEFAULT_STREAM_BATCH, MAX_STREAM_EMITTED};
use crate::status::Error;
use libvm_abi as abi;

/// What happens to an event that a stage or a sink fails to handle. The numbers equal those of `VM_ErrorPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum ErrorPolicy {
    /// The run fails; the next one goes on with the event.
    #[default]
    Stop = 0,
    /// It is left out.
    Skip = 1,
    /// It is written to the dead-letter sink.
    DeadLetter = 2,
}

impl ErrorPolicy {
    /// Returns the policy with a number.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::Stop, Self::Skip, Self::DeadLetter].into_iter().find(|policy| *policy as u32 == number)
    }
}

/// The settings of a stream.
#[derive(Clone, Copy)]
pub struct Settings {
    /// How many events are pulled, written and passed to a stage at once.
    pub batch: usize,
    pub policy: ErrorPolicy,
    /// How many events, and bytes of them, a call of a stage may emit.
    pub emitted: (usize, usize),
}

impl Default for Settings {
    fn default() -> Self {
        Self { batch: DEFAULT_STREAM_BATCH, policy: ErrorPolicy::default(), emitted: MAX_STREAM_EMITTED }
    }
}

/// A function of the context that handles events.
pub struct StageFunction {
    /// What messages call it.
    pub name: String,
    pub function: Handle,
    /// Whether a call may handle several events.
    pub batched: bool,
}

/// Returns whether a call failed because of its event, so that others may succeed; otherwise it is because of the stream or its
/// context.
pub fn is_of_event(error: &Error) -> bool {
    match error.status() {
        abi::STATUS_TIMEOUT => true,
        abi::STATUS_CANCELLED | abi::STATUS_OUT_OF_FUEL | abi::STATUS_EXIT | abi::STATUS_INTERNAL => false,
        abi::STATUS_BUSY | abi::STATUS_REENTRANT | abi::STATUS_WOULD_BLOCK | abi::STATUS_WRONG_THREAD => false,
        _ => error.is_trap(),
    }
}
