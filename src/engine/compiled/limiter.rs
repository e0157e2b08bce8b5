//! Limits of a store, in wasmtime's terms.
#![forbid(unsafe_code)]

use super::error::is_out_of_memory;
use crate::engine::budget::Budgets;
use std::hint::black_box;
use wasmtime::{Error, ResourceLimiter, Result};

/// Number of elements for which there is memory, or else the process ends.
const FEW_ELEMENTS: usize = 16 << 10;

/// Limits nothing.
#[derive(Default)]
pub struct Unlimited;

impl ResourceLimiter for Unlimited {
    fn memory_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

/// Returns whether there is memory for a table, while the smaller one that it replaces exists.
fn is_available(elements: usize) -> bool {
    let mut room = Vec::<usize>::new();
    elements <= FEW_ELEMENTS || room.try_reserve_exact(elements).is_ok() && !black_box(room.as_ptr()).is_null()
}

// wasmtime's own limits count neither the total size of memories nor that of tables.
impl ResourceLimiter for Budgets {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        Ok(self.admit_memory(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        // A memory that reaches what its addresses can reach fails without having been granted anything.
        if error.to_string() == BEYOND_TYPE {
            self.forget_refusal();
        } else {
            self.memory_failed(is_out_of_memory(&error));
        }
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let is_admitted = self.admit_table(current, desired, maximum);
        if is_admitted && !is_available(desired) {
            // wasmtime would end the guest with a trap.
            self.table_failed(true);
            return Ok(false);
        }
        Ok(is_admitted)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        self.table_failed(is_out_of_memory(&error));
        Ok(())
    }

    // The store counts them before it asks wasmtime for more.
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

/// wasmtime's message for a memory whose type does not permit its growth.
const BEYOND_TYPE: &str = "memory growth exceeds memory type's limits";
