//! State of plug-ins: values and counters by key, separate for each plug-in and scope.
//!
//! A scope with a name is kept in memory as long as the registry, or in the registry's state file; one without a name is kept in
//! memory as long as its context. Both behave alike.
#![forbid(unsafe_code)]

use crate::files::Trusted;
use crate::limits::{MAX_STATE_KEY, MAX_STATE_VALUE};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "state-file")]
mod file;
#[cfg(feature = "state-file")]
mod lock;
mod memory;
mod outcome;
#[cfg(not(feature = "state-file"))]
#[path = "no_file.rs"]
mod file;
#[cfg(test)]
mod tests;

use file::{Scope, StateFile};
use memory::Entries;
pub use outcome::{Failure, Outcome};

/// The state of one plug-in in one scope; clones share it.
#[derive(Clone)]
pub struct State(Storage);

#[derive(Clone)]
enum Storage {
    Memory(Arc<Mutex<Entries>>),
    File(Arc<StateFile>, Scope),
}

impl Default for State {
    fn default() -> Self {
        Self(Storage::Memory(Arc::default()))
    }
}

fn check_key(key: &str) -> Outcome<()> {
    if key.is_empty() || key.len() > MAX_STATE_KEY { Err(abi::STATUS_INVALID_ARGUMENT.into()) } else { Ok(()) }
}

impl State {
    /// Sets a value.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_LIMIT`, `STATUS_IO`.
    pub fn put(&self, key: &str, value: &[u8]) -> Outcome<()> {
        check_key(key)?;
        if value.len() > MAX_STATE_VALUE {
            return Err(abi::STATUS_LIMIT.into());
        }
        match &self.0 {
            Storage::Memory(entries) => memory::lock(entries).put(key, value),
            Storage::File(file, scope) => file.put(scope, key, value)?,
        }
        Ok(())
    }

    /// Returns a value.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_NOT_FOUND`, `STATUS_IO`.
    pub fn get(&self, key: &str) -> Outcome<Arc<[u8]>> {
        check_key(key)?;
        let found = match &self.0 {
            Storage::Memory(entries) => memory::lock(entries).get(key),
            Storage::File(file, scope) => file.get(scope, key)?,
        };
        found.ok_or(abi::STATUS_NOT_FOUND.into())
    }

    /// Deletes a value and a counter.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_NOT_FOUND` if there is neither, `STATUS_IO`.
    pub fn remove(&self, key: &str) -> Outcome<()> {
        check_key(key)?;
        let removed = match &self.0 {
            Storage::Memory(entries) => memory::lock(entries).remove(key),
            Storage::File(file, scope) => file.remove(scope, key)?,
        };
        if removed { Ok(()) } else { Err(abi::STATUS_NOT_FOUND.into()) }
    }

    /// Adds to a counter, and returns its new value.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_LIMIT` if it would overflow: then it is unchanged; `STATUS_IO`.
    pub fn increment(&self, key: &str, by: i64) -> Outcome<i64> {
        check_key(key)?;
        let now = match &self.0 {
            Storage::Memory(entries) => memory::lock(entries).increment(key, by),
            Storage::File(file, scope) => file.increment(scope, key, by)?,
        };
        now.ok_or(abi::STATUS_LIMIT.into())
    }

    /// Returns a counter; 0 if it was never incremented.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for the key, `STATUS_IO`.
    pub fn counter(&self, key: &str) -> Outcome<i64> {
        check_key(key)?;
        let found = match &self.0 {
            Storage::Memory(entries) => memory::lock(entries).counter(key),
            Storage::File(file, scope) => file.counter(scope, key)?,
        };
        Ok(found.unwrap_or(0))
    }

    /// Returns all keys of values and counters that begin with `prefix`, sorted and without duplicates.
    ///
    /// # Errors
    /// `STATUS_IO`
    pub fn keys(&self, prefix: &str) -> Outcome<Vec<String>> {
        let mut keys = match &self.0 {
            Storage::Memory(entries) => memory::lock(entries).keys(prefix),
            Storage::File(file, scope) => file.keys(scope, prefix)?,
        };
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

/// The states of a registry's plug-ins in the scopes that have a name: they live as long as the registry, or in its state file.
#[derive(Default)]
pub struct States(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    file: Option<Arc<StateFile>>,
    in_memory: BTreeMap<(String, String), State>,
}

impl States {
    /// Returns the state of a plug-in in a scope; one without a name has its own.
    pub fn of(&self, plugin: &str, scope: Option<&str>) -> State {
        let Some(scope) = scope else { return State::default() };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &kept.file {
            Some(file) => State(Storage::File(file.clone(), Scope::new(plugin, scope))),
            None => kept.in_memory.entry((plugin.to_owned(), scope.to_owned())).or_default().clone(),
        }
    }

    /// Keeps the scopes that have a name in a file from now on, which is created if it does not exist. Setting the same file
    /// again is permitted.
    ///
    /// # Errors
    /// `STATUS_SEALED` if they are already kept elsewhere; `STATUS_BUSY` if another registry or process uses the file;
    /// `STATUS_UNTRUSTED_PATH` if untrusted users could have put it in its place; `STATUS_BAD_STATE_FILE`,
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`, `STATUS_UNSUPPORTED`.
    pub fn set_file(&self, path: &Path, trusted: &Trusted) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &kept.file {
            if file.is_at(path) {
                return Ok(());
            }
            let (asked, there) = (path.display(), file.path().display());
            let message =
                format!("cannot keep state in {asked}: this registry already keeps it in {there}; a registry has one state file");
            return Err(Error::new(abi::STATUS_SEALED, message).at_path(path));
        }
        if let Some((plugin, scope)) = kept.in_memory.keys().next() {
            let message = format!(
                "cannot keep state in {}: that of plug-in `{plugin}` in the context `{scope}` is already in memory; set the state \
                 file before a context with a name registers plug-ins",
                path.display()
            );
            return Err(Error::new(abi::STATUS_SEALED, message).at_path(path));
        }
        kept.file = Some(Arc::new(StateFile::open(path, trusted)?));
        Ok(())
    }
}
