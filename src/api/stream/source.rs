//! Sources of a host.

use super::super::error::{Error, Result, Status};
use super::event::{AbiEvent, StreamEvent};
use super::opened::{Inner, Object, open, run};
use super::part::StreamPart;
use crate::plugin::stream;
use libvm_abi::{self as abi, SourceDescriptor};
use std::ffi::c_void;
use std::task::Poll;

/// Where a source continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamPosition {
    /// After the last position that was committed.
    Committed,
    /// With the first event that the source still has.
    Beginning,
    /// After the event with this position, which is at most `u64::MAX - 2`.
    After(u64),
}

impl StreamPosition {
    pub(super) fn to_abi(self) -> Result<u64> {
        match self {
            Self::Committed => Ok(abi::STREAM_COMMITTED),
            Self::Beginning => Ok(abi::STREAM_BEGINNING),
            // The numbers of the others.
            Self::After(position @ (abi::STREAM_COMMITTED | abi::STREAM_BEGINNING)) => {
                let message = format!("a stream cannot continue after position {position}; the last one is {}", u64::MAX - 2);
                Err(Error::with_status(Status::INVALID_ARGUMENT, message))
            }
            Self::After(position) => Ok(position),
        }
    }

    fn from_abi(position: u64) -> Self {
        match position {
            abi::STREAM_COMMITTED => Self::Committed,
            abi::STREAM_BEGINNING => Self::Beginning,
            _ => Self::After(position),
        }
    }
}

fn not_rewindable() -> Result<()> {
    Err(Error::with_status(Status::UNSUPPORTED, "the source cannot be rewound"))
}

/// A source of a host, which the stream asks for its next event. Every `Iterator` of [`StreamEvent`]s is one. Its functions are called one
/// at a time, on the thread that runs the stream, and must not wait for long. An error of one of them, or a panic, ends the run.
///
/// ```
/// use std::task::Poll;
/// use vm::{Source, StreamEvent, StreamPosition};
///
/// /// The numbers up to a limit, from the one after the last that was committed.
/// struct Numbers { next: u64, limit: u64, committed: u64 }
///
/// impl Source for Numbers {
///     fn pull(&mut self) -> vm::Result<Poll<Option<StreamEvent>>> {
///         if self.next > self.limit {
///             return Ok(Poll::Ready(None));
///         }
///         self.next += 1;
///         Ok(Poll::Ready(Some(StreamEvent::new(format!("{}", self.next - 1)).at(self.next - 1))))
///     }
///
///     fn commit(&mut self, position: u64) -> vm::Result<()> {
///         self.committed = position;
///         Ok(())
///     }
///
///     fn rewind(&mut self, position: StreamPosition) -> vm::Result<()> {
///         self.next = match position {
///             StreamPosition::Beginning => 1,
///             StreamPosition::Committed => self.committed + 1,
///             StreamPosition::After(position) => position + 1,
///         };
///         Ok(())
///     }
/// }
/// # fn main() -> vm::Result<()> {
/// # use std::sync::{Arc, Mutex};
/// # let mut context = vm::Context::new(&vm::Engine::new()?)?;
/// let stream = vm::Stream::new(&mut context, "numbers")?;
/// stream.set_source(Numbers { next: 1, limit: 3, committed: 0 })?;
/// # let seen = Arc::new(Mutex::new(String::new()));
/// # let kept = Arc::clone(&seen);
/// stream.add_sink(None, move |event: vm::EventRef<'_>| {
///     // …
/// #     kept.lock().unwrap().push_str(std::str::from_utf8(event.payload()).unwrap());
///     Ok(())
/// })?;
/// stream.run(None)?;
/// # stream.rewind(StreamPosition::After(1))?;
/// # stream.run(None)?;
/// # assert_eq!(*seen.lock().unwrap(), "12323");
/// # Ok(())
/// # }
/// ```
pub trait Source: Send + 'static {
    /// Opens the source, when the stream is run for the first time. The part notifies the stream when the source has an event again.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn open(&mut self, part: StreamPart) -> Result<()> {
        let _ = part;
        Ok(())
    }

    /// Returns the next event, or `None` if there will be no other; [`Poll::Pending`] if there is none now: it is called again after
    /// [`StreamPart::notify`], at the latest after a short time.
    ///
    /// # Errors
    /// Why the stream cannot go on.
    fn pull(&mut self) -> Result<Poll<Option<StreamEvent>>>;

    /// Acknowledges all events up to and including one: whatever came of them is where it should be.
    ///
    /// # Errors
    /// Why the stream cannot go on.
    fn commit(&mut self, position: u64) -> Result<()> {
        let _ = position;
        Ok(())
    }

    /// Goes back, or forth.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](Status::UNSUPPORTED) unless it is implemented.
    fn rewind(&mut self, position: StreamPosition) -> Result<()> {
        let _ = position;
        not_rewindable()
    }
}

