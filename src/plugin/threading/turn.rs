//! Turns: locks that detect when waiting for them would be a deadlock.
//!
//! The owner of a turn runs code of plug-ins, which may run a guest, which may call a function that needs another turn. Two
//! threads can therefore wait for each other; a mutex would not detect it. All turns share one lock, under which that is
//! visible.
#![forbid(unsafe_code)]

use crate::thread;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

static LAST_TURN: AtomicU64 = AtomicU64::new(0);
static ALL: Mutex<All> = Mutex::new(All { held: BTreeMap::new(), waiting: BTreeMap::new() });

/// The shared state of all turns.
pub(super) struct All {
    /// The turns that a thread has.
    held: BTreeMap<u64, Held>,
    /// The turn that a thread waits for.
    waiting: BTreeMap<u64, u64>,
}

struct Held {
    owner: u64,
    depth: usize,
    left: Vec<Box<dyn Send>>,
}

pub(super) fn all() -> MutexGuard<'static, All> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether this thread has a turn.
pub(super) fn is_held_here() -> bool {
    let me = thread::number();
    all().held.values().any(|held| held.owner == me)
}

impl All {
    /// Returns whether the owner of a turn waits, directly or not, for something that `me` has. A waiting thread releases
    /// nothing.
    fn is_circle(&self, turn: u64, me: u64) -> bool {
        let mut turn = turn;
        while let Some(held) = self.held.get(&turn) {
            if held.owner == me {
                return true;
            }
            let Some(next) = self.waiting.get(&held.owner) else { return false };
            turn = *next;
        }
        false
    }
}

/// A turn that one thread has at a time, any number of times.
pub struct Turn {
    id: u64,
    free: Condvar,
}

impl Default for Turn {
    fn default() -> Self {
        Self { id: LAST_TURN.fetch_add(1, Ordering::Relaxed) + 1, free: Condvar::new() }
    }
}

/// A thread's turn, until it is dropped.
pub struct TurnGuard<'a> {
    turn: &'a Turn,
    nested: bool,
    /// It belongs to its thread.
    _here: PhantomData<*const ()>,
}

impl TurnGuard<'_> {
    /// Whether the thread already had it.
    pub fn is_nested(&self) -> bool {
        self.nested
    }
}

impl Turn {
    /// Waits for the turn; returns `None` if that would be a deadlock, because its owner waits for this thread.
    pub fn take(&self) -> Option<TurnGuard<'_>> {
        self.enter(all()).ok()
    }

    /// Drops something in the turn, now or, if waiting would be a deadlock, on the thread that has it.
    pub fn finish(&self, what: impl Send + 'static) {
        match self.enter(all()) {
            Ok(_turn) => drop(what),
            // While `all` is locked, the owner keeps it.
            Err(mut all) => all.held.get_mut(&self.id).expect("somebody has it").left.push(Box::new(what)),
        }
    }

    fn enter<'a>(&self, mut all: MutexGuard<'a, All>) -> Result<TurnGuard<'_>, MutexGuard<'a, All>> {
        let me = thread::number();
        let made = |nested| TurnGuard { turn: self, nested, _here: PhantomData };
        loop {
            let Some(held) = all.held.get_mut(&self.id) else {
                all.held.insert(self.id, Held { owner: me, depth: 1, left: Vec::new() });
                return Ok(made(false));
            };
            if held.owner == me {
                held.depth += 1;
                return Ok(made(true));
            }
            if all.is_circle(self.id, me) {
                return Err(all);
            }
            all.waiting.insert(me, self.id);
            all = self.free.wait(all).unwrap_or_else(PoisonError::into_inner);
            all.waiting.remove(&me);
        }
    }
}

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        let id = self.turn.id;
        loop {
            let mut all = all();
            let Some(held) = all.held.get_mut(&id) else { return };
            if held.depth > 1 {
                held.depth -= 1;
                return;
            }
            let left = std::mem::take(&mut held.left);
            if left.is_empty() {
                all.held.remove(&id);
                break;
            }
            // Runs code of plug-ins, which may take turns.
            drop(all);
            drop(left);
        }
        self.turn.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Barrier};

    #[test]
    fn one_thread_at_a_time() {
        let (turn, inside) = (Turn::default(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let first = turn.take().unwrap();
                        let second = turn.take().unwrap();
                        assert!(!first.is_nested() && second.is_nested());
                        assert!(!inside.swap(true, Ordering::SeqCst));
                        drop(second);
                        std::thread::yield_now();
                        inside.store(false, Ordering::SeqCst);
                    }
                });
            }
        });
    }

    /// Three threads have one turn each and want the next one's: the last to ask is refused, and what it leaves is dropped later.
    #[test]
    fn a_circle_is_found() {
        struct Done(Arc<AtomicU64>);
        impl Drop for Done {
            fn drop(&mut self) {
                self.0.store(thread::number(), Ordering::SeqCst);
            }
        }
        let turns: [Turn; 3] = Default::default();
        let (all_have_one, done) = (Barrier::new(3), Arc::new(AtomicU64::new(0)));
        let refused: Vec<bool> = std::thread::scope(|scope| {
            let work = |index: usize| {
                let _mine = turns[index].take().unwrap();
                all_have_one.wait();
                let next = &turns[(index + 1) % 3];
                let refused = next.take().is_none();
                if refused {
                    next.finish(Done(done.clone()));
                    assert_eq!(done.load(Ordering::SeqCst), 0, "its owner still waits");
                }
                refused
            };
            let threads: Vec<_> = (0..3).map(|index| scope.spawn(move || work(index))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(refused.iter().filter(|refused| **refused).count(), 1);
        assert_ne!(done.load(Ordering::SeqCst), 0);
        assert!(turns.iter().all(|turn| !turn.take().unwrap().is_nested()));
    }
}
