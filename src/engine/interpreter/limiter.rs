//! Limits of a store, in wasmi's terms.
#![forbid(unsafe_code)]

use crate::engine::budget::Budgets;
use wasmi::errors::{MemoryError, TableError};
use wasmi_core::LimiterError;

type Answer<T> = std::result::Result<T, LimiterError>;

// wasmi's own limits count neither the total size of memories nor that of tables.
impl wasmi::ResourceLimiter for Budgets {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Answer<bool> {
        Ok(self.admit_memory(current, desired, maximum))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Answer<bool> {
        Ok(self.admit_table(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, error: &MemoryError) -> Answer<()> {
        self.memory_failed(matches!(error, MemoryError::OutOfSystemMemory));
        Ok(())
    }

    fn table_grow_failed(&mut self, error: &TableError) -> Answer<()> {
        self.table_failed(matches!(error, TableError::OutOfSystemMemory));
        Ok(())
    }

    // The store counts them before it asks wasmi for more.
    fn instances(&self) -> usize {
        usize::MAX
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}
