//! The code of a module: validated once, and translated at most once in each shard of its engine.

use super::error;
use super::shard::{Shard, Shards};
use crate::engine::rewrite::Recorded;
use crate::engine::source::Kept;
use crate::status::{Error, Result};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The code of a module.
pub struct Code {
    pub(super) modules: Modules,
    /// The position of each import in wasmi, which groups them by kind.
    pub(super) import_places: Box<[usize]>,
    /// Set if it records positions for backtraces.
    pub(super) recorded: Option<Recorded>,
}

/// A module, as the shards of its engine have it.
pub struct Modules {
    first: wasmi::Module,
    /// Those of the other shards, each translated when a store of its shard first needs it.
    others: Box<[OnceLock<Result<wasmi::Module>>]>,
    /// What was validated, until all shards have translated it.
    bytes: Mutex<Option<Kept>>,
}

impl Modules {
    /// Validates a module, and translates it in the first shard. It is to be followed by `keep`.
    ///
    /// # Errors
    /// `STATUS_BAD_MODULE`, `STATUS_LIMIT`.
    pub fn new(shards: &Shards, bytes: &[u8]) -> Result<Self> {
        let first = wasmi::Module::new(shards.engine(0), bytes).map_err(|error| error::of_load(&error))?;
        let others = (1..shards.count()).map(|_| OnceLock::new()).collect::<Box<[_]>>();
        Ok(Self { first, others, bytes: Mutex::default() })
    }

    /// Keeps the bytes that were validated, if other shards may need them, unless they were kept before.
    pub fn keep(&mut self, bytes: impl FnOnce() -> Kept) {
        if !self.others.is_empty() {
            self.bytes.get_mut().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(bytes);
        }
    }

    /// Returns it as the first shard has it.
    pub fn first(&self) -> &wasmi::Module {
        &self.first
    }

    /// Returns it as a shard has it. Threads that need it in one shard at the same time wait for the one that translates it.
    ///
    /// # Errors
    /// `STATUS_LIMIT` if it cannot be translated.
    pub fn of(&self, shard: &Shard) -> Result<&wasmi::Module> {
        let Some(other) = shard.index().checked_sub(1) else { return Ok(&self.first) };
        let other = &self.others[other];
        if let Some(translated) = other.get() {
            return translated.as_ref().map_err(Error::clone);
        }
        let translated = other.get_or_init(|| self.translate(shard));
        if self.others.iter().all(|other| other.get().is_some()) {
            self.bytes.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        translated.as_ref().map_err(Error::clone)
    }

    fn translate(&self, shard: &Shard) -> Result<wasmi::Module> {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bytes = bytes.expect("they are there until all shards have translated them");
        // SAFETY: the first shard, whose engine permits the same features, has validated these bytes.
        let module = unsafe { wasmi::Module::new_unchecked(shard.engine(), &bytes) };
        module.map_err(|error| error::of_load(&error))
    }
}
