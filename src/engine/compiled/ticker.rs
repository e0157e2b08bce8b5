//! The clock of an engine whose guests can be interrupted: they look at their limits each time it ticks, which it does while one of them
//! has a limit of time, and when one of them is cancelled.
#![forbid(unsafe_code)]

use crate::engine::control::Wake;
use crate::status::Result;
use crate::timer;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// The time between two ticks.
const PERIOD: Duration = Duration::from_millis(1);

/// How long it ticks on for the next guest with a limit, in periods.
const IDLE: usize = 20;

/// The clock of an engine.
pub struct Ticker {
    engine: wasmtime::Engine,
    me: Weak<Self>,
    /// Number of running calls that have a limit of time.
    users: AtomicUsize,
    /// Whether a guest was cancelled since the last tick.
    cancelled: AtomicBool,
    /// Whether there will be a tick.
    ticks: AtomicBool,
    /// The generation of the timers that `users` and `ticks` are of: a child of `fork` has others.
    generation: AtomicU64,
}

/// A running call with a limit of time.
pub struct Ticking(Option<(Arc<Ticker>, u64)>);

impl Drop for Ticking {
    fn drop(&mut self) {
        if let Some((ticker, generation)) = &self.0
            && *generation == timer::generation()
        {
            ticker.users.fetch_sub(1, SeqCst);
        }
    }
}

/// A guest of its engine is cancelled. One that looks at its limits just now may not see that, and then waits for the next tick.
impl Wake for Ticker {
    fn wake(&self) {
        self.cancelled.store(true, SeqCst);
        self.engine.increment_epoch();
        let started = self.me.upgrade().map_or(Ok(()), |ticker| ticker.start());
        if started.is_err() {
            // Without a thread for timers there is only trying it again.
            for _ in 0..1000 {
                std::thread::yield_now();
                self.engine.increment_epoch();
            }
        }
    }
}

impl Ticker {
    /// Creates the clock of an engine.
    pub fn new(engine: &wasmtime::Engine) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            engine: engine.clone(),
            me: Weak::clone(me),
            users: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
            ticks: AtomicBool::new(false),
            generation: AtomicU64::new(timer::generation()),
        })
    }

    /// Forgets what was before a fork, in the child, which has one thread then. Returns the generation of the timers.
    fn renew(&self) -> u64 {
        let generation = timer::generation();
        if self.generation.swap(generation, SeqCst) != generation {
            self.users.store(0, SeqCst);
            self.ticks.store(false, SeqCst);
        }
        generation
    }

    /// Ticks from now on, unless it does.
    fn start(self: &Arc<Self>) -> Result<()> {
        self.renew();
        if self.ticks.swap(true, SeqCst) { Ok(()) } else { self.set(0) }
    }

    fn set(self: &Arc<Self>, idle: usize) -> Result<()> {
        let of_timer = Arc::clone(self);
        let set = timer::at(Instant::now() + PERIOD, move || of_timer.tick(idle));
        // Dropping it would cancel it.
        set.map(std::mem::forget).inspect_err(|_| self.ticks.store(false, SeqCst))
    }

    /// Returns whether a guest has to look at its limits soon.
    fn is_needed(&self) -> bool {
        self.cancelled.swap(false, SeqCst) || self.users.load(SeqCst) > 0
    }

    fn tick(self: Arc<Self>, idle: usize) {
        let is_needed = self.is_needed();
        self.engine.increment_epoch();
        let idle = if is_needed { 0 } else { idle + 1 };
        if idle <= IDLE {
            // The thread that this runs on exists.
            let _ = self.set(idle);
            return;
        }
        self.ticks.store(false, SeqCst);
        if self.is_needed() {
            let _ = self.start();
        }
    }
}

/// Lets the clock tick until the result is dropped, if there is one, and the execution that runs is timed.
///
/// # Errors
/// Those of `timer::at`.
pub fn begin(ticker: Option<&Arc<Ticker>>, is_timed: bool) -> Result<Ticking> {
    let Some(ticker) = ticker.filter(|_| is_timed) else { return Ok(Ticking(None)) };
    let generation = ticker.renew();
    ticker.users.fetch_add(1, SeqCst);
    let ticking = Ticking(Some((Arc::clone(ticker), generation)));
    ticker.start()?;
    Ok(ticking)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until the clock ticks, or no longer does.
    fn wait(ticker: &Ticker, ticks: bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while ticker.ticks.load(SeqCst) != ticks && Instant::now() < end {
            std::thread::sleep(PERIOD);
        }
        assert_eq!(ticker.ticks.load(SeqCst), ticks);
    }

    #[test]
    fn it_ticks_while_it_is_needed() {
        let ticker = Ticker::new(&wasmtime::Engine::new(&wasmtime::Config::new()).unwrap());
        drop(begin(Some(&ticker), false).unwrap());
        assert!(!ticker.ticks.load(SeqCst));
        let (one, other) = (begin(Some(&ticker), true).unwrap(), begin(Some(&ticker), true).unwrap());
        assert_eq!(ticker.users.load(SeqCst), 2);
        drop(one);
        std::thread::sleep(PERIOD * (3 * IDLE as u32));
        assert!(ticker.ticks.load(SeqCst));
        drop(other);
        wait(&ticker, false);
        ticker.wake();
        assert!(ticker.ticks.load(SeqCst));
        wait(&ticker, false);
    }
}
