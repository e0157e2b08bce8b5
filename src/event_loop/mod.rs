//! Event loops: callbacks for descriptors, timers and other threads, which run on the thread that runs the loop.
//!
//! A loop waits by itself ([`EventLoop::new`]), or is driven by the host's own loop ([`EventLoop::on_host`]). All its functions may be
//! called on any thread, also from callbacks; callbacks run without a lock.

mod alarm;
mod dispatch;
mod driver;
mod entries;
mod poll;

pub use driver::HostLoop;
pub use entries::{Callback, Descriptor, Owner};

use crate::event_loop::driver::Driver;
use crate::event_loop::entries::{Entries, Kind, Removed};
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi::{self as abi, LoopEvents};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A timer that is further away never runs: about 30 years.
const FOREVER: Duration = Duration::from_secs(1_000_000_000);

/// An event loop. It is shared through an `Arc`.
pub struct EventLoop {
    entries: Mutex<Entries>,
    /// A callback has returned.
    returned: Condvar,
    /// The thread that runs the loop, or 0.
    runner: AtomicU64,
    driver: Driver,
}

impl EventLoop {
    /// Creates a loop that waits by itself.
    ///
    /// # Errors
    /// `STATUS_IO` if the system has no descriptors left.
    pub fn new() -> Result<Arc<Self>> {
        Ok(Self::with(Driver::poll()?))
    }

    /// Creates a loop that runs in a loop of the host.
    pub fn on_host(host: Arc<dyn HostLoop>) -> Arc<Self> {
        Self::with(Driver::host(host))
    }

    fn with(driver: Driver) -> Arc<Self> {
        let (entries, returned, runner) = (Mutex::default(), Condvar::new(), AtomicU64::new(0));
        Arc::new(Self { entries, returned, runner, driver })
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the entries of a loop that is not closed.
    fn open(&self) -> Result<MutexGuard<'_, Entries>> {
        let entries = self.entries();
        if entries.is_closed() {
            return Err(Error::new(abi::STATUS_STALE, "the event loop was deleted"));
        }
        Ok(entries)
    }

    fn is_runner(&self) -> bool {
        self.runner.load(Ordering::Relaxed) == thread::number()
    }

    /// Calls `callback` whenever `descriptor` is ready for one of `events`. Returns the watch's number, which `told` gets before: the callback
    /// may run on another thread before this returns, and not before `told` has.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for unknown events and for what is not an open descriptor; `STATUS_UNSUPPORTED` for a descriptor that
    /// the system cannot wait for; `STATUS_STALE` if the loop is closed; `STATUS_IO`.
    pub fn watch(
        &self,
        descriptor: Descriptor,
        events: LoopEvents,
        owner: &Arc<dyn Owner>,
        callback: Callback,
        told: impl FnOnce(u64),
    ) -> Result<u64> {
        check_events(events)?;
        let mut entries = self.open()?;
        let id = entries.insert(owner, callback, Kind::Watch { descriptor, events });
        if let Err(error) = self.driver.update(&mut entries, descriptor) {
            let removed = self.remove(&mut entries, id);
            drop(entries);
            drop(removed);
            return Err(error);
        }
        told(id);
        drop(entries);
        self.changed();
        Ok(id)
    }

    /// Sets the events of a watch; none pauses it.
    ///
    /// # Errors
    /// Those of [`EventLoop::watch`]; `STATUS_STALE` if `owner` has no such watch.
    pub fn modify_watch(&self, id: u64, events: LoopEvents, owner: &Arc<dyn Owner>) -> Result<()> {
        check_events(events)?;
        let mut entries = self.open()?;
        let (descriptor, before) = entries.watch_of(id, owner)?;
        entries.set_events(id, events);
        if let Err(error) = self.driver.update(&mut entries, descriptor) {
            entries.set_events(id, before);
            return Err(error);
        }
        drop(entries);
        self.changed();
        Ok(())
    }

    /// Ends a watch: its callback is not called any more. On another thread than the loop's, waits for the callback, if it is running.
    ///
    /// # Errors
    /// `STATUS_STALE` if `owner` has no such watch.
    pub fn unwatch(&self, id: u64, owner: &Arc<dyn Owner>) -> Result<()> {
        let mut entries = self.open()?;
        entries.watch_of(id, owner)?;
        let removed = self.remove(&mut entries, id);
        drop(self.wait_for(entries, |running, _| running == id));
        drop(removed);
        self.changed();
        Ok(())
    }

    /// Ends a watch without waiting for its callback, if there is such a watch.
    pub fn discard(&self, id: u64, owner: &Arc<dyn Owner>) {
        let mut entries = self.entries();
        let removed = entries.watch_of(id, owner).ok().and_then(|_| self.remove(&mut entries, id));
        drop(entries);
        drop(removed);
        self.changed();
    }

    /// Returns whether there are no watches, timers and posts.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Calls `callback` after `first`, and from then on after every `repeat`. Returns the timer's number, which `told` gets before; see
    /// [`EventLoop::watch`].
    ///
    /// # Errors
    /// `STATUS_STALE` if the loop is closed.
    pub fn start_timer(
        &self,
        first: Duration,
        repeat: Option<Duration>,
        owner: &Arc<dyn Owner>,
        callback: Callback,
        told: impl FnOnce(u64),
    ) -> Result<u64> {
        let mut entries = self.open()?;
        let when = Instant::now() + first.min(FOREVER);
        let id = entries.insert(owner, callback, Kind::Timer { when, repeat: repeat.map(|repeat| repeat.min(FOREVER)) });
        told(id);
        self.arm(entries);
        Ok(id)
    }

