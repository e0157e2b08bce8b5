//! What host functions see of the guest that imports them.
#![forbid(unsafe_code)]

use super::interpreter::store::State;
use std::sync::{Arc, OnceLock};

/// The instance that imports host functions: what they see of it, also when another instance calls them by a reference.
pub struct Guest {
    memory_name: Option<Arc<str>>,
    pub(super) is_64: bool,
    pub(super) made: OnceLock<(wasmi::Instance, Option<wasmi::Memory>)>,
}

impl Guest {
    /// An instance that is about to be made: the name of its exported memory, and whether that memory's addresses are 64-bit.
    pub fn new(memory: Option<(&Arc<str>, bool)>) -> Arc<Self> {
        let is_64 = memory.is_some_and(|(_, is_64)| is_64);
        Arc::new(Self { memory_name: memory.map(|(name, _)| Arc::clone(name)), is_64, made: OnceLock::new() })
    }

    /// Whether its memory's addresses are 64-bit; `None` when there is no such memory.
    pub fn is_64(&self) -> Option<bool> {
        self.memory_name.is_some().then_some(self.is_64)
    }

    /// Says that it is made.
    pub(in crate::engine) fn resolve(&self, store: &wasmi::Store<State>, instance: wasmi::Instance) {
        let memory = self.find_memory(|name| instance.get_export(store, name));
        // Nobody else resolves it, so it cannot have another value.
        let _ = self.made.set((instance, memory));
    }

    fn find_memory(&self, export: impl FnOnce(&str) -> Option<wasmi::Extern>) -> Option<wasmi::Memory> {
        self.memory_name.as_deref().and_then(export).and_then(wasmi::Extern::into_memory)
    }

    /// The memory; a start function runs before the instance is known, and looks it up each time.
    #[inline]
    pub(super) fn memory(&self, export: impl FnOnce(&str) -> Option<wasmi::Extern>) -> Option<wasmi::Memory> {
        match self.made.get() {
            Some((_, memory)) => *memory,
            None => self.find_memory(export),
        }
    }

    /// What it exports under a name; nothing before it is made.
    pub(super) fn export(&self, store: impl wasmi::AsContext, name: &str) -> Option<wasmi::Extern> {
        self.made.get().and_then(|(instance, _)| instance.get_export(store, name))
    }
}
