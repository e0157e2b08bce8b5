//! State in memory.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of one plug-in in one scope.
#[derive(Default)]
pub struct Entries {
    values: BTreeMap<String, Arc<[u8]>>,
    counters: BTreeMap<String, i64>,
}

/// Locks the entries for one operation.
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

    /// Returns whether there was a value or a counter.
    pub fn remove(&mut self, key: &str) -> bool {
        let (value, counter) = (self.values.remove(key), self.counters.remove(key));
        value.is_some() || counter.is_some()
    }

    /// Returns the new value of the counter; `None` if it would overflow.
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

    /// Returns keys in no order; those of a value and a counter occur twice.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let keys = self.values.keys().chain(self.counters.keys());
        keys.filter(|key| key.starts_with(prefix)).cloned().collect()
    }
}