impl<I: Iterator<Item = StreamEvent> + Send + 'static> Source for I {
    fn pull(&mut self) -> Result<Poll<Option<StreamEvent>>> {
        Ok(Poll::Ready(self.next()))
    }
}

/// A source of a host that emits events by itself, on any thread. Every function that takes a [`StreamPart`] is one: it starts the source.
/// The functions are called one at a time, on the thread that runs the stream.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # use std::sync::{Arc, Mutex};
/// # let mut context = vm::Context::new(&vm::Engine::new()?)?;
/// let stream = vm::Stream::new(&mut context, "ticks")?;
/// stream.set_push_source(|part: vm::StreamPart| {
///     std::thread::spawn(move || {
///         for tick in 0..3_u64 {
///             part.emit(vm::StreamEvent::new(tick.to_string()).at(tick))?;
///         }
///         part.end()
///     });
///     Ok(())
/// })?;
/// # let seen = Arc::new(Mutex::new(String::new()));
/// # let kept = Arc::clone(&seen);
/// stream.add_sink(None, move |event: vm::EventRef<'_>| {
///     // …
/// #     kept.lock().unwrap().push_str(std::str::from_utf8(event.payload()).unwrap());
///     Ok(())
/// })?;
/// stream.run(None)?;
/// # assert_eq!(*seen.lock().unwrap(), "012");
/// # Ok(())
/// # }
/// ```
pub trait PushSource: Send + 'static {
    /// Starts the source, which passes events to [`StreamPart::emit`] from now on, also in this function. It is called when the stream is
    /// run for the first time, and after it was stopped.
    ///
    /// # Errors
    /// Why it cannot be started.
    fn start(&mut self, part: StreamPart) -> Result<()>;

    /// Stops the source: threads that wait in [`StreamPart::emit`] receive [`STALE`](Status::STALE), so that this may wait for them.
    fn stop(&mut self) {}

    /// As [`Source::commit`].
    ///
    /// # Errors
    /// As for [`Source::commit`].
    fn commit(&mut self, position: u64) -> Result<()> {
        let _ = position;
        Ok(())
    }

    /// As [`Source::rewind`]. The source is stopped before.
    ///
    /// # Errors
    /// As for [`Source::rewind`].
    fn rewind(&mut self, position: StreamPosition) -> Result<()> {
        let _ = position;
        not_rewindable()
    }
}

impl<F: FnMut(StreamPart) -> Result<()> + Send + 'static> PushSource for F {
    fn start(&mut self, part: StreamPart) -> Result<()> {
        self(part)
    }
}

// SAFETY (of all functions): libvm calls them with the `Object` of the source.

unsafe extern "C" fn open_pull<S: Source>(
    user: *mut c_void,
    part: *const abi::StreamPart,
    opened: *mut *mut c_void,
) -> abi::Status {
    // SAFETY: as above.
    unsafe { open::<S>(user, part, opened, |source, part| source.open(part)) }
}

unsafe extern "C" fn open_push<S: PushSource>(
    user: *mut c_void,
    part: *const abi::StreamPart,
    opened: *mut *mut c_void,
) -> abi::Status {
    // SAFETY: as above.
    unsafe { open::<S>(user, part, opened, |_, _| Ok(())) }
}

