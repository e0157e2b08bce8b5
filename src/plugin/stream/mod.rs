//! Opened sources and sinks of streams: those of plug-ins and those of the host, which the floors above use alike.
//!
//! A [`Source`] or [`Sink`] can be opened any number of times. What is opened ([`OpenedSource`], [`OpenedSink`]) has a part
//! (`part`), which the code of the plug-in reaches from any thread by its number (`table`); it has the queue of a push
//! source (`queue`), and what the host sees of it ([`Monitor`]).

mod event;
mod opened;
mod part;
mod queue;
mod report;
mod signal;
mod sink;
mod source;
mod table;
#[cfg(test)]
mod tests;

pub use crate::plugin::native::stream::{SinkInfo, SourceInfo};
pub use event::{push as push_event, read as read_event};
pub use opened::Opening;
pub use part::Monitor;
pub use queue::Capacity;
pub use report::{Listener, Report};
pub use signal::Signal;
pub use sink::{OpenedSink, Sink, Written};
pub use source::{OpenedSource, Pulled, Source};

use std::any::Any;

/// Locks what all parts share until the result is dropped.
pub(super) fn hold_locks() -> Box<dyn Any> {
    part::parts()
}
