//! Event loops on the host's own loop.
#![forbid(unsafe_code)]

use super::super::error::{Result, guard};
use super::{EventLoop, LoopEvents};
use crate::event_loop::{self, Descriptor};
use crate::panics;
use libvm_abi as abi;
use std::sync::Arc;
use std::time::Duration;

/// The host's own loop, in which an [`EventLoop`] runs. Except [`wake`](Self::wake), its functions are called on the thread that runs the
/// loop, in a round of it. A panic of one of them is caught.
pub trait HostLoop: Send + Sync + 'static {
    /// Watches a descriptor for these events from now on, in place of others; returns whether it can. When it is ready, the host calls
    /// [`EventLoop::report`].
    fn watch(&self, descriptor: Descriptor, events: LoopEvents) -> bool;

    /// Watches a descriptor no longer.
    fn unwatch(&self, descriptor: Descriptor);

    /// Calls [`EventLoop::run_once`] once, after this time; `None` for none. It replaces the time that was set before.
    fn set_timer(&self, after: Option<Duration>);

    /// Calls [`EventLoop::run_once`] soon. Called on any thread.
    fn wake(&self);
}

impl<H: HostLoop> HostLoop for Arc<H> {
    fn watch(&self, descriptor: Descriptor, events: LoopEvents) -> bool {
        (**self).watch(descriptor, events)
    }

    fn unwatch(&self, descriptor: Descriptor) {
        (**self).unwatch(descriptor);
    }

    fn set_timer(&self, after: Option<Duration>) {
        (**self).set_timer(after);
    }

    fn wake(&self) {
        (**self).wake();
    }
}

struct Caught<H>(H);

impl<H: HostLoop> event_loop::HostLoop for Caught<H> {
    fn watch(&self, descriptor: Descriptor, events: abi::LoopEvents) -> bool {
        panics::catch(|| self.0.watch(descriptor, LoopEvents::from_abi(events))).unwrap_or(false)
    }

    fn unwatch(&self, descriptor: Descriptor) {
        // Panics cannot pass through libvm; their messages have been printed.
        let _ = panics::catch(|| self.0.unwatch(descriptor));
    }

    fn set_timer(&self, after: Option<Duration>) {
        let _ = panics::catch(|| self.0.set_timer(after));
    }

    fn wake(&self) {
        let _ = panics::catch(|| self.0.wake());
    }
}

impl EventLoop {
    /// Creates a loop that runs in the host's own loop. Where that can wait for a descriptor, [`EventLoop::new`] and [`EventLoop::handle`]
    /// are simpler.
    pub fn on_host(host: impl HostLoop) -> Self {
        Self::with(event_loop::EventLoop::on_host(Arc::new(Caught(host))))
    }

    /// Reports that a descriptor is ready, in a loop on the host's own loop, and runs a round. A descriptor that stays ready is reported
    /// again and again.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) if the loop waits by itself, and as for [`run_once`](Self::run_once).
    pub fn report(&self, descriptor: Descriptor, events: LoopEvents) -> Result<()> {
        guard(|| self.0.event_loop.report(descriptor, events.to_abi() & (abi::LOOP_READABLE | abi::LOOP_WRITABLE)))
    }
}
