//! State in memory.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What one plug-in keeps in one scope.
#[derive(Default)]
pub struct Entries {
    values: BTreeMap<String, Arc<[u8]>>,
    counters: BTreeMap<String, i64>,
}

/// The entries, for one operation.
pub fn lock(entries: &Mutex<Entries>) -> MutexGuard<'_, Entries> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Entries {
    pub fn put(&mut self, key: &str, value: &[u8]) {
        self.values.insert(key.to_owned(), value.into());
    }

    pub fn get(&self, key: &str) -> Option<Arc<[u8]>> {
        self.values.get(key).cloned()
    }

    /// Whether there was a value or a counter.
    pub fn remove(&mut self, key: &str) -> bool {
        let (value, counter) = (self.values.remove(key), self.counters.remove(key));
        value.is_some() || counter.is_some()
    }

    /// What the counter is now; `None` when it would overflow.
    pub fn increment(&mut self, key: &str, by: i64) -> Option<i64> {
        match self.counters.get_mut(key) {
            Some(counter) => {
                *counter = counter.checked_add(by)?;
                Some(*counter)
            }
            None => {
                self.counters.insert(key.to_owned(), by);
                Some(by)
            }
        }
    }

    pub fn counter(&self, key: &str) -> Option<i64> {
        self.counters.get(key).copied()
    }

    /// In no order; those that have both stand twice.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let keys = self.values.keys().chain(self.counters.keys());
        keys.filter(|key| key.starts_with(prefix)).cloned().collect()
    }
}
