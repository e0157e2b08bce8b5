//! Streams.

mod event;
mod opened;
mod part;
mod report;
mod sink;
mod source;
mod stage;

pub use crate::stream::{ErrorPolicy, State as StreamState};
pub use event::{EventRef, StreamEvent};
pub use part::{StreamPart, StreamPartState};
pub use report::{StreamPartReport, StreamStatistics};
pub use sink::Sink;
pub use source::{PushSource, Source, StreamPosition};
pub use stage::StageCalls;

use super::context::Context;
use super::error::{Result, guard};
use super::plugin::Plugin;
use crate::plugin::stream::Report;
use crate::{panics, stream};
use libvm_abi as abi;
use std::sync::Arc;
use std::task::Poll;

/// Passes the events of a source through stages to sinks. Stages are functions of guests, plug-ins or the host, which read the event and
/// emit any number of others. A position of the source is committed when all sinks have acknowledged everything that came of the events
/// up to it: each event is delivered at least once. See [docs/streams.md](https://docs.rs/crate/libvm/latest/source/docs/streams.md).
///
/// A run uses the context of the stream; meanwhile other uses of that fail with [`BUSY`](crate::Status::BUSY). Clones share the stream,
/// which is closed when the last one is dropped; when the context is dropped, runs fail with [`STALE`](crate::Status::STALE). A source or
/// sink that holds a clone keeps its own stream.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # use std::sync::{Arc, Mutex};
/// use vm::{Caller, Context, Engine, ErrorPolicy, EventRef, StageCalls, Stream, StreamEvent};
///
/// let mut context = Context::new(&Engine::new()?)?;
/// let stream = Stream::new(&mut context, "numbers")?;
/// stream.set_source((1..=4).map(|n: u64| StreamEvent::new(n.to_string()).at(n)))?;
/// stream.add_stage("halve", StageCalls::Single, |caller: Caller<'_>| -> vm::Result<()> {
///     let n: u64 = std::str::from_utf8(caller.event()?.payload()).map_err(vm::Error::new)?.parse().map_err(vm::Error::new)?;
///     if n % 2 == 1 {
///         return Err(vm::Error::new(format!("{n} is odd")));
///     }
///     caller.emit_event(&StreamEvent::new((n / 2).to_string()))
/// })?;
/// # let seen = Arc::new(Mutex::new(Vec::new()));
/// # let kept = Arc::clone(&seen);
/// stream.add_sink(None, move |event: EventRef<'_>| {
///     kept.lock().unwrap().push(String::from_utf8_lossy(event.payload()).into_owned());
///     Ok(())
/// })?;
/// stream.set_error_policy(ErrorPolicy::Skip)?;
/// stream.run(None)?;
/// assert_eq!(*seen.lock().unwrap(), ["1", "2"]);
/// assert_eq!(stream.statistics().skipped, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Stream(Arc<stream::Stream>);

