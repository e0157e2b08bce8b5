//! What plug-ins keep: values and counters by key, apart for each plug-in and scope.
#![forbid(unsafe_code)]

use crate::limits::{MAX_STATE_KEY, MAX_STATE_VALUE};
use crate::status::Status;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of one plug-in in one scope; clones share it.
#[derive(Clone, Default)]
pub struct State(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    values: BTreeMap<String, Arc<[u8]>>,
    counters: BTreeMap<String, i64>,
}

fn check_key(key: &str) -> Result<(), Status> {
    if key.is_empty() || key.len() > MAX_STATE_KEY { Err(abi::STATUS_INVALID_ARGUMENT) } else { Ok(()) }
}

impl State {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a value.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_LIMIT`.
    pub fn put(&self, key: &str, value: &[u8]) -> Result<(), Status> {
        check_key(key)?;
        if value.len() > MAX_STATE_VALUE {
            return Err(abi::STATUS_LIMIT);
        }
        self.entries().values.insert(key.to_owned(), value.into());
        Ok(())
    }

    /// A value.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_NOT_FOUND`.
    pub fn get(&self, key: &str) -> Result<Arc<[u8]>, Status> {
        check_key(key)?;
        self.entries().values.get(key).cloned().ok_or(abi::STATUS_NOT_FOUND)
    }

    /// Deletes a value and a counter.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_NOT_FOUND` when there is neither.
    pub fn remove(&self, key: &str) -> Result<(), Status> {
        check_key(key)?;
        let mut entries = self.entries();
        let (value, counter) = (entries.values.remove(key), entries.counters.remove(key));
        if value.is_none() && counter.is_none() { Err(abi::STATUS_NOT_FOUND) } else { Ok(()) }
    }

    /// Adds to a counter, and gives what it is now.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_LIMIT` when it would overflow: then it stays as it is.
    pub fn increment(&self, key: &str, by: i64) -> Result<i64, Status> {
        check_key(key)?;
        let mut entries = self.entries();
        let counter = entries.counters.get(key).copied().unwrap_or(0);
        let now = counter.checked_add(by).ok_or(abi::STATUS_LIMIT)?;
        entries.counters.insert(key.to_owned(), now);
        Ok(now)
    }

    /// A counter; 0 when it was never incremented.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key.
    pub fn counter(&self, key: &str) -> Result<i64, Status> {
        check_key(key)?;
        Ok(self.entries().counters.get(key).copied().unwrap_or(0))
    }

    /// All keys of values and counters that begin with `prefix`, in order, each once.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let entries = self.entries();
        let mut keys: Vec<_> = entries.values.keys().chain(entries.counters.keys()).cloned().collect();
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// The states of a registry's plug-ins in the scopes that have a name: they live as long as the registry.
#[derive(Default)]
pub struct States(Mutex<BTreeMap<(String, String), State>>);

impl States {
    /// The state of a plug-in in a scope; one without a name has its own.
    pub fn of(&self, plugin: &str, scope: Option<&str>) -> State {
        let Some(scope) = scope else { return State::default() };
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.entry((plugin.to_owned(), scope.to_owned())).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_counters_are_kept_apart() {
        let state = State::default();
        state.put("a", b"1").unwrap();
        assert_eq!(state.increment("a", 3), Ok(3));
        assert_eq!((&*state.get("a").unwrap(), state.counter("a")), (&b"1"[..], Ok(3)));
        state.increment("ab", -1).unwrap();
        assert_eq!((state.keys("a"), state.keys("ab")), (vec!["a".to_owned(), "ab".to_owned()], vec!["ab".to_owned()]));
        state.remove("a").unwrap();
        assert_eq!((state.get("a").unwrap_err(), state.counter("a")), (abi::STATUS_NOT_FOUND, Ok(0)));
        assert_eq!(state.remove("a"), Err(abi::STATUS_NOT_FOUND));
    }

    #[test]
    fn what_is_too_much_changes_nothing() {
        let state = State::default();
        state.increment("n", i64::MAX).unwrap();
        assert_eq!((state.increment("n", 1), state.counter("n")), (Err(abi::STATUS_LIMIT), Ok(i64::MAX)));
        assert_eq!(state.put("v", &vec![0; MAX_STATE_VALUE + 1]), Err(abi::STATUS_LIMIT));
        assert_eq!(state.put("", b""), Err(abi::STATUS_INVALID_ARGUMENT));
        assert_eq!(state.put(&"k".repeat(MAX_STATE_KEY + 1), b""), Err(abi::STATUS_INVALID_ARGUMENT));
        assert_eq!(state.keys(""), ["n"]);
    }

    #[test]
    fn scopes_of_one_name_share_and_those_without_do_not() {
        let states = States::default();
        states.of("p", Some("s")).increment("n", 1).unwrap();
        assert_eq!(states.of("p", Some("s")).counter("n"), Ok(1));
        for (plugin, scope) in [("p", Some("t")), ("q", Some("s")), ("p", None)] {
            assert_eq!(states.of(plugin, scope).counter("n"), Ok(0));
        }
    }
}
