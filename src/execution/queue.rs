//! Queues: what is ready, in the order in which it became so, with one pollable handle for all of it.
#![forbid(unsafe_code)]

use super::signal::Signal;
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A place in a queue.
pub type Place = u64;

/// A queue. Its handle is readable exactly while something is in it, so that it can be watched level-triggered, and edge-triggered
/// by those who take everything out.
pub struct Queue<T> {
    ready: Mutex<Ready<T>>,
    changed: Condvar,
}

struct Ready<T> {
    places: BTreeMap<Place, Arc<T>>,
    last: Place,
    signal: Option<Signal>,
    /// Whether somebody knows the handle: until then the system need not be told.
    watched: bool,
    /// Number of threads that wait.
    waiting: usize,
}

impl<T> Ready<T> {
    /// Updates the handle when the first item was added, or the last one removed.
    fn tell(&self, notify: impl FnOnce(&Signal)) {
        if let Some(signal) = self.signal.as_ref().filter(|_| self.watched) {
            notify(signal);
        }
    }
}

impl<T> Queue<T> {
    /// Creates an empty queue.
    ///
    /// # Errors
    /// `STATUS_IO` if the system has no descriptor for its handle.
    pub fn new() -> Result<Self> {
        let ready = Ready { places: BTreeMap::new(), last: 0, signal: Some(Signal::new()?), watched: false, waiting: 0 };
        Ok(Self { ready: Mutex::new(ready), changed: Condvar::new() })
    }

    fn ready(&self) -> MutexGuard<'_, Ready<T>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the handle; -1 where there is none.
    pub fn handle(&self) -> i64 {
        let mut ready = self.ready();
        let first = !std::mem::replace(&mut ready.watched, true);
        if first && !ready.places.is_empty() {
            ready.tell(Signal::raise);
        }
        ready.signal.as_ref().map_or(-1, Signal::handle)
    }

    /// Appends an item, and returns its place; does nothing if the queue is closed.
    pub fn push(&self, item: Arc<T>) -> Option<Place> {
        let mut ready = self.ready();
        ready.signal.as_ref()?;
        ready.last += 1;
        let place = ready.last;
        if ready.places.is_empty() {
            ready.tell(Signal::raise);
        }
        ready.places.insert(place, item);
        if ready.waiting > 0 {
            self.changed.notify_one();
        }
        Some(place)
    }

    /// Returns the first item and its place.
    pub fn first(&self) -> Option<(Place, Arc<T>)> {
        self.ready().places.first_key_value().map(|(place, item)| (*place, Arc::clone(item)))
    }

    /// Takes out the item at a place, if it is still there.
    pub fn take(&self, place: Place) -> Option<Arc<T>> {
        let mut ready = self.ready();
        let taken = ready.places.remove(&place)?;
        if ready.places.is_empty() {
            ready.tell(Signal::lower);
        }
        Some(taken)
    }

    /// Waits until something is in the queue.
    ///
    /// # Errors
    /// `STATUS_WOULD_BLOCK` after `timeout`, `STATUS_STALE` if the queue is closed meanwhile.
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        // A time that cannot be expressed never comes.
        let until = Instant::now().checked_add(timeout);
        let mut ready = self.ready();
        while ready.places.is_empty() {
            if ready.signal.is_none() {
                return Err(Error::new(abi::STATUS_STALE, "the queue was deleted by another thread"));
            }
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let message = format!("nothing in the queue became ready within {}", milliseconds(timeout));
                return Err(Error::new(abi::STATUS_WOULD_BLOCK, message).retry());
            }
            ready.waiting += 1;
            ready = self.changed.wait_timeout(ready, left).unwrap_or_else(PoisonError::into_inner).0;
            ready.waiting -= 1;
        }
        Ok(())
    }

    /// Closes the queue: it loses what is in it, and gets nothing more.
    pub fn close(&self) {
        let mut ready = self.ready();
        let lost = (std::mem::take(&mut ready.places), ready.signal.take());
        drop(ready);
        self.changed.notify_all();
        drop(lost);
    }
}

/// Formats a time for a message.
pub fn milliseconds(time: Duration) -> String {
    counted(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), "millisecond")
}
