//! The timers of the process: a thread that is started when the first timer is set, and ends when there has been none for a while.
#![forbid(unsafe_code)]

use crate::panics;
use crate::status::{Error, Result};
use crate::system;
use crate::thread;
use libvm_abi as abi;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the thread waits for the next timer before it ends.
const IDLE: Duration = Duration::from_secs(5);

type Work = Box<dyn FnOnce() + Send>;

struct Timers {
    /// By their time; the number orders timers of the same time by their creation.
    waiting: BTreeMap<(Instant, u64), Work>,
    last: u64,
    has_thread: bool,
}

static TIMERS: Mutex<Timers> = Mutex::new(Timers { waiting: BTreeMap::new(), last: 0, has_thread: false });
static CHANGED: Condvar = Condvar::new();

/// How often the timers were forgotten, of which those who count on one must learn.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Returns a number that changes when the timers are forgotten.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

fn timers() -> MutexGuard<'static, Timers> {
    TIMERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A timer that was set. Dropping it cancels it; if its work has begun, that goes on.
#[must_use = "dropping a timer cancels it"]
#[derive(Debug)]
pub struct Timer(Instant, u64);

impl Drop for Timer {
    fn drop(&mut self) {
        let cancelled = timers().waiting.remove(&(self.0, self.1));
        // Dropping the work may run other code: the lock is free by now.
        drop(cancelled);
    }
}

/// Runs `work` on the thread of the timers once `when` has come, soon after it and never before. All timers share this thread: the
/// work must be short and must not wait. It may set and cancel timers.
///
/// # Errors
/// `STATUS_OUT_OF_MEMORY` if the system has no thread left.
pub fn at(when: Instant, work: impl FnOnce() + Send + 'static) -> Result<Timer> {
    // Not under the lock: the loader has locks of its own.
    system::stay_loaded();
    let mut timers = timers();
    if !timers.has_thread {
        thread::start_in_background("libvm timers", run).map_err(|error| {
            let message = format!("cannot start the thread of the timers: {error}; end other threads");
            Error::new(abi::STATUS_OUT_OF_MEMORY, message)
        })?;
        timers.has_thread = true;
    }
    timers.last += 1;
    let key = (when, timers.last);
    timers.waiting.insert(key, Box::new(work));
    if timers.waiting.first_key_value().is_some_and(|(first, _)| *first == key) {
        CHANGED.notify_one();
    }
    Ok(Timer(key.0, key.1))
}

fn run() {
    let mut timers = timers();
    loop {
        let Some(first) = timers.waiting.first_entry() else {
            let (woken, idle) = CHANGED.wait_timeout(timers, IDLE).unwrap_or_else(PoisonError::into_inner);
            timers = woken;
            if idle.timed_out() && timers.waiting.is_empty() {
                timers.has_thread = false;
                return;
            }
            continue;
        };
        let left = first.key().0.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            timers = CHANGED.wait_timeout(timers, left).unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        let work = first.remove();
        drop(timers);
        // The thread must outlive a panic. Its message was written by the panic hook.
        drop(panics::catch(work));
        timers = self::timers();
    }
}

/// Locks the timers until the result is dropped, for use around `fork`.
pub fn hold_lock() -> Box<dyn Any> {
    Box::new(timers())
}

/// Forgets all timers, in a child process: the thread exists only in the parent, and the work is the parent's. The next timer of the
/// child starts a thread of its own.
pub fn forget() {
    let mut timers = timers();
    timers.has_thread = false;
    GENERATION.fetch_add(1, Ordering::Relaxed);
    // Dropping the work could run code of a host that does not expect it here.
    std::mem::forget(std::mem::take(&mut timers.waiting));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn timers_run_in_order_and_not_early() {
        let (send, receive) = channel();
        let start = Instant::now();
        let timers: Vec<_> = [30, 10, 20, 0]
            .map(|ms| {
                let (send, when) = (send.clone(), start + Duration::from_millis(ms));
                at(when, move || send.send((ms, Instant::now() >= when)).unwrap()).unwrap()
            })
            .into();
        let ran: Vec<_> = (0..4).map(|_| receive.recv().unwrap()).collect();
        assert!(ran.iter().all(|(_, in_time)| *in_time));
        let later: Vec<_> = ran.iter().map(|(ms, _)| *ms).filter(|ms| *ms > 0).collect();
        assert_eq!(later, [10, 20, 30]);
        drop(timers);
    }

    #[test]
    fn a_cancelled_timer_drops_its_work() {
        let (send, receive) = channel::<()>();
        let timer = at(Instant::now() + Duration::from_secs(3600), move || send.send(()).unwrap()).unwrap();
        drop(timer);
        assert!(receive.recv().is_err());
    }

    #[test]
    fn work_may_panic_and_set_timers() {
        let (send, receive) = channel();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let failing = at(Instant::now(), || panic!("a test")).unwrap();
        let outer = at(Instant::now(), move || {
            let inner = at(Instant::now(), move || send.send(7).unwrap()).unwrap();
            std::mem::forget(inner);
        });
        assert_eq!(receive.recv(), Ok(7));
        std::panic::set_hook(hook);
        drop((failing, outer));
    }

    #[test]
    fn many_timers() {
        let (send, receive) = channel();
        let now = Instant::now();
        let set = |index: u64| {
            let send = send.clone();
            at(now + Duration::from_micros(index * 7919 % 10_000), move || send.send(index).unwrap()).unwrap()
        };
        let mut timers: Vec<_> = (0..20_000).map(|index| (index, set(index))).collect();
        timers.retain(|(index, _)| index % 2 == 0);
        let mut ran: Vec<_> = (0..10_000).map(|_| receive.recv().unwrap()).filter(|index| index % 2 == 0).collect();
        ran.sort_unstable();
        ran.dedup();
        assert!(!ran.is_empty());
    }
}
