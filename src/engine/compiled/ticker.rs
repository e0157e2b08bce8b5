//! The clock of an engine whose guests can be interrupted: they look at their limits each time it ticks, which it does while one of them
//! has a limit of time, and when one of them is cancelled.
#![forbid(unsafe_code)]

use crate::engine::control::Wake;
use crate::status::Result;
use crate::timer;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
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
    /// Whether a guest was cancelled since the last tick.
    cancelled: AtomicBool,
    /// A `Duty`.
    duty: AtomicU64,
}

/// For whom it ticks, and whether it does. It changes as a whole: a child of `fork`, whose threads may use the clock at once, forgets all of it.
#[derive(Clone, Copy)]
struct Duty {
    /// The generation of the timers that this is of: a child of `fork` has others.
    generation: u32,
    /// Number of running executions that have a limit of time; there are fewer than 2^31 threads.
    users: u32,
    /// Whether there will be a tick.
    ticks: bool,
}

impl Duty {
    /// Returns what a number stands for; nothing if that is of another generation.
    fn of(number: u64, generation: u64) -> Self {
        let generation = generation as u32;
        let is_of_it = (number >> 32) as u32 == generation;
        let low = if is_of_it { number as u32 } else { 0 };
        Self { generation, users: low >> 1, ticks: low & 1 == 1 }
    }

    fn number(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.users) << 1 | u64::from(self.ticks)
    }
}

/// A running execution with a limit of time.
pub struct Ticking {
    ticker: Arc<Ticker>,
    generation: u64,
}

impl Drop for Ticking {
    fn drop(&mut self) {
        if self.generation == timer::generation() {
            self.ticker.change(|duty| duty.users -= 1);
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
            cancelled: AtomicBool::new(false),
            duty: AtomicU64::new(0),
        })
    }

    fn duty(&self) -> Duty {
        Duty::of(self.duty.load(SeqCst), timer::generation())
    }

    /// Changes its duty; returns what it was before.
    fn change(&self, change: impl Fn(&mut Duty)) -> Duty {
        let generation = timer::generation();
        let changed = |number| {
            let mut duty = Duty::of(number, generation);
            change(&mut duty);
            Some(duty.number())
        };
        let (Ok(before) | Err(before)) = self.duty.fetch_update(SeqCst, SeqCst, changed);
        Duty::of(before, generation)
    }

    /// Ticks from now on, unless it does.
    fn start(self: &Arc<Self>) -> Result<()> {
        if self.change(|duty| duty.ticks = true).ticks { Ok(()) } else { self.set(0) }
    }

    fn set(self: &Arc<Self>, idle: usize) -> Result<()> {
        let of_timer = Arc::clone(self);
        let set = timer::at(Instant::now() + PERIOD, move || of_timer.tick(idle));
        // Dropping it would cancel it.
        set.map(std::mem::forget).inspect_err(|_| _ = self.change(|duty| duty.ticks = false))
    }

    /// Returns whether a guest has to look at its limits soon.
    fn is_needed(&self) -> bool {
        self.cancelled.swap(false, SeqCst) || self.duty().users > 0
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
        self.change(|duty| duty.ticks = false);
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
    let generation = timer::generation();
    ticker.change(|duty| duty.users += 1);
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
        while ticker.duty().ticks != ticks && Instant::now() < end {
            std::thread::sleep(PERIOD);
        }
        assert_eq!(ticker.duty().ticks, ticks);
    }

    #[test]
    fn it_ticks_while_it_is_needed() {
        let ticker = Ticker::new(&wasmtime::Engine::new(&wasmtime::Config::new()).unwrap());
        assert!(begin(None).unwrap().is_none());
        let (one, other) = (begin(Some(&ticker)).unwrap(), begin(Some(&ticker)).unwrap());
        assert_eq!(ticker.duty().users, 2);
        drop(one);
        std::thread::sleep(PERIOD * (3 * IDLE as u32));
        assert!(ticker.duty().ticks);
        drop(other);
        until(&ticker, false);
        ticker.wake();
        assert!(ticker.duty().ticks);
        until(&ticker, false);
    }

    /// It does not tick for an execution that waits, and does as soon as that goes on.
    #[test]
    fn it_rests_while_an_execution_waits() {
        let ticker = Ticker::new(&wasmtime::Engine::new(&wasmtime::Config::new()).unwrap());
        let mut ticking = begin(Some(&ticker)).unwrap();
        until(&ticker, true);
        rest(&mut ticking, || until(&ticker, false)).unwrap();
        let Duty { users, ticks, .. } = ticker.duty();
        assert_eq!((users, ticks), (1, true));
        drop(ticking);
        until(&ticker, false);
        rest(&mut None, || ()).unwrap();
        assert!(!ticker.duty().ticks);
    }

    /// In a child of `fork` nobody uses it, and the thread that has ticked does not exist.
    #[test]
    fn a_child_forgets_what_was_before() {
        let ticker = Ticker::new(&wasmtime::Engine::new(&wasmtime::Config::new()).unwrap());
        let before = Duty { generation: (timer::generation() as u32).wrapping_sub(1), users: 7, ticks: true };
        ticker.duty.store(before.number(), SeqCst);
        let ticking: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| begin(Some(&ticker)).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ticker.duty().users, 8);
        drop(ticking);
        assert_eq!(ticker.duty().users, 0);
        until(&ticker, false);
    }
}
