//! Opened sources and sinks as the runner uses them.
#![forbid(unsafe_code)]

use crate::events::Batch;
use crate::plugin::stream::{OpenedSink, OpenedSource, Pulled, Written};
use crate::status::Result;

/// An opened source.
pub trait Source: Send {
    /// Appends up to `most` events to a batch; does not wait.
    ///
    /// # Errors
    /// Those of the source.
    fn pull(&mut self, most: usize, into: &mut Batch) -> Result<Pulled>;

    /// Acknowledges all events up to and including the one at a position.
    ///
    /// # Errors
    /// Those of the source.
    fn commit(&mut self, position: u64) -> Result<()>;

    /// Goes to the event after a position.
    ///
    /// # Errors
    /// Those of the source, `STATUS_UNSUPPORTED`.
    fn rewind(&mut self, position: u64) -> Result<()>;
}

/// An opened sink.
pub trait Sink: Send {
    /// Passes the events from an index on.
    fn write(&mut self, events: &Batch, from: usize) -> Written;

    /// Acknowledges what was written; returns false if that takes longer.
    ///
    /// # Errors
    /// Those of the sink.
    fn flush(&mut self) -> Result<bool>;
}

impl Source for OpenedSource {
    fn pull(&mut self, most: usize, into: &mut Batch) -> Result<Pulled> {
        self.pull(most, into)
    }

    fn commit(&mut self, position: u64) -> Result<()> {
        self.commit(position)
    }

    fn rewind(&mut self, position: u64) -> Result<()> {
        self.rewind(position)
    }
}

impl Sink for OpenedSink {
    fn write(&mut self, events: &Batch, from: usize) -> Written {
        self.write(events, from)
    }

    fn flush(&mut self) -> Result<bool> {
        self.flush()
    }
}
