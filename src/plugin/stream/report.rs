//! What a host sees of an opened source or sink.
#![forbid(unsafe_code)]

use libvm_abi::StreamPartState;
use std::sync::Arc;

/// The state of an opened source or sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// `STREAM_PART_*` of the ABI.
    pub state: StreamPartState,
    /// Details for people; empty if there are none.
    pub text: String,
    /// The number of times that it has established a lost connection again.
    pub reconnects: u64,
    /// The number of events in the queue of a push source.
    pub queued: usize,
}

/// Is called with the name of the part when its state changes, on any thread.
pub type Listener = Arc<dyn Fn(&str, &Report) + Send + Sync>;
