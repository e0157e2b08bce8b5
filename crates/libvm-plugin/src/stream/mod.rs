//! Sources and sinks of streams.
mod event;
mod offer;
mod opened;
mod part;
mod sink;
mod source;
mod stage;

pub use event::StreamEvent;
pub use offer::Source;
pub use part::{Emitted, PartState, StreamPart};
pub use sink::{Flush, Progress, Sink, StreamSink};
pub use source::{Commit, Next, Position, PullSource, PushSource, Rewind};

use crate::entry::{Extension, Flags, table};
use crate::plugin::Plugin;
use libvm_abi as abi;

/// Offers sources and sinks to streams: word `streams` in [`libvm_plugin!`](crate::libvm_plugin).
///
/// What a stream opens is a value of a type of its own: a [`PullSource`], a [`PushSource`] or a [`StreamSink`]. Each opening has its own instance
/// of the plug-in (unless that is a singleton), its own options, which are the plug-in's and its own, and its own state and directories, which belong
/// to the name of the stream. The functions of an opened source or sink are called one at a time, on the thread that runs the stream; they must
/// not wait for long.
pub trait Streams: Plugin {
    /// Returns the sources. Called once in a process.
    fn sources() -> Vec<Source<Self>> {
        Vec::new()
    }

    /// Returns the sinks. Called once in a process.
    fn sinks() -> Vec<Sink<Self>> {
        Vec::new()
    }
}

impl Extension {
    /// Creates the extension of plug-ins with sources and sinks.
    ///
    /// # Errors
    /// None.
    pub fn streams<T: Streams>(_: Flags) -> Result<Self, String> {
        let (sources, sinks) = (T::sources(), T::sinks());
        let source_descriptors: Vec<_> = sources.iter().map(Source::descriptor).collect();
        let sink_descriptors: Vec<_> = sinks.iter().map(Sink::descriptor).collect();
        let extension = abi::StreamExtension {
            size: size_of::<abi::StreamExtension>() as u32,
            reserved: 0,
            sources: table(&source_descriptors),
            sinks: table(&sink_descriptors),
        };
        Ok(Self::new(abi::STREAM_EXTENSION, extension, (sources, sinks, source_descriptors, sink_descriptors)))
    }
}
