//! Event loops.
#![forbid(unsafe_code)]

mod host;
mod inner;
mod spawn;

pub use crate::event_loop::Descriptor;
pub use host::HostLoop;

use super::error::{Result, guard};
use super::plugin::PluginRegistry;
use crate::event_loop;
use inner::{Inner, caught};
use libvm_abi as abi;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// For what a descriptor is watched, and for what it is ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoopEvents {
    /// Something can be read, or the other end was closed.
    pub readable: bool,
    /// Something can be written.
    pub writable: bool,
    /// The descriptor cannot be watched any more; only reported.
    pub failed: bool,
}

impl LoopEvents {
    /// Readable alone.
    pub const READABLE: Self = Self { readable: true, writable: false, failed: false };
    /// Writable alone.
    pub const WRITABLE: Self = Self { readable: false, writable: true, failed: false };

    fn to_abi(self) -> abi::LoopEvents {
        let flags = [(self.readable, abi::LOOP_READABLE), (self.writable, abi::LOOP_WRITABLE), (self.failed, abi::LOOP_FAILED)];
        flags.into_iter().filter(|(is_set, _)| *is_set).fold(0, |all, (_, flag)| all | flag)
    }

    fn from_abi(events: abi::LoopEvents) -> Self {
        let has = |flag| events & flag != 0;
        Self { readable: has(abi::LOOP_READABLE), writable: has(abi::LOOP_WRITABLE), failed: has(abi::LOOP_FAILED) }
    }
}

/// The number of a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WatchId(u64);

/// The number of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimerId(u64);

/// Calls functions when a descriptor is ready, when a timer is due, or when another thread posts them, on the thread that runs the loop,
/// and runs futures there. A program that has no loop of its own calls [`run_once`](Self::run_once) again and again; one that has waits for
/// [`handle`](Self::handle), or lets libvm use its loop ([`on_host`](Self::on_host)). Plug-ins use the loop of their registry
/// ([`PluginRegistry::set_event_loop`]).
///
/// Clones share it. It ends with the last one: what is in it is dropped, and nothing of it is called any more. So a function or a future in
/// it that holds a clone keeps it for as long as it is there. All functions except those that run a round may be called on any thread, and
/// in callbacks. A panic of a callback is caught.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let event_loop = vm::EventLoop::new()?;
/// let ticks = Arc::new(AtomicU32::new(0));
/// let counted = Arc::clone(&ticks);
/// let every = Duration::from_millis(1);
/// let timer = event_loop.start_timer(every, Some(every), move |_| _ = counted.fetch_add(1, Ordering::Relaxed))?;
/// while ticks.load(Ordering::Relaxed) < 3 {
///     event_loop.run_once(None)?;
/// }
/// event_loop.cancel_timer(timer)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventLoop(Arc<Inner>);

impl EventLoop {
    /// Creates a loop that waits with the system's interface: epoll, kqueue, event ports or I/O completion ports.
    ///
    /// # Errors
    /// [`IO`](crate::Status::IO) if the process has too many descriptors.
    pub fn new() -> Result<Self> {
        guard(event_loop::EventLoop::new).map(Self::with)
    }

    fn with(event_loop: Arc<event_loop::EventLoop>) -> Self {
        Self(Arc::new(Inner::new(event_loop)))
    }

    /// Runs a round: waits until something is due, at most for `timeout`, and calls the functions that are. What these post or start is due
    /// in the next round. A loop on the host's own loop does not wait.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY) if another thread runs it, [`REENTRANT`](crate::Status::REENTRANT) in a callback of it,
    /// [`IO`](crate::Status::IO).
    pub fn run_once(&self, timeout: Option<Duration>) -> Result<()> {
        guard(|| self.0.event_loop.run_once(timeout))
    }

    /// Returns a descriptor that is readable when [`run_once`](Self::run_once) has something to do; `None` of a loop on the host's own loop,
    /// and where there is none. Only wait for it, and then call [`run_once`](Self::run_once) with no time.
    pub fn handle(&self) -> Option<Descriptor> {
        self.0.event_loop.handle()
    }

    /// Returns the time until the next timer is due, or something that was posted; `None` if there is none.
    pub fn timeout(&self) -> Option<Duration> {
        self.0.event_loop.timeout()
    }

    /// Watches a descriptor: the function is called in each round in which it is ready, with the number of the watch. End its watches before
    /// closing it: otherwise they may see another one that gets its number.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for what is not an open descriptor, [`UNSUPPORTED`](crate::Status::UNSUPPORTED)
    /// for a file or directory, [`IO`](crate::Status::IO).
    pub fn watch(
        &self,
        descriptor: Descriptor,
        events: LoopEvents,
        callback: impl Fn(WatchId, LoopEvents) + Send + Sync + 'static,
    ) -> Result<WatchId> {
        let callback = caught(move |id, events| callback(WatchId(id), LoopEvents::from_abi(events)));
        guard(|| self.0.event_loop.watch(descriptor, events.to_abi(), &self.0.owner, callback, |_| ())).map(WatchId)
    }

    /// Changes the events of a watch; none pauses it.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE) if the watch was ended, and as for [`watch`](Self::watch).
    pub fn modify_watch(&self, id: WatchId, events: LoopEvents) -> Result<()> {
        guard(|| self.0.event_loop.modify_watch(id.0, events.to_abi(), &self.0.owner))
    }

    /// Ends a watch. If its function is running on another thread, this waits until it has returned.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE) if the watch was ended.
    pub fn unwatch(&self, id: WatchId) -> Result<()> {
        guard(|| self.0.event_loop.unwatch(id.0, &self.0.owner))
    }

    /// Starts a timer: the function is called after `first`, and from then on after every `repeat`, with the number of the timer. A repeating
    /// timer that was missed is called once, not several times.
    ///
    /// # Errors
    /// None that a host can cause.
    pub fn start_timer(
        &self,
        first: Duration,
        repeat: Option<Duration>,
        callback: impl Fn(TimerId) + Send + Sync + 'static,
    ) -> Result<TimerId> {
        let callback = caught(move |id, _| callback(TimerId(id)));
        guard(|| self.0.event_loop.start_timer(first, repeat, &self.0.owner, callback, |_| ())).map(TimerId)
    }

    /// Cancels a timer. If its function is running on another thread, this waits until it has returned.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE) if it has run, or was cancelled.
    pub fn cancel_timer(&self, id: TimerId) -> Result<()> {
        guard(|| self.0.event_loop.cancel_timer(id.0, &self.0.owner))
    }

    /// Calls a function once on the thread that runs the loop, in its next round: the way for other threads to get there. Functions are
    /// called in the order in which they were posted.
    ///
    /// # Errors
    /// None that a host can cause.
    pub fn post(&self, callback: impl FnOnce() + Send + 'static) -> Result<()> {
        self.0.post(callback)
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop").field("handle", &self.handle()).finish_non_exhaustive()
    }
}

impl PluginRegistry {
    /// Sets the event loop that plug-ins of the registry use. Set it before loading plug-ins: they may need it when they start. The registry
    /// does not keep the loop: plug-ins that use it after the last clone was dropped get an error.
    ///
    /// # Errors
    /// [`SEALED`](crate::Status::SEALED) if the registry has another loop.
    pub fn set_event_loop(&self, event_loop: &EventLoop) -> Result<()> {
        guard(|| self.inner().set_event_loop(Arc::clone(&event_loop.0.event_loop)))
    }
}
