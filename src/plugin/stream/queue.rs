//! The queue of a push source.
#![forbid(unsafe_code)]

use crate::events::Batch;
use crate::limits::{DEFAULT_STREAM_QUEUE_BYTES, DEFAULT_STREAM_QUEUE_EVENTS};
use crate::status::Status;
use libvm_abi as abi;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How much the queue of a push source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Number of events.
    pub events: usize,
    /// Number of bytes of all events with their metadata.
    pub bytes: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { events: DEFAULT_STREAM_QUEUE_EVENTS, bytes: DEFAULT_STREAM_QUEUE_BYTES }
    }
}

/// The result of [`Queue::take`].
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// There was at least one event.
    Events,
    /// There is no event now.
    Nothing,
    /// There will be no other event.
    End,
    /// The source ended with a failure.
    Failed(Status, String),
}

enum Phase {
    /// Nothing is taken in.
    Stopped,
    Running,
    /// Nothing is taken in any more, for this reason.
    Ended(Status, String),
}

struct State {
    phase: Phase,
    /// What was emitted last.
    filling: Batch,
    /// What was emitted before, and the index of the next event in it.
    draining: (Batch, usize),
    /// The number of threads that wait for room.
    waiting: usize,
}

impl State {
    fn len(&self) -> usize {
        self.filling.len() + self.draining.0.len() - self.draining.1
    }

    /// The bytes of the events; those that were taken of `draining` count as long as it has others.
    fn bytes(&self) -> usize {
        self.filling.bytes() + self.draining.0.bytes()
    }
}

/// A queue of events that any thread fills and one drains.
pub struct Queue {
    state: Mutex<State>,
    room: Condvar,
    capacity: Capacity,
}

impl Queue {
    /// Creates a queue that is stopped.
    pub fn new(capacity: Capacity) -> Self {
        let state = State { phase: Phase::Stopped, filling: Batch::new(), draining: (Batch::new(), 0), waiting: 0 };
        Self { state: Mutex::new(state), room: Condvar::new(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of events in it.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Takes events in from now on.
    pub fn start(&self) {
        self.lock().phase = Phase::Running;
    }

    /// Takes nothing in any more; threads that wait for room return.
    pub fn stop(&self) {
        self.lock().phase = Phase::Stopped;
        self.room.notify_all();
    }

    /// Removes all events.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.filling.clear();
        state.draining.0.clear();
        state.draining.1 = 0;
    }

    /// Ends it; what it has can still be taken.
    ///
    /// # Errors
    /// `STATUS_STALE`.
    pub fn end(&self, status: Status, text: String) -> Result<(), Status> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Running) {
            return Err(abi::STATUS_STALE);
        }
        state.phase = Phase::Ended(status, text);
        self.room.notify_all();
        Ok(())
    }