impl Stream {
    /// Creates a stream without source, stages and sinks. The name is a part of the names of the states of its sources and sinks, and should
    /// be the same each time that the program runs.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for an invalid name, [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn new(context: &mut Context, name: &str) -> Result<Self> {
        guard(|| stream::Stream::new(context.shared(), name).map(|stream| Self(Arc::new(stream))))
    }

    pub(super) fn inner(&self) -> &stream::Stream {
        &self.0
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Sets the source to one of the host.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), [`SEALED`](crate::Status::SEALED) if the stream was run,
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_source(&self, source: impl Source) -> Result<()> {
        guard(|| self.0.set_source(source::of_pull(source)?))
    }

    /// Sets the source to one of the host that emits events by itself.
    ///
    /// # Errors
    /// As for [`set_source`](Self::set_source).
    pub fn set_push_source(&self, source: impl PushSource) -> Result<()> {
        guard(|| self.0.set_source(source::of_push(source)?))
    }

    /// Sets the source to one of a plug-in.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if the plug-in has no such source, and as for [`set_source`](Self::set_source).
    pub fn set_plugin_source(&self, plugin: &Plugin, source: &str) -> Result<()> {
        guard(|| self.0.set_source(plugin.inner().find_source(source)?))
    }

    /// Adds a sink of the host; without a name it is `sink-` with its number.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for an invalid name,
    /// [`LIMIT`](crate::Status::LIMIT), and as for [`set_source`](Self::set_source).
    pub fn add_sink(&self, name: Option<&str>, sink: impl Sink) -> Result<()> {
        guard(|| self.0.add_sink(name, sink::of_host(sink)?))
    }

    /// Adds a sink of a plug-in; without a name it is `sink-` with its number.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if the plug-in has no such sink, and as for [`add_sink`](Self::add_sink).
    pub fn add_plugin_sink(&self, name: Option<&str>, plugin: &Plugin, sink: &str) -> Result<()> {
        guard(|| self.0.add_sink(name, plugin.inner().find_sink(sink)?))
    }

    /// Sets the sink of the host to which failed events are written under [`ErrorPolicy::DeadLetter`]. Their metadata has in addition
    /// `libvm.failed` (the stage or sink), `libvm.status` and `libvm.reason`. Its name is `dead-letter`.
    ///
    /// # Errors
    /// As for [`set_source`](Self::set_source).
    pub fn set_dead_letter_sink(&self, sink: impl Sink) -> Result<()> {
        guard(|| self.0.set_dead_letter(sink::of_host(sink)?))
    }

    /// Sets the sink of a plug-in to which failed events are written, as [`set_dead_letter_sink`](Self::set_dead_letter_sink).
    ///
    /// # Errors
    /// As for [`set_plugin_source`](Self::set_plugin_source).
    pub fn set_plugin_dead_letter_sink(&self, plugin: &Plugin, sink: &str) -> Result<()> {
        guard(|| self.0.set_dead_letter(plugin.inner().find_sink(sink)?))
    }

    /// Sets an option of a source or sink of a plug-in, of any type, from a string. Options that the context has for the plug-in hold too;
    /// this one takes precedence. The first run checks it.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if the stream has no such part yet, and as for [`set_source`](Self::set_source).
    pub fn set_option(&self, part: &str, key: &str, value: &str) -> Result<()> {
        guard(|| self.0.set_option(part, key, value))
    }

    /// Sets how many events the stream takes from its source, passes to a batched stage and writes to its sinks at once; 256 by default. A
    /// position is committed after each batch.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT), [`BUSY`](crate::Status::BUSY) while the stream runs,
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_batch_size(&self, events: u64) -> Result<()> {
        guard(|| self.0.set_batch(events))
    }

    /// Sets what happens to an event that a stage or a sink fails to handle.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY) while the stream runs, [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_error_policy(&self, policy: ErrorPolicy) -> Result<()> {
        guard(|| self.0.set_policy(policy))
    }

    /// Limits how much one call of a stage may emit; by default, and at most, 65,536 events and 64 MiB.
    ///
    /// # Errors
    /// As for [`set_batch_size`](Self::set_batch_size).
    pub fn set_emit_limits(&self, events: u64, bytes: u64) -> Result<()> {
        guard(|| self.0.set_emit_limits(events, bytes))
    }

    /// Limits the queue of a push source; by default to 1,024 events and 4 MiB.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for 0, and as for [`set_source`](Self::set_source).
    pub fn set_queue_size(&self, events: u64, bytes: u64) -> Result<()> {
        guard(|| self.0.set_capacity(events, bytes))
    }

    /// Sets a function that receives the name of a source or sink and its state when that changes, on any thread. A panic of it is caught.
    ///
    /// # Errors
    /// As for [`set_source`](Self::set_source).
    pub fn set_state_callback(&self, callback: impl Fn(&str, &StreamPartReport) + Send + Sync + 'static) -> Result<()> {
        let listener = move |part: &str, report: &Report| {
            // A panic cannot pass through libvm; its message has been printed.
            let _ = panics::catch(|| callback(part, &StreamPartReport::new(report)));
        };
        guard(|| self.0.set_listener(Some(Arc::new(listener))))
    }

    /// Runs the stream on this thread: until its source has ended, it is stopped, or so many events of the source are handled. It waits
    /// while the source has no event and while a sink is full. The first run opens the sinks and the source.
    ///
    /// When it succeeds, everything that a stage has seen is acknowledged by the sinks and committed; [`state`](Self::state) shows why it has
    /// returned. After a failure the events that are not acknowledged stay in the stream, and the next run continues with the one that
    /// failed.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) without a source, or without the dead-letter sink that the error policy needs,
    /// [`BUSY`](crate::Status::BUSY) if another thread uses the stream or its context, [`REENTRANT`](crate::Status::REENTRANT) if this
    /// thread does, [`STALE`](crate::Status::STALE) if the context was dropped, or reset after a stage was added,
    /// [`PLUGIN_OPTION`](crate::Status::PLUGIN_OPTION), and what the source, a stage or a sink fails with.
    pub fn run(&self, max_events: Option<u64>) -> Result<()> {
        guard(|| self.0.run(max_events.unwrap_or(u64::MAX), true))
    }

    /// Runs the stream as [`run`](Self::run), but does not wait for its source and its sinks: [`Poll::Pending`] if it would have to. Run it
    /// again later.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn poll_once(&self, max_events: Option<u64>) -> Result<Poll<()>> {
        guard(|| match self.0.run(max_events.unwrap_or(u64::MAX), false) {
            Err(error) if error.status() == abi::STATUS_WOULD_BLOCK => Ok(Poll::Pending),
            done => done.map(Poll::Ready),
        })
    }

    /// Makes the run of the stream return, or else the next one, from any thread. The event in a stage is handled to its end; what stages
    /// have emitted is written to the sinks, unless one of them is full, and committed. Events that no stage has seen stay in the stream.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Drops the events that are in the stream, and makes its source continue at a position. Opens the source if no run has done so.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) if the source cannot be rewound, [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for
    /// a position above `u64::MAX - 2`, those of opening as for [`run`](Self::run), and what the source fails with.
    pub fn rewind(&self, position: StreamPosition) -> Result<()> {
        let position = position.to_abi()?;
        guard(|| self.0.rewind(position))
    }

    /// Returns what the stream is doing.
    pub fn state(&self) -> StreamState {
        StreamState::from_number(self.0.state())
    }

    /// Returns the counters. While the stream runs they are updated with each batch.
    pub fn statistics(&self) -> StreamStatistics {
        StreamStatistics::new(self.0.statistics())
    }

    /// Returns the state of a source or sink.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if no such part is open.
    pub fn part_report(&self, part: &str) -> Result<StreamPartReport> {
        guard(|| self.0.report(part).map(|report| StreamPartReport::new(&report)))
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({:?}, {:?})", self.name(), self.state())
    }
}

impl Context {
    /// Registers the module `libvm_stream`: guests read the events of a stage and emit others through it. It must be registered before a
    /// guest that imports it is instantiated.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn register_stream_module(&mut self) -> Result<()> {
        self.with(|context| context.register_module(&stream::guest::module()?))
    }
}
