//! Progress of work that takes long.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is quicker is not shown.
const DELAY: Duration = Duration::from_secs(1);
/// The time from one line to the next.
const STEP: Duration = Duration::from_millis(100);
const WIDTH: u64 = 20;

/// Shows on a terminal how far work is, or for how long it has been going on, on a thread of its own. Dropping it removes the line.
pub struct Progress {
    shown: Option<(Arc<Shown>, JoinHandle<()>)>,
}

#[derive(Default)]
struct Shown {
    done: AtomicU64,
    total: AtomicU64,
    ended: Mutex<bool>,
    wake: Condvar,
}

impl Progress {
    pub(crate) fn start(what: String, is_terminal: bool) -> Self {
        if !is_terminal {
            return Self { shown: None };
        }
        let shown = Arc::new(Shown::default());
        let of_thread = shown.clone();
        let thread = std::thread::Builder::new().name("progress".into()).spawn(move || of_thread.draw(&what));
        Self { shown: thread.ok().map(|thread| (shown, thread)) }
    }

    /// Sets how much is done of how much; a total of 0 is not known.
    pub fn set(&self, done: u64, total: u64) {
        if let Some((shown, _)) = &self.shown {
            shown.done.store(done, Ordering::Relaxed);
            shown.total.store(total, Ordering::Relaxed);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((shown, thread)) = self.shown.take() {
            *shown.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
            shown.wake.notify_one();
            // It does not panic; if it did, what it shows is not worth another panic.
            let _ = thread.join();
        }
    }
}

impl Shown {
    fn draw(&self, what: &str) {
        let start = Instant::now();
        let mut wait = DELAY;
        let mut drawn = false;
        loop {
            let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let (ended, _) = self.wake.wait_timeout_while(ended, wait, |ended| !*ended).unwrap_or_else(PoisonError::into_inner);
            if *ended {
                break;
            }
            drop(ended);
            drawn = true;
            wait = STEP;
            print(&format!("\r{what} {}\x1b[K", self.state(start.elapsed())));
        }
        if drawn {
            print("\r\x1b[K");
        }
    }

    fn state(&self, elapsed: Duration) -> String {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        if total == 0 {
            return format!("{} s", elapsed.as_secs());
        }
        let part = |whole: u64| (u128::from(done.min(total)) * u128::from(whole) / u128::from(total)) as u64;
        let bar = "#".repeat(part(WIDTH) as usize);
        format!("[{bar:<width$}] {} %", part(100), width = WIDTH as usize)
    }
}

/// A terminal that has gone needs no progress.
fn print(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_a_part_or_a_time() {
        let shown = Shown::default();
        assert_eq!(shown.state(Duration::from_millis(2900)), "2 s");
        shown.total.store(u64::MAX, Ordering::Relaxed);
        shown.done.store(u64::MAX / 2, Ordering::Relaxed);
        assert_eq!(shown.state(DELAY), "[#########           ] 49 %");
        shown.done.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(shown.state(DELAY), "[####################] 100 %");
    }
}
