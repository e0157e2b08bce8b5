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
    /// Number of running executions that have a limit of time.
    users: AtomicUsize,
    /// Whether a guest was cancelled since the last tick.
    cancelled: AtomicBool,
    /// Whether there will be a tick.
    ticks: AtomicBool,
    /// The generation of the timers that `users` and `ticks` are of: a child of `fork` has others.
    generation: AtomicU64,
}

/// A running execution with a limit of time.
pub struct Ticking {
    ticker: Arc<Ticker>,
    generation: u64,
}

impl Drop for Ticking {
    fn drop(&mut self) {
        if self.generation == timer::generation() {
            self.ticker.users.fetch_sub(1, SeqCst);
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

/// Lets the clock tick until the result is dropped, if there is one.
///
/// # Errors
/// Those of `timer::at`.
pub fn begin(ticker: Option<&Arc<Ticker>>) -> Result<Option<Ticking>> {
    let Some(ticker) = ticker else { return Ok(None) };
    let generation = ticker.renew();
    ticker.users.fetch_add(1, SeqCst);
    let ticking = Ticking { ticker: Arc::clone(ticker), generation };
    ticker.start()?;
    Ok(Some(ticking))
}

/// Does `work`, in which the execution does not run: the clock need not tick for it.
///
/// # Errors
/// Those of `timer::at`.
pub fn rest<R>(ticking: &mut Option<Ticking>, work: impl FnOnce() -> R) -> Result<R> {
    let ticker = ticking.take().map(|ticking| Arc::clone(&ticking.ticker));
    let done = work();
    *ticking = begin(ticker.as_ref())?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until the clock ticks, or no longer does.
    fn until(ticker: &Ticker, ticks: bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while ticker.ticks.load(SeqCst) != ticks && Instant::now() < end {
            std::thread::sleep(PERIOD);
        }
        assert_eq!(ticker.ticks.load(SeqCst), ticks);
    }

    #[test]
    fn it_ticks_while_it_is_needed() {
        let ticker = Ticker::new(&wasmtime::Engine::new(&wasmtime::Config::new()).unwrap());
        assert!(begin(None).unwrap().is_none());
        let (one, other) = (begin(Some(&ticker)).unwrap(), begin(Some(&ticker)).unwrap());
        assert_eq!(ticker.users.load(SeqCst), 2);
        drop(one);
        std::thread::sleep(PERIOD * (3 * IDLE as u32));
        assert!(ticker.ticks.load(SeqCst));
        drop(other);
        until(&ticker, false);
        ticker.wake();
        assert!(ticker.ticks.load(SeqCst));
        until(&ticker, false);
    }

    /// It does not tick for an execution that waits, and does as soon as that goes on.
    #[test]
    fn it_rests_while_an_execution_waits() {
        let ticker = Ticker::new(&wasmtime::Engine::new(&wasmtime::Config::new()).unwrap());
        let mut ticking = begin(Some(&ticker)).unwrap();
        until(&ticker, true);
        rest(&mut ticking, || until(&ticker, false)).unwrap();
        assert!(ticker.ticks.load(SeqCst));
        assert_eq!(ticker.users.load(SeqCst), 1);
        drop(ticking);
        until(&ticker, false);
        rest(&mut None, || ()).unwrap();
        assert!(!ticker.ticks.load(SeqCst));
    }
}
