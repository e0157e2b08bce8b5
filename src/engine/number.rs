//! Numbers for what other threads name: never reused, never 0, and different in each copy of the library in a process.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Bits of a number that are the same in all numbers of one copy of the library.
const NONCE_BITS: u32 = 16;

static LAST: AtomicU64 = AtomicU64::new(0);

/// Returns the part of all numbers of this copy of the library, which is random.
fn nonce() -> u64 {
    static NONCE: OnceLock<u64> = OnceLock::new();
    *NONCE.get_or_init(|| RandomState::new().hash_one(0) & ((1 << NONCE_BITS) - 1))
}

/// What has a number. Leak checkers see what a tree points to, which they do not of a hash table.
pub struct Numbers<T>(Mutex<BTreeMap<u64, T>>);

impl<T: Clone> Numbers<T> {
    /// Creates an empty table.
    #[allow(clippy::new_without_default)] // it is for statics, which need it to be const
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<u64, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the table until the result is dropped.
    pub fn hold(&self) -> MutexGuard<'_, BTreeMap<u64, T>> {
        let _ = nonce();
        self.table()
    }

    /// Returns a new number for an item.
    pub fn insert(&self, item: T) -> u64 {
        let number = (LAST.fetch_add(1, Ordering::Relaxed) + 1) << NONCE_BITS | nonce();
        self.table().insert(number, item);
        number
    }

    /// Returns the item with a number.
    pub fn get(&self, number: u64) -> Option<T> {
        self.table().get(&number).cloned()
    }

    /// Removes a number; the item is dropped after the table is unlocked.
    pub fn remove(&self, number: u64) -> Option<T> {
        self.table().remove(&number)
    }
}

/// Describes a number that is not in a table, for a message.
pub fn describe(number: u64, noun: &str) -> String {
    let made = LAST.load(Ordering::Relaxed);
    if number & ((1 << NONCE_BITS) - 1) == nonce() && (1..=made).contains(&(number >> NONCE_BITS)) {
        format!("{number} is the number of {noun} that has ended")
    } else {
        format!("{number} is not the number of {noun} of this library")
    }
}
