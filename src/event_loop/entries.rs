//! The watches, timers and posts of an event loop.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use libvm_abi::{self as abi, LoopEvents};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A file descriptor, or what it is in the host's own loop; on Windows a socket.
pub type Descriptor = i64;

/// Called with the number of the watch or timer, and the events of a watch. It is dropped when it is not called any more, never while
/// the loop is locked.
pub type Callback = Arc<dyn Fn(u64, LoopEvents) + Send + Sync>;

/// The owner of watches, timers and posts.
pub trait Owner: Send + Sync {
    /// Runs `work`, which calls the owner's code, now; or not at all, if that code may not run now. The loop then tries again later.
    fn run(&self, work: &mut dyn FnMut());
}

/// What an entry waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Watch { descriptor: Descriptor, events: LoopEvents },
    Timer { when: Instant, repeat: Option<Duration> },
    Post,
}

struct Entry {
    owner: Arc<dyn Owner>,
    callback: Callback,
    kind: Kind,
}

/// Entries that were removed.
pub(super) struct Removed(Vec<Entry>);

impl Removed {
    /// Returns the descriptors that were watched.
    pub(super) fn descriptors(&self) -> Vec<Descriptor> {
        let watched = self.0.iter().filter_map(|entry| match entry.kind {
            Kind::Watch { descriptor, .. } => Some(descriptor),
            _ => None,
        });
        watched.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A descriptor with watches, or for which the driver still waits.
#[derive(Default)]
struct Watched {
    watchers: Vec<u64>,
    /// What the driver waits for.
    actual: LoopEvents,
}

/// The watches, timers and posts of a loop, and what its driver knows of them.
#[derive(Default)]
pub(super) struct Entries {
    all: HashMap<u64, Entry>,
    timers: BTreeSet<(Instant, u64)>,
    posts: VecDeque<u64>,
    watched: HashMap<Descriptor, Watched>,
    /// Descriptors whose events the host's loop does not know yet.
    changes: BTreeSet<Descriptor>,
    /// The time of the next timer, as the driver knows it.
    pub(super) armed: Option<Instant>,
    /// The entry whose callback is running.
    running: Option<(u64, Arc<dyn Owner>)>,
    closed: bool,
}

/// The number that was given last. Loops share it, so that a number of another loop is none of this one.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Returns the number that was given last.
pub(super) fn newest() -> u64 {
    LAST.load(Ordering::Relaxed)
}

impl Entries {
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn insert(&mut self, owner: &Arc<dyn Owner>, callback: Callback, kind: Kind) -> u64 {
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        if let Kind::Timer { when, .. } = kind {
            self.timers.insert((when, id));
        }
        if let Kind::Watch { descriptor, .. } = kind {
            self.watched.entry(descriptor).or_default().watchers.push(id);
        }
        self.all.insert(id, Entry { owner: Arc::clone(owner), callback, kind });
        id
    }

    pub(super) fn post(&mut self, owner: &Arc<dyn Owner>, callback: Callback) {
        let id = self.insert(owner, callback, Kind::Post);
        self.posts.push_back(id);
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Removed> {
        let entry = self.all.remove(&id)?;
        match entry.kind {
            Kind::Timer { when, .. } => drop(self.timers.remove(&(when, id))),
            Kind::Watch { descriptor, .. } => {
                if let Some(watched) = self.watched.get_mut(&descriptor) {
                    watched.watchers.retain(|watcher| *watcher != id);
                }
            }
            Kind::Post => {}
        }
        Some(Removed(vec![entry]))
    }

    /// Removes everything, for good.
    pub(super) fn close(&mut self) -> Removed {
        self.closed = true;
        self.timers.clear();
        self.posts.clear();
        self.watched.values_mut().for_each(|watched| watched.watchers.clear());
        Removed(std::mem::take(&mut self.all).into_values().collect())
    }

    pub(super) fn ids_of(&self, owner: &Arc<dyn Owner>) -> Vec<u64> {
        self.all.iter().filter(|(_, entry)| Arc::ptr_eq(&entry.owner, owner)).map(|(id, _)| *id).collect()
    }

    fn of_owner(&self, id: u64, owner: &Arc<dyn Owner>) -> Option<&Entry> {
        self.all.get(&id).filter(|entry| Arc::ptr_eq(&entry.owner, owner))
    }

    /// Returns the descriptor and events of a watch.
    pub(super) fn watch_of(&self, id: u64, owner: &Arc<dyn Owner>) -> Result<(Descriptor, LoopEvents)> {
        match self.of_owner(id, owner).map(|entry| entry.kind) {
            Some(Kind::Watch { descriptor, events }) => Ok((descriptor, events)),
            _ => Err(Error::new(abi::STATUS_STALE, format!("there is no watch {id}: it was ended"))),
        }
    }

    pub(super) fn is_timer_of(&self, id: u64, owner: &Arc<dyn Owner>) -> bool {
        self.of_owner(id, owner).is_some_and(|entry| matches!(entry.kind, Kind::Timer { .. }))
    }

    pub(super) fn set_events(&mut self, id: u64, new: LoopEvents) {
        if let Some(Kind::Watch { events, .. }) = self.all.get_mut(&id).map(|entry| &mut entry.kind) {
            *events = new;
        }
    }

    /// Returns the numbers of the watches of a descriptor.
    pub(super) fn watchers(&self, descriptor: Descriptor) -> Vec<u64> {
        self.watched.get(&descriptor).map(|watched| watched.watchers.clone()).unwrap_or_default()
    }

    /// Returns the events of a descriptor that the driver waits for, and those that it should wait for.
    pub(super) fn events_of(&self, descriptor: Descriptor) -> (LoopEvents, LoopEvents) {
        let Some(watched) = self.watched.get(&descriptor) else { return (0, 0) };
        let events = |id: &u64| match self.all.get(id).map(|entry| entry.kind) {
            Some(Kind::Watch { events, .. }) => events,
            _ => 0,
        };
        (watched.actual, watched.watchers.iter().map(events).fold(0, |all, events| all | events))
    }

    /// Sets the events of a descriptor that the driver waits for.
    pub(super) fn set_actual(&mut self, descriptor: Descriptor, actual: LoopEvents) {
        if let Some(watched) = self.watched.get_mut(&descriptor) {
            watched.actual = actual;
            if actual == 0 && watched.watchers.is_empty() {
                self.watched.remove(&descriptor);
            }
        }
    }

    /// Keeps in mind that the host's loop has to be told of a descriptor.
    pub(super) fn add_change(&mut self, descriptor: Descriptor) {
        self.changes.insert(descriptor);
    }

    pub(super) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    pub(super) fn take_change(&mut self) -> Option<Descriptor> {
        self.changes.pop_first()
    }

    pub(super) fn take_posts(&mut self) -> Vec<u64> {
        self.posts.drain(..).collect()
    }

    /// Puts posts back that could not run.
    pub(super) fn put_back(&mut self, posts: &[u64]) -> bool {
        let left: Vec<_> = posts.iter().filter(|id| self.all.contains_key(id)).collect();
        left.iter().rev().for_each(|id| self.posts.push_front(**id));
        !left.is_empty()
    }

    /// Returns the numbers of the timers that are due, in their order.
    pub(super) fn due(&self, now: Instant) -> Vec<u64> {
        self.timers.iter().take_while(|(when, _)| *when <= now).map(|(_, id)| *id).collect()
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.first().map(|(when, _)| *when)
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        if !self.posts.is_empty() || self.has_changes() {
            return Some(Duration::ZERO);
        }
        self.next_timer().map(|when| when.saturating_duration_since(Instant::now()))
    }

    /// Returns the owner of an entry.
    pub(super) fn owner(&self, id: u64) -> Option<Arc<dyn Owner>> {
        self.all.get(&id).map(|entry| Arc::clone(&entry.owner))
    }

    /// Returns the entry whose callback is running.
    pub(super) fn running(&self) -> Option<(u64, &Arc<dyn Owner>)> {
        self.running.as_ref().map(|(id, owner)| (*id, owner))
    }

    /// Begins a call of an entry's callback for these events, if there still is a reason to call it. A timer that does not repeat will
    /// not be due again.
    pub(super) fn begin(&mut self, id: u64, ready: LoopEvents, now: Instant) -> Option<(Callback, LoopEvents)> {
        let entry = self.all.get_mut(&id)?;
        let events = match &mut entry.kind {
            Kind::Watch { events, .. } => match ready & (*events | abi::LOOP_FAILED) {
                0 => return None,
                events => events,
            },
            Kind::Timer { when, repeat } => {
                if *when > now || !self.timers.remove(&(*when, id)) {
                    return None;
                }
                if let Some(repeat) = repeat {
                    *when = next(*when, *repeat, now);
                    self.timers.insert((*when, id));
                }
                0
            }
            Kind::Post => 0,
        };
        self.running = Some((id, Arc::clone(&entry.owner)));
        Some((Arc::clone(&entry.callback), events))
    }

    /// Returns the entry after a call of its callback, if it was the last one.
    pub(super) fn finish(&mut self, id: u64, events: LoopEvents) -> Option<Removed> {
        let is_over = match self.all.get(&id)?.kind {
            Kind::Watch { .. } => events & abi::LOOP_FAILED != 0,
            Kind::Timer { repeat, .. } => repeat.is_none(),
            Kind::Post => true,
        };
        if is_over { self.remove(id) } else { None }
    }

    /// Ends the call.
    pub(super) fn end(&mut self) -> Option<(u64, Arc<dyn Owner>)> {
        self.running.take()
    }
}

/// Returns the next time of a repeating timer: a multiple of its period after the last one, and after now.
fn next(last: Instant, period: Duration, now: Instant) -> Instant {
    let behind = now.saturating_duration_since(last).as_nanos();
    let periods = behind / period.as_nanos().max(1) + 1;
    let ahead = period.as_nanos().max(1).saturating_mul(periods);
    last + Duration::from_nanos(u64::try_from(ahead).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::next;
    use std::time::{Duration, Instant};

    #[test]
    fn a_repeating_timer_keeps_its_phase_and_skips_what_it_missed() {
        let (start, ms) = (Instant::now(), Duration::from_millis);
        for (late, expected) in [(0, 10), (3, 10), (9, 10), (10, 20), (34, 40)] {
            assert_eq!(next(start, ms(10), start + ms(late)), start + ms(expected), "{late}");
        }
    }
}
