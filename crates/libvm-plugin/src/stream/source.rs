//! Opened sources.
use super::event::StreamEvent;
use super::part::StreamPart;
use crate::Result;
use crate::options::Options;
use crate::plugin::Plugin;

/// Acknowledges the events of a source up to a position. A failure ends the stream.
pub type Commit<S> = fn(&mut S, u64) -> Result<()>;

/// Continues at a place. A failure ends the stream.
pub type Rewind<S> = fn(&mut S, Position) -> Result<()>;

/// What a pull source has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// An event.
    Event(StreamEvent<'a>),
    /// None now: it is asked again after [`StreamPart::notify`], at the latest after a short time.
    NotYet,
    /// No other event: the source has ended.
    End,
}

/// Where a source continues: after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// After the last event that was committed, also before the source was opened; else with the first.
    Committed,
    /// With the first event that the source still has.
    Beginning,
    /// After the event with this position.
    After(u64),
}

/// An opened source that is asked for each event. It is dropped when the stream closes it.
///
/// A source that stores the position that [`PullSource::COMMIT`] gets, and begins after it when it is opened again, delivers each event at least once, whatever
/// happens to the process.
///
/// ```
/// use libvm_plugin::{Commit, Module, Next, Plugin, PullSource, Result, Source, StreamEvent, StreamPart, Streams, libvm_plugin};
///
/// #[derive(Default)]
/// struct Counts;
///
/// /// The numbers from 1 to 10, each once, whatever happens.
/// struct Numbers {
///     part: StreamPart,
///     last: u64,
/// }
///
/// impl PullSource for Numbers {
///     type Plugin = Counts;
///     type Options = ();
///
///     fn open(_: &Counts, part: StreamPart, (): ()) -> Result<Self> {
///         let last = part.state(|state| state.get("last"))?;
///         let last = last.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
///         Ok(Self { part, last: last.unwrap_or(0) })
///     }
///
///     fn next(&mut self) -> Result<Next<'_>> {
///         if self.last == 10 {
///             return Ok(Next::End);
///         }
///         self.last += 1;
///         Ok(Next::Event(StreamEvent::new(self.last.to_string().into_bytes()).at(self.last)))
///     }
///
///     const COMMIT: Option<Commit<Self>> =
///         Some(|me, position| me.part.state(|state| state.put("last", &position.to_le_bytes())));
/// }
///
/// impl Streams for Counts {
///     fn sources() -> Vec<Source<Self>> {
///         vec![Source::pull::<Numbers>("numbers").bounded().describe("Counts to ten")]
///     }
/// }
///
/// impl Plugin for Counts {
///     fn modules() -> Vec<Module<Self>> {
///         Vec::new()
///     }
/// }
///
/// libvm_plugin!(Counts: streams);
/// # fn main() {}
/// ```
pub trait PullSource: Sized + Send + 'static {
    /// The plug-in.
    type Plugin: Plugin;
    /// Its options besides those of the plug-in, with other keys.
    type Options: Options;
    /// Acknowledges all events up to and including the one with a position, so that they need not be delivered again; `None` if it does not.
    const COMMIT: Option<Commit<Self>> = None;
    /// Goes back, or forth; `None` if it cannot.
    const REWIND: Option<Rewind<Self>> = None;

    /// Opens it. `plugin` is the instance of this opening.
    ///
    /// # Errors
    /// The stream then cannot be opened.
    fn open(plugin: &Self::Plugin, part: StreamPart, options: Self::Options) -> Result<Self>;

    /// Returns the next event. It does not wait: a source that has to wait for its events is a [`PushSource`] with a thread.
    ///
    /// # Errors
    /// The stream ends.
    fn next(&mut self) -> Result<Next<'_>>;
}

/// An opened source that emits events by itself, for example on a thread. It is dropped when the stream closes it.
///
/// ```
/// use libvm_plugin::{Emitted, Module, Plugin, PushSource, Result, Source, StreamEvent, StreamPart, Streams, libvm_plugin};
/// use std::thread::{self, JoinHandle};
///
/// #[derive(Default)]
/// struct Lines;
///
/// /// The lines of the standard input.
/// struct Input {
///     part: StreamPart,
///     thread: Option<JoinHandle<()>>,
/// }
///
/// impl PushSource for Input {
///     type Plugin = Lines;
///     type Options = ();
///
///     fn open(_: &Lines, part: StreamPart, (): ()) -> Result<Self> {
///         Ok(Self { part, thread: None })
///     }
///
///     fn start(&mut self) -> Result<()> {
///         let part = self.part.clone();
///         self.thread = Some(thread::spawn(move || {
///             for line in std::io::stdin().lines().map_while(|line| line.ok()) {
///                 match part.emit_waiting(StreamEvent::new(line.into_bytes())) {
///                     Ok(Emitted::Taken) => {}
///                     _ => return, // it was stopped, or the line is too long for a stream
///                 }
///             }
///             let _ = part.end(); // fails only if it was stopped meanwhile
///         }));
///         Ok(())
///     }
///
///     fn stop(&mut self) {
///         if let Some(thread) = self.thread.take() {
///             let _ = thread.join();
///         }
///     }
/// }
///
/// impl Streams for Lines {
///     fn sources() -> Vec<Source<Self>> {
///         vec![Source::push::<Input>("stdin").bounded()]
///     }
/// }
///
/// impl Plugin for Lines {
///     fn modules() -> Vec<Module<Self>> {
///         Vec::new()
///     }
/// }
///
/// libvm_plugin!(Lines: streams);
/// # fn main() {}
/// ```
pub trait PushSource: Sized + Send + 'static {
    /// The plug-in.
    type Plugin: Plugin;
    /// Its options besides those of the plug-in, with other keys.
    type Options: Options;
    /// Acknowledges all events up to and including the one with a position, so that they need not be delivered again; `None` if it does not.
    const COMMIT: Option<Commit<Self>> = None;
    /// Goes back, or forth; `None` if it cannot. It is stopped meanwhile.
    const REWIND: Option<Rewind<Self>> = None;

    /// Opens it. `plugin` is the instance of this opening.
    ///
    /// # Errors
    /// The stream then cannot be opened.
    fn open(plugin: &Self::Plugin, part: StreamPart, options: Self::Options) -> Result<Self>;

    /// Starts: from now on it passes events to [`StreamPart::emit`], on any thread.
    ///
    /// # Errors
    /// The stream ends, and `stop` is not called.
    fn start(&mut self) -> Result<()>;

    /// Stops: when it returns, the source emits nothing until it is started again. Threads that wait in [`StreamPart::emit_waiting`] were awakened
    /// before, so that it may join them. It is called before the source is dropped, and before `rewind`.
    fn stop(&mut self);
}
