//! Streams of the host that said "not yet", and guests that wait until they can go on.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A standard stream, as the guest numbers it.
pub type StreamIndex = usize;

/// Is called when a stream can go on.
type Wake = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Stream {
    /// How often the host has said that the stream can go on.
    notices: u64,
    last: u64,
    waiting: Vec<(u64, Wake)>,
}

/// Through which the host says that standard input, output or error can go on. All contexts with one environment share it.
#[derive(Default)]
pub struct Notifier([Mutex<Stream>; 3]);

impl Notifier {
    fn stream(&self, index: StreamIndex) -> MutexGuard<'_, Stream> {
        self.0[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all who wait for a stream.
    pub fn notify(&self, index: StreamIndex) {
        let mut stream = self.stream(index);
        stream.notices += 1;
        let waiting = std::mem::take(&mut stream.waiting);
        drop(stream);
        waiting.into_iter().for_each(|(_, wake)| wake());
    }

    /// Returns how often a stream was notified.
    pub fn notices(&self, index: StreamIndex) -> u64 {
        self.stream(index).notices
    }
}

/// A notice that somebody waits for: the next one after as many as there were.
#[derive(Clone)]
pub struct Notice {
    pub notifier: Arc<Notifier>,
    pub index: StreamIndex,
    pub seen: u64,
}

impl Notice {
    /// Returns whether it has come.
    pub fn has_come(&self) -> bool {
        self.notifier.notices(self.index) != self.seen
    }

    /// Calls `wake` when it comes, or now if it has come.
    pub fn wait(&self, wake: Wake) -> Waiting {
        let mut stream = self.notifier.stream(self.index);
        if stream.notices != self.seen {
            drop(stream);
            wake();
            return Waiting(self.clone(), 0);
        }
        stream.last += 1;
        let number = stream.last;
        stream.waiting.push((number, wake));
        Waiting(self.clone(), number)
    }
}

/// Somebody waits for a notice; dropping it ends that.
pub struct Waiting(Notice, u64);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut stream = self.0.notifier.stream(self.0.index);
        let position = stream.waiting.iter().position(|(number, _)| *number == self.1);
        let removed = position.map(|position| stream.waiting.swap_remove(position));
        drop(stream);
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_notice_wakes_once_and_is_never_missed() {
        let (notifier, woken) = (Arc::<Notifier>::default(), Arc::new(AtomicUsize::new(0)));
        let wake = || -> Wake {
            let woken = Arc::clone(&woken);
            Arc::new(move || _ = woken.fetch_add(1, Ordering::Relaxed))
        };
        let notice = Notice { notifier: Arc::clone(&notifier), index: 1, seen: 0 };
        let (waiting, dropped) = (notice.wait(wake()), notice.wait(wake()));
        drop(dropped);
        notifier.notify(0);
        assert_eq!(woken.load(Ordering::Relaxed), 0);
        notifier.notify(1);
        notifier.notify(1);
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert!(notice.has_come());
        drop((waiting, notice.wait(wake())));
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }
}
