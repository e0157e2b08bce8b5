//! A round of an event loop: waiting, and calling what is due.
#![forbid(unsafe_code)]

use crate::event_loop::EventLoop;
use crate::event_loop::entries::Descriptor;
use crate::event_loop::entries::newest;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi::{self as abi, LoopEvents};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Ends a round, also after a panic.
struct Round<'a>(&'a EventLoop);

impl Drop for Round<'_> {
    fn drop(&mut self) {
        self.0.runner.store(0, Ordering::Release);
    }
}

impl EventLoop {
    /// Waits until something is due, at most for `timeout`, and calls its callbacks: posts, timers, watches. What callbacks add is due
    /// in the next round. A loop of the host does not wait here.
    ///
    /// # Errors
    /// `STATUS_BUSY` if another thread runs the loop, `STATUS_REENTRANT` in a callback of it; `STATUS_STALE` if it is closed; `STATUS_IO`.
    pub fn run_once(&self, timeout: Option<Duration>) -> Result<()> {
        let round = self.begin_round()?;
        let entries = self.open()?;
        let longest = [timeout, entries.timeout()].into_iter().flatten().min();
        drop(entries);
        // What does not fit is no bound.
        let until = longest.and_then(|longest| Instant::now().checked_add(longest));
        let ready = self.driver.wait(until)?;
        self.dispatch(&ready);
        drop(round);
        self.end_round();
        Ok(())
    }

    /// Runs a round in a loop of the host, in which a descriptor is ready.
    ///
    /// # Errors
    /// As [`EventLoop::run_once`]; `STATUS_UNSUPPORTED` if the loop waits by itself.
    pub fn report(&self, descriptor: Descriptor, events: LoopEvents) -> Result<()> {
        if !self.driver.is_host() {
            let message = "the loop waits by itself; run it with VM_LoopRunOnce";
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
        }
        let round = self.begin_round()?;
        drop(self.open()?);
        self.dispatch(&[(descriptor, events)]);
        drop(round);
        self.end_round();
        Ok(())
    }

    fn begin_round(&self) -> Result<Round<'_>> {
        let me = thread::number();
        match self.runner.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(Round(self)),
            Err(runner) if runner == me => {
                let message = "a callback of the event loop cannot run the loop; return from the callback instead";
                Err(Error::new(abi::STATUS_REENTRANT, message))
            }
            Err(_) => {
                let message = "another thread is running the event loop; run it on one thread, and use VM_LoopPost on others";
                Err(Error::new(abi::STATUS_BUSY, message))
            }
        }
    }

    fn dispatch(&self, ready: &[(Descriptor, LoopEvents)]) {
        // A descriptor may be closed by a callback, and its number used again.
        let (newest, now) = (newest(), Instant::now());
        let posts = self.entries().take_posts();
        posts.iter().for_each(|id| self.call(*id, 0, now));
        if self.entries().put_back(&posts) {
            self.driver.wake();
        }
        let due = self.entries().due(now);
        due.into_iter().for_each(|id| self.call(id, 0, now));
        for (descriptor, events) in ready {
            let watchers = self.entries().watchers(*descriptor);
            watchers.into_iter().filter(|id| *id <= newest).for_each(|id| self.call(id, *events, now));
        }
        let entries = self.entries();
        ready.iter().for_each(|(descriptor, _)| self.driver.renew(&entries, *descriptor));
        drop(entries);
        self.tell_host(now);
    }

    /// Passes changed watches to the host's loop, and calls those that it refuses.
    fn tell_host(&self, now: Instant) {
        let failed = self.driver.tell(|| self.entries());
        for descriptor in failed {
            let watchers = self.entries().watchers(descriptor);
            watchers.into_iter().for_each(|id| self.call(id, abi::LOOP_FAILED, now));
        }
        if self.driver.is_host() {
            let mut entries = self.entries();
            let next = entries.next_timer();
            let last = std::mem::replace(&mut entries.armed, next);
            drop(entries);
            self.driver.tell_timer(last, next);
        }
    }

    /// After the thread stopped being the loop's: what others added since then woke the loop, what they added before did not.
    fn end_round(&self) {
        let entries = self.entries();
        if !entries.is_closed() {
            self.arm(entries);
            self.changed();
        }
    }

    /// Calls the callback of an entry, if there still is a reason to.
    fn call(&self, id: u64, events: LoopEvents, now: Instant) {
        let Some(owner) = self.entries().owner(id) else { return };
        owner.run(&mut || {
            let Some((callback, events)) = self.entries().begin(id, events, now) else { return };
            let ended = Ended(self);
            callback(id, events);
            let removed = self.entries().finish(id, events);
            // What is freed here runs the owner's code: whoever waits for the callback waits for that too.
            drop((callback, removed));
            drop(ended);
        });
    }
}

/// Ends a call, also after a panic.
struct Ended<'a>(&'a EventLoop);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let running = self.0.entries().end();
        self.0.returned.notify_all();
        drop(running);
    }
}
