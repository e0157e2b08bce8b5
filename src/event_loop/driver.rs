//! What an event loop waits with: the system's interface, or the host's own loop.
#![forbid(unsafe_code)]

use crate::event_loop::entries::{Descriptor, Entries};
use crate::event_loop::poll::Poll;
use crate::status::Result;
use libvm_abi::LoopEvents;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The host's own loop. Except [`HostLoop::wake`], its functions are called on the thread that runs the loop, in a round of it.
pub trait HostLoop: Send + Sync {
    /// Watches a descriptor for these events from now on, in place of others; returns whether it can.
    fn watch(&self, descriptor: Descriptor, events: LoopEvents) -> bool;

    /// Watches a descriptor no longer.
    fn unwatch(&self, descriptor: Descriptor);

    /// Runs a round once, after this time; `None` for none. It replaces the time that was set before.
    fn set_timer(&self, after: Option<Duration>);

    /// Runs a round soon. Called on any thread.
    fn wake(&self);
}

pub(super) enum Driver {
    Poll(Poll),
    /// Taken when the loop is closed.
    Host(Mutex<Option<Arc<dyn HostLoop>>>),
}

impl Driver {
    pub(super) fn poll() -> Result<Self> {
        Poll::new().map(Self::Poll)
    }

    pub(super) fn host(host: Arc<dyn HostLoop>) -> Self {
        Self::Host(Mutex::new(Some(host)))
    }

    pub(super) fn is_host(&self) -> bool {
        matches!(self, Self::Host(_))
    }

    fn host_loop(&self) -> Option<Arc<dyn HostLoop>> {
        match self {
            Self::Poll(_) => None,
            Self::Host(host) => host.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Waits for a descriptor as its watches want from now on; the host's loop is told in the next round.
    pub(super) fn update(&self, entries: &mut Entries, descriptor: Descriptor) -> Result<()> {
        match self {
            Self::Poll(poll) => {
                let (actual, wanted) = entries.events_of(descriptor);
                poll.update(descriptor, actual, wanted)?;
                entries.set_actual(descriptor, wanted);
            }
            Self::Host(_) => entries.add_change(descriptor),
        }
        Ok(())
    }

    /// Waits for the next timer from now on. Returns whether the loop has to be woken for it.
    pub(super) fn arm(&self, entries: &mut Entries) -> bool {
        let next = entries.next_timer();
        let is_new = entries.armed != next;
        match self {
            Self::Poll(poll) if is_new => {
                entries.armed = next;
                !poll.arm(next)
            }
            Self::Poll(_) => false,
            Self::Host(_) => is_new,
        }
    }

    /// Waits until something is ready, at most until `until`; the host's loop has waited.
    pub(super) fn wait(&self, until: Option<Instant>) -> Result<Vec<(Descriptor, LoopEvents)>> {
        match self {
            Self::Poll(poll) => poll.wait(until),
            Self::Host(_) => Ok(Vec::new()),
        }
    }

    /// Watches a descriptor again that was ready, where the system watches for one event only.
    pub(super) fn renew(&self, entries: &Entries, descriptor: Descriptor) {
        if let Self::Poll(poll) = self {
            poll.renew(descriptor, entries.events_of(descriptor).0);
        }
    }

    /// Lets a round begin.
    pub(super) fn wake(&self) {
        match self {
            Self::Poll(poll) => poll.wake(),
            Self::Host(_) => {
                if let Some(host) = self.host_loop() {
                    host.wake();
                }
            }
        }
    }

    pub(super) fn handle(&self) -> Option<Descriptor> {
        match self {
            Self::Poll(poll) => poll.handle(),
            Self::Host(_) => None,
        }
    }

    /// Passes changed watches to the host's loop, at the end of a round. Returns the descriptors that it cannot watch.
    pub(super) fn tell<'a>(&self, lock: impl Fn() -> MutexGuard<'a, Entries>) -> Vec<Descriptor> {
        let mut failed = Vec::new();
        let Some(host) = self.host_loop() else { return failed };
        let take = || {
            let mut entries = lock();
            let descriptor = entries.take_change()?;
            let (actual, wanted) = entries.events_of(descriptor);
            entries.set_actual(descriptor, wanted);
            Some((descriptor, actual, wanted))
        };
        while let Some((descriptor, actual, wanted)) = take() {
            if actual == wanted {
                continue;
            }
            if wanted == 0 {
                host.unwatch(descriptor);
            } else if !host.watch(descriptor, wanted) {
                lock().set_actual(descriptor, 0);
                failed.push(descriptor);
            }
        }
        failed
    }

    /// Passes the time of the next timer to the host's loop, at the end of a round.
    pub(super) fn tell_timer(&self, last: Option<Instant>, next: Option<Instant>) {
        if let Some(host) = self.host_loop().filter(|_| last.is_some() || next.is_some()) {
            host.set_timer(next.map(|when| when.saturating_duration_since(Instant::now())));
        }
    }

    /// Releases the host's loop.
    pub(super) fn close(&self) -> Option<Arc<dyn HostLoop>> {
        match self {
            Self::Poll(_) => None,
            Self::Host(host) => host.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }
}