    /// Cancels a timer; see [`EventLoop::unwatch`].
    ///
    /// # Errors
    /// `STATUS_STALE` if `owner` has no such timer.
    pub fn cancel_timer(&self, id: u64, owner: &Arc<dyn Owner>) -> Result<()> {
        let mut entries = self.open()?;
        if !entries.is_timer_of(id, owner) {
            // A one-shot timer is gone when its callback has returned, not before.
            return Err(Error::new(abi::STATUS_STALE, format!("there is no timer {id}: it has run, or was cancelled")));
        }
        let removed = self.remove(&mut entries, id);
        let entries = self.wait_for(entries, |running, _| running == id);
        self.arm(entries);
        drop(removed);
        Ok(())
    }

    /// Calls `callback` once, in the next round of the loop.
    ///
    /// # Errors
    /// `STATUS_STALE` if the loop is closed.
    pub fn post(&self, owner: &Arc<dyn Owner>, callback: Callback) -> Result<()> {
        let mut entries = self.open()?;
        entries.post(owner, callback);
        drop(entries);
        self.driver.wake();
        Ok(())
    }

    /// Ends all watches, timers and posts of an owner.
    pub fn end(&self, owner: &Arc<dyn Owner>) {
        let mut entries = self.entries();
        let ids = entries.ids_of(owner);
        let removed: Vec<_> = ids.into_iter().map(|id| self.remove(&mut entries, id)).collect();
        let entries = self.wait_for(entries, |_, running| Arc::ptr_eq(running, owner));
        self.arm(entries);
        drop(removed);
        self.changed();
    }

    /// Ends everything. The loop of the host is released.
    pub fn close(&self) {
        let mut entries = self.entries();
        let removed = entries.close();
        for descriptor in removed.descriptors() {
            // The descriptor may have been closed before.
            drop(self.driver.update(&mut entries, descriptor));
        }
        drop(self.wait_for(entries, |_, _| true));
        drop(removed);
        drop(self.driver.close());
        // Another thread may be waiting in it.
        self.driver.wake();
    }

    /// Removes an entry; it must be dropped after the lock.
    fn remove(&self, entries: &mut Entries, id: u64) -> Option<Removed> {
        let removed = entries.remove(id)?;
        for descriptor in removed.descriptors() {
            // The descriptor may have been closed before.
            drop(self.driver.update(entries, descriptor));
        }
        Some(removed)
    }

    /// Waits until the running callback is none for which `is_it` returns true; on the loop's thread, that callback is on the stack.
    fn wait_for<'a>(
        &'a self,
        mut entries: MutexGuard<'a, Entries>,
        is_it: impl Fn(u64, &Arc<dyn Owner>) -> bool,
    ) -> MutexGuard<'a, Entries> {
        while !self.is_runner() && entries.running().is_some_and(|(id, owner)| is_it(id, owner)) {
            entries = self.returned.wait(entries).unwrap_or_else(PoisonError::into_inner);
        }
        entries
    }

    /// Returns the time until the loop has something to do without a descriptor becoming ready; `None` if that is not known.
    pub fn timeout(&self) -> Option<Duration> {
        self.entries().timeout()
    }

    /// Returns the descriptor that is readable when the loop has something to do.
    pub fn handle(&self) -> Option<Descriptor> {
        self.driver.handle()
    }

    /// Passes the time of the next timer on; the loop's thread does that at the end of its round.
    fn arm(&self, mut entries: MutexGuard<'_, Entries>) {
        if self.is_runner() {
            return;
        }
        let wakes = self.driver.arm(&mut entries);
        drop(entries);
        if wakes {
            self.driver.wake();
        }
    }

    /// Notifies the host's loop that its watches have changed.
    fn changed(&self) {
        if !self.is_runner() && self.driver.is_host() && self.entries().has_changes() {
            self.driver.wake();
        }
    }
}

fn check_events(events: LoopEvents) -> Result<()> {
    if events & !(abi::LOOP_READABLE | abi::LOOP_WRITABLE) == 0 {
        return Ok(());
    }
    let message = format!("events {events:#x} are not valid; pass VM_LOOP_READABLE, VM_LOOP_WRITABLE, both, or 0");
    Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always;

    impl Owner for Always {
        fn run(&self, work: &mut dyn FnMut()) {
            work();
        }
    }

    #[test]
    fn a_number_is_told_before_the_callback_runs() {
        let (owner, event_loop): (Arc<dyn Owner>, _) = (Arc::new(Always), EventLoop::new().unwrap());
        let (told, called) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(None)));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while called.lock().unwrap().is_none() {
                    event_loop.run_once(Some(Duration::from_millis(1))).unwrap();
                }
            });
            let (was_told, was_called) = (Arc::clone(&told), Arc::clone(&called));
            let callback: Callback =
                Arc::new(move |id, _| *was_called.lock().unwrap() = Some((id, was_told.load(Ordering::Relaxed))));
            let tell = |id| {
                std::thread::sleep(Duration::from_millis(20));
                told.store(id, Ordering::Relaxed);
            };
            event_loop.start_timer(Duration::ZERO, None, &owner, callback, tell).unwrap();
        });
        let told = told.load(Ordering::Relaxed);
        assert_eq!(*called.lock().unwrap(), Some((told, told)));
    }
}