    /// Adds an event with `push`; if there is no room, waits for it if `may_wait` returns true, or fails. Returns whether the queue was empty.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WOULD_BLOCK`, those of `push`.
    pub fn add(&self, may_wait: impl Fn() -> bool, push: impl FnOnce(&mut Batch) -> Result<(), Status>) -> Result<bool, Status> {
        let mut state = self.lock();
        loop {
            if !matches!(state.phase, Phase::Running) {
                return Err(abi::STATUS_STALE);
            }
            let events = state.len();
            if events == 0 || (events < self.capacity.events && state.bytes() < self.capacity.bytes) {
                push(&mut state.filling)?;
                return Ok(events == 0);
            }
            if !may_wait() {
                return Err(abi::STATUS_WOULD_BLOCK);
            }
            state.waiting += 1;
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    /// Moves at most `max` events to the end of a batch.
    ///
    /// # Errors
    /// Those of [`Batch::push`].
    pub fn take(&self, max: usize, into: &mut Batch) -> crate::status::Result<Taken> {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.draining.1 == state.draining.0.len() {
            state.draining.0.clear();
            state.draining.1 = 0;
            std::mem::swap(&mut state.filling, &mut state.draining.0);
        }
        let (events, next) = &mut state.draining;
        if events.is_empty() {
            return Ok(match &state.phase {
                Phase::Ended(abi::STATUS_OK, _) => Taken::End,
                Phase::Ended(status, text) => Taken::Failed(*status, text.clone()),
                Phase::Stopped | Phase::Running => Taken::Nothing,
            });
        }
        if *next == 0 && events.len() <= max && into.is_empty() {
            std::mem::swap(events, into);
        } else {
            for event in (*next..events.len()).take(max).map(|index| events.get(index)) {
                into.push(event.payload(), event.timestamp(), event.position(), event.metadata())?;
                *next += 1;
            }
        }
        if state.waiting > 0 {
            self.room.notify_all();
        }
        Ok(Taken::Events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(position: u64) -> impl FnOnce(&mut Batch) -> Result<(), Status> {
        move |batch| batch.push(&[7; 100], 0, position, []).map_err(|error| error.status())
    }

    fn positions(batch: &Batch) -> Vec<u64> {
        batch.iter().map(|event| event.position()).collect()
    }

    #[test]
    fn a_full_queue_takes_nothing_in() {
        let queue = Queue::new(Capacity { events: 3, bytes: 1000 });
        assert_eq!(queue.add(|| false, push(0)), Err(abi::STATUS_STALE));
        queue.start();
        assert_eq!(queue.add(|| false, push(1)), Ok(true));
        assert_eq!(queue.add(|| false, push(2)), Ok(false));
        assert_eq!(queue.add(|| false, push(3)), Ok(false));
        assert_eq!(queue.add(|| false, push(4)), Err(abi::STATUS_WOULD_BLOCK));
        let mut batch = Batch::new();
        assert_eq!(queue.take(2, &mut batch).unwrap(), Taken::Events);
        assert_eq!((positions(&batch), queue.len()), (vec![1, 2], 1));
        assert_eq!(queue.add(|| false, push(5)), Ok(false));
        for expected in [3, 5] {
            batch.clear();
            assert_eq!(queue.take(2, &mut batch).unwrap(), Taken::Events);
            assert_eq!(positions(&batch), [expected]);
        }
        assert_eq!(queue.take(2, &mut batch).unwrap(), Taken::Nothing);
    }

    #[test]
    fn bytes_are_limited_too_and_a_large_event_fits_into_an_empty_queue() {
        let queue = Queue::new(Capacity { events: 100, bytes: 50 });
        queue.start();
        assert_eq!(queue.add(|| false, push(1)), Ok(true));
        assert_eq!(queue.add(|| false, push(2)), Err(abi::STATUS_WOULD_BLOCK));
        let mut batch = Batch::new();
        queue.take(9, &mut batch).unwrap();
        assert_eq!(queue.add(|| false, push(2)), Ok(true));
    }

    #[test]
    fn what_was_emitted_before_the_end_is_delivered() {
        let queue = Queue::new(Capacity::default());
        queue.start();
        queue.add(|| false, push(1)).unwrap();
        queue.end(abi::STATUS_IO, "gone".to_owned()).unwrap();
        assert_eq!(queue.add(|| true, push(2)), Err(abi::STATUS_STALE));
        let mut batch = Batch::new();
        assert_eq!(queue.take(9, &mut batch).unwrap(), Taken::Events);
        assert_eq!(queue.take(9, &mut batch).unwrap(), Taken::Failed(abi::STATUS_IO, "gone".to_owned()));
        queue.clear();
        queue.start();
        queue.end(abi::STATUS_OK, String::new()).unwrap();
        assert_eq!(queue.take(9, &mut batch).unwrap(), Taken::End);
    }

    #[test]
    fn threads_wait_for_room_until_it_stops() {
        let queue = Queue::new(Capacity { events: 1, bytes: 1000 });
        queue.start();
        std::thread::scope(|scope| {
            for index in 0..4 {
                let queue = &queue;
                scope.spawn(move || while queue.add(|| true, push(index)).is_ok() {});
            }
            let mut batch = Batch::new();
            while batch.len() < 1000 {
                queue.take(1000, &mut batch).unwrap();
                std::thread::yield_now();
            }
            queue.stop();
        });
        assert_eq!(queue.add(|| true, push(9)), Err(abi::STATUS_STALE));
    }
}
