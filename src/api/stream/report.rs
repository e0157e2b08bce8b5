//! What a host sees of a stream.
#![forbid(unsafe_code)]

use super::part::StreamPartState;
use crate::plugin::stream::Report;
use crate::stream::Statistics;

/// The state of a source or sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamPartReport {
    /// The state.
    pub state: StreamPartState,
    /// Details for people; empty if there are none.
    pub text: String,
    /// How often it has established a lost connection again.
    pub reconnects: u64,
    /// The number of events in the queue of a push source.
    pub queued: usize,
}

impl StreamPartReport {
    pub(super) fn new(report: &Report) -> Self {
        let Report { state, text, reconnects, queued } = report;
        Self { state: StreamPartState::from_abi(*state), text: text.clone(), reconnects: *reconnects, queued: *queued }
    }
}

macro_rules! statistics {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of a stream since it was created.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct StreamStatistics {
            $($(#[$doc])* pub $name: u64,)*
            /// How often the source and the sinks have established a lost connection again.
            pub reconnects: u64,
        }

        impl StreamStatistics {
            pub(super) fn new((counted, reconnects): (Statistics, u64)) -> Self {
                Self { $($name: counted.$name,)* reconnects }
            }
        }
    };
}

statistics! {
    /// Events that the source has delivered.
    events_in,
    /// Bytes of their payloads.
    bytes_in,
    /// Events that were written to the sinks: each counts once, regardless of the number of sinks.
    events_out,
    /// Bytes of their payloads.
    bytes_out,
    /// Calls of stages.
    calls,
    /// Failures of a stage or a sink to handle an event.
    failed,
    /// Failed events that were left out.
    skipped,
    /// Failed events that were written to the dead-letter sink.
    dead_lettered,
    /// Positions that were committed.
    commits,
    /// How often the stream found a sink full, or not ready to acknowledge.
    waits,
}
