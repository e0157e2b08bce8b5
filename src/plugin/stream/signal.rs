//! Signals: the thread that runs a stream waits for one of its parts.
#![forbid(unsafe_code)]

use crate::thread;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A signal, raised on any thread, for which one thread waits.
#[derive(Default)]
pub struct Signal {
    raised: Mutex<bool>,
    changed: Condvar,
    /// The number of the thread that runs the stream; 0 for none.
    runner: AtomicU64,
}

impl Signal {
    /// Creates a signal that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the thread that runs the stream to this one, or to none.
    pub fn set_running(&self, is_running: bool) {
        self.runner.store(if is_running { thread::number() } else { 0 }, Ordering::Relaxed);
    }

    /// Returns whether this thread runs the stream.
    pub fn is_for_this_thread(&self) -> bool {
        self.runner.load(Ordering::Relaxed) == thread::number()
    }

    /// Raises it.
    pub fn raise(&self) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        // Waking a thread is a call of the system.
        if !std::mem::replace(&mut *raised, true) {
            self.changed.notify_one();
        }
    }

    /// Waits until it is raised, and lowers it; returns false if it was not raised in time.
    pub fn wait(&self, timeout: Duration) -> bool {
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(raised, timeout, |raised| !*raised);
        let (mut raised, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *raised, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_raised_before_is_not_lost() {
        let signal = Signal::new();
        assert!(!signal.wait(Duration::ZERO));
        signal.raise();
        signal.raise();
        assert!(signal.wait(Duration::from_secs(60)));
        assert!(!signal.wait(Duration::ZERO));
        std::thread::scope(|scope| {
            scope.spawn(|| signal.raise());
            assert!(signal.wait(Duration::from_secs(60)));
        });
    }
}
