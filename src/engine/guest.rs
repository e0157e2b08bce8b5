//! The instance that imports host functions: what they see of it, also if another instance calls them through a reference.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Why host functions see no memory of a guest, and what to do.
pub const NO_MEMORY: &str = "exports no memory that host functions can use: neither one named `memory` nor exactly one of another \
                             name; export its memory as `memory`, as compilers do unless they are told not to";

/// An instance that imports host functions.
pub struct Guest {
    memory_name: Option<Arc<str>>,
    is_64: bool,
    /// Its index in its store, once it is created.
    made: OnceLock<usize>,
    abandoned: AtomicBool,
}

impl Guest {
    /// Describes an instance that is about to be created: the name of its exported memory, and whether that memory's addresses
    /// are 64-bit.
    pub fn new(memory: Option<(&Arc<str>, bool)>) -> Arc<Self> {
        let is_64 = memory.is_some_and(|(_, is_64)| is_64);
        Arc::new(Self {
            memory_name: memory.map(|(name, _)| Arc::clone(name)),
            is_64,
            made: OnceLock::new(),
            abandoned: AtomicBool::new(false),
        })
    }

    /// Returns whether its memory's addresses are 64-bit; `None` if there is no such memory.
    pub fn is_64(&self) -> Option<bool> {
        self.memory_name.is_some().then_some(self.is_64)
    }

    /// Returns the name by which it exports the memory that host functions see.
    pub fn memory_name(&self) -> Option<&str> {
        self.memory_name.as_deref()
    }

    /// Records that it was created, as the instance with this index.
    pub fn set_made(&self, index: usize) {
        // It is called once only, so the value was not set before.
        let _ = self.made.set(index);
    }

    /// Records that the host has removed the instance.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Returns whether there is no such instance: it was removed, or could not be created. Functions that it left behind may
    /// still be called.
    pub fn is_gone(&self) -> bool {
        self.made.get().is_none() || self.abandoned.load(Ordering::Relaxed)
    }

    /// Returns the index of the instance; `None` if it could not be created.
    #[inline]
    pub fn index(&self) -> Option<usize> {
        self.made.get().copied()
    }
}
