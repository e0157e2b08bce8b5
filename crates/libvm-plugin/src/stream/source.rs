//! Sources.
use super::event::StreamEvent;
use super::opened::{self, Open, close, open};
use super::part::StreamPart;
use crate::Result;
use crate::entry::Described;
use crate::error::c_string;
use crate::options::Options;
use crate::plugin::Plugin;
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_void};
use std::marker::PhantomData;

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

/// A source that a plug-in offers.
pub struct Source<T> {
    flags: u32,
    name: CString,
    description: CString,
    options: Described,
    open: abi::StreamOpen,
    close: abi::Free,
    pull: Option<abi::SourcePull>,
    start: Option<abi::StreamDo>,
    stop: Option<abi::Free>,
    commit: Option<abi::SourceMove>,
    rewind: Option<abi::SourceMove>,
    marker: PhantomData<fn(T)>,
}

impl<T: Plugin> Source<T> {
    fn of<S: Move<Plugin = T>>(name: &str) -> Self {
        Self {
            flags: 0,
            name: c_string(name),
            description: CString::default(),
            options: S::options(),
            open: open::<S>,
            close: close::<S>,
            pull: None,
            start: None,
            stop: None,
            commit: S::COMMITS.then_some(commit::<S>),
            rewind: S::REWINDS.then_some(rewind::<S>),
            marker: PhantomData,
        }
    }

    /// Offers a type as a source that is asked for each event.
    pub fn pull<S: PullSource<Plugin = T>>(name: &str) -> Self {
        Self { pull: Some(pull::<S>), ..Self::of::<Pulled<S>>(name) }
    }

    /// Offers a type as a source that emits events by itself.
    pub fn push<S: PushSource<Plugin = T>>(name: &str) -> Self {
        Self { start: Some(start::<S>), stop: Some(stop::<S>), ..Self::of::<Pushed<S>>(name) }
    }

    /// Says that it comes to an end.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self { flags: abi::SOURCE_BOUNDED, ..self }
    }

    /// Describes it in one line.
    #[must_use]
    pub fn describe(self, text: &str) -> Self {
        Self { description: c_string(text), ..self }
    }

    pub(super) fn descriptor(&self) -> abi::SourceDescriptor {
        abi::SourceDescriptor {
            size: size_of::<abi::SourceDescriptor>() as u32,
            flags: self.flags,
            name: self.name.as_ptr(),
            description: self.description.as_ptr(),
            options: self.options.table(),
            open: Some(self.open),
            close: Some(self.close),
            pull: self.pull,
            start: self.start,
            stop: self.stop,
            commit: self.commit,
            rewind: self.rewind,
        }
    }
}

/// What both kinds of sources have.
trait Move: Open {
    const COMMITS: bool;
    const REWINDS: bool;
    fn commit(&mut self, position: u64) -> Result<()>;
    fn rewind(&mut self, to: Position) -> Result<()>;
}

struct Pulled<S>(S);
struct Pushed<S>(S);

macro_rules! moves {
    ($($kind:ident: $source:ident;)*) => {$(
        impl<S: $source> Open for $kind<S> {
            type Plugin = S::Plugin;
            type Options = S::Options;

            fn open(plugin: &S::Plugin, part: StreamPart, options: S::Options) -> Result<Self> {
                S::open(plugin, part, options).map(Self)
            }
        }

        impl<S: $source> Move for $kind<S> {
            const COMMITS: bool = S::COMMIT.is_some();
            const REWINDS: bool = S::REWIND.is_some();

            fn commit(&mut self, position: u64) -> Result<()> {
                S::COMMIT.map_or(Ok(()), |commit| commit(&mut self.0, position))
            }

            fn rewind(&mut self, to: Position) -> Result<()> {
                S::REWIND.map_or(Ok(()), |rewind| rewind(&mut self.0, to))
            }
        }
    )*};
}

moves! { Pulled: PullSource; Pushed: PushSource; }

unsafe extern "C" fn pull<S: PullSource>(opened: *mut c_void, event: *mut abi::StreamEvent) -> Status {
    let next = |source: &mut opened::Opened<Pulled<S>>| match source.value.0.next()? {
        Next::Event(next) => {
            // SAFETY: libvm passes an event. What it then points to stays until the source is called again: in the source, which nothing
            // else uses, or beside it.
            source.held.fill(next, unsafe { &mut *event });
            Ok(abi::STATUS_OK)
        }
        Next::NotYet => Ok(abi::STATUS_WOULD_BLOCK),
        Next::End => Ok(abi::STATUS_COMPLETE),
    };
    // SAFETY: libvm calls the functions of an opened source one at a time.
    unsafe { opened::with(opened, next) }
}

unsafe extern "C" fn start<S: PushSource>(opened: *mut c_void) -> Status {
    // SAFETY: as above.
    unsafe { opened::with::<Pushed<S>>(opened, |source| source.value.0.start().map(|()| abi::STATUS_OK)) }
}

unsafe extern "C" fn stop<S: PushSource>(opened: *mut c_void) {
    // SAFETY: as above.
    unsafe { opened::end::<Pushed<S>>(opened, "stopping", |source| source.value.0.stop()) };
}

unsafe extern "C" fn commit<S: Move>(opened: *mut c_void, position: u64) -> Status {
    // SAFETY: as above.
    unsafe { opened::with::<S>(opened, |source| source.value.commit(position).map(|()| abi::STATUS_OK)) }
}

unsafe extern "C" fn rewind<S: Move>(opened: *mut c_void, position: u64) -> Status {
    let to = match position {
        abi::STREAM_COMMITTED => Position::Committed,
        abi::STREAM_BEGINNING => Position::Beginning,
        position => Position::After(position),
    };
    // SAFETY: as above.
    unsafe { opened::with::<S>(opened, |source| source.value.rewind(to).map(|()| abi::STATUS_OK)) }
}
