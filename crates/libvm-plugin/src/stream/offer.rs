//! The sources that a plug-in offers.
use super::opened::{self, Open, close, open};
use super::part::StreamPart;
use super::source::{Next, Position, PullSource, PushSource};
use crate::Result;
use crate::entry::Described;
use crate::error::c_string;
use crate::plugin::Plugin;
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_void};
use std::marker::PhantomData;

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

    /// Marks it as one that comes to an end.
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