unsafe extern "C" fn pull<S: Source>(user: *mut c_void, event: *mut abi::StreamEvent) -> abi::Status {
    let pull = |inner: &mut Inner<S>| match inner.object.pull()? {
        Poll::Ready(Some(pulled)) => {
            let raw = inner.event.insert(AbiEvent::new(pulled)?).raw();
            // SAFETY: libvm passes where the event is to be written.
            unsafe { event.write(raw) };
            Ok(abi::STATUS_OK)
        }
        Poll::Ready(None) => Ok(abi::STATUS_COMPLETE),
        Poll::Pending => Ok(abi::STATUS_WOULD_BLOCK),
    };
    // SAFETY: as above.
    unsafe { run(user, pull) }
}

unsafe extern "C" fn start<S: PushSource>(user: *mut c_void) -> abi::Status {
    let start = |inner: &mut Inner<S>| {
        let closed = || Error::with_status(Status::STALE, "the source is not open");
        let part = inner.part.clone().ok_or_else(closed)?;
        inner.object.start(part).map(|()| abi::STATUS_OK)
    };
    // SAFETY: as above.
    unsafe { run(user, start) }
}

unsafe extern "C" fn stop<S: PushSource>(user: *mut c_void) {
    let stop = |inner: &mut Inner<S>| {
        inner.object.stop();
        Ok(abi::STATUS_OK)
    };
    // SAFETY: as above. A panic cannot be reported; its message has been printed.
    let _ = unsafe { run(user, stop) };
}

unsafe extern "C" fn commit_pull<S: Source>(user: *mut c_void, position: u64) -> abi::Status {
    // SAFETY: as above.
    unsafe { run::<S>(user, |inner| inner.object.commit(position).map(|()| abi::STATUS_OK)) }
}

unsafe extern "C" fn commit_push<S: PushSource>(user: *mut c_void, position: u64) -> abi::Status {
    // SAFETY: as above.
    unsafe { run::<S>(user, |inner| inner.object.commit(position).map(|()| abi::STATUS_OK)) }
}

unsafe extern "C" fn rewind_pull<S: Source>(user: *mut c_void, position: u64) -> abi::Status {
    // SAFETY: as above.
    unsafe { run::<S>(user, |inner| inner.object.rewind(StreamPosition::from_abi(position)).map(|()| abi::STATUS_OK)) }
}

unsafe extern "C" fn rewind_push<S: PushSource>(user: *mut c_void, position: u64) -> abi::Status {
    // SAFETY: as above.
    unsafe { run::<S>(user, |inner| inner.object.rewind(StreamPosition::from_abi(position)).map(|()| abi::STATUS_OK)) }
}

const NONE: SourceDescriptor = SourceDescriptor {
    size: size_of::<SourceDescriptor>() as u32,
    flags: 0,
    name: c"source".as_ptr(),
    description: std::ptr::null(),
    options: abi::Table { items: std::ptr::null(), count: 0, stride: 0 },
    open: None,
    close: None,
    pull: None,
    start: None,
    stop: None,
    commit: None,
    rewind: None,
};

pub(super) fn of_pull<S: Source>(source: S) -> crate::status::Result<stream::Source> {
    let descriptor = SourceDescriptor {
        open: Some(open_pull::<S>),
        pull: Some(pull::<S>),
        commit: Some(commit_pull::<S>),
        rewind: Some(rewind_pull::<S>),
        ..NONE
    };
    // SAFETY: its functions take this pointer.
    unsafe { stream::Source::of_host(&descriptor, Object::user_data(source)) }
}

pub(super) fn of_push<S: PushSource>(source: S) -> crate::status::Result<stream::Source> {
    let descriptor = SourceDescriptor {
        open: Some(open_push::<S>),
        start: Some(start::<S>),
        stop: Some(stop::<S>),
        commit: Some(commit_push::<S>),
        rewind: Some(rewind_push::<S>),
        ..NONE
    };
    // SAFETY: its functions take this pointer.
    unsafe { stream::Source::of_host(&descriptor, Object::user_data(source)) }
}
