//! Limits of a store, in wasmi's terms.
#![forbid(unsafe_code)]

use super::error;
use crate::engine::budget::{Budget, StoreLimits};
use crate::engine::interface::Needs;
use crate::status::Result;
use wasmi::errors::{MemoryError, TableError};
use wasmi_core::LimiterError;

/// Counts the total size of all memories and tables of a store, which wasmi's own limits do not.
pub struct Limiter {
    instances: usize,
    memory_bytes: Budget,
    table_elements: Budget,
    /// Whether the system was out of memory when a memory was last to grow: wasmi does not report it to the host.
    out_of_memory: bool,
}

impl Limiter {
    pub fn new(limits: StoreLimits) -> Self {
        Self {
            instances: limits.instances,
            memory_bytes: Budget::new(limits.memory_bytes),
            table_elements: Budget::new(limits.table_elements),
            out_of_memory: false,
        }
    }
}

impl Limiter {
    /// Clears the reason why a memory did not grow before.
    pub fn forget_failure(&mut self) {
        self.out_of_memory = false;
    }

    /// Returns why a memory did not grow, for which wasmi reported `kind`.
    pub fn why_no_growth(&self, kind: MemoryError) -> MemoryError {
        if self.out_of_memory { MemoryError::OutOfSystemMemory } else { kind }
    }

    /// Checks that there is room for one more instance, after this many.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn check_room(&self, instances: usize, needs: Needs) -> Result<()> {
        if instances >= self.instances {
            return Err(error::too_many_instances(self.instances));
        }
        if !self.memory_bytes.has_room(needs.memory_bytes) {
            return Err(error::no_room_for("memory", "VM_ContextConfigSetMemoryLimit"));
        }
        if !self.table_elements.has_room(needs.table_elements) {
            return Err(error::no_room_for("table", "VM_ContextConfigSetTableLimit"));
        }
        Ok(())
    }
}

type Answer<T> = std::result::Result<T, LimiterError>;

impl wasmi::ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Answer<bool> {
        Ok(self.memory_bytes.admit(current, desired, maximum))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Answer<bool> {
        Ok(self.table_elements.admit(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, error: &MemoryError) -> Answer<()> {
        self.out_of_memory = matches!(error, MemoryError::OutOfSystemMemory);
        self.memory_bytes.take_back();
        Ok(())
    }

    fn table_grow_failed(&mut self, _: &TableError) -> Answer<()> {
        self.table_elements.take_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }
}
