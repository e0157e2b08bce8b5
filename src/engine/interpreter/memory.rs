//! Linear memories, as seen by the host.
#![forbid(unsafe_code)]

use super::store::Store;
use super::{convert, error};
use crate::engine::bounds::range;
use crate::engine::handles::Handle;
use crate::status::{Result, counted};
use crate::value::MemoryType;
use libvm_abi as abi;

impl Store {
    /// Returns a pointer into a memory, which is valid until the memory grows or the context is used to run wasm.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_BOUNDS`, and those of an invalid handle.
    pub fn memory_span(&mut self, memory: Handle, address: u64, size: u64) -> Result<abi::Buffer> {
        let memory = self.inner.data().handles.memory(memory)?.data_mut(&mut self.inner);
        let range = range(memory.len(), address, size)?;
        let bytes = &mut memory[range];
        Ok(abi::Buffer { data: bytes.as_mut_ptr(), size: bytes.len() })
    }

    /// Returns the size of a memory in bytes.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn memory_size(&self, memory: Handle) -> Result<u64> {
        Ok(self.inner.data().handles.memory(memory)?.data_size(&self.inner) as u64)
    }

    /// Grows a memory by a number of pages, and returns the previous number of pages.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, and those of an invalid handle.
    pub fn grow_memory(&mut self, memory: Handle, pages: u64) -> Result<u64> {
        let memory = self.inner.data().handles.memory(memory)?;
        self.inner.data_mut().budgets.forget_refusal();
        memory.grow(&mut self.inner, pages).map_err(|_| {
            let what = format!("the memory of {} cannot grow by {pages}", counted(memory.size(&self.inner), "page"));
            let ty = memory.ty(&self.inner);
            let any = if ty.is_64() { "2^64 bytes" } else { "4 GiB" };
            let most = ty.maximum().map_or_else(|| any.to_owned(), |pages| counted(pages, "page"));
            self.inner.data().budgets.refused(&what).unwrap_or_else(|| error::of_type(&what, &most))
        })
    }

    /// Returns the type of a memory.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn memory_type(&self, memory: Handle) -> Result<MemoryType> {
        Ok(convert::memory_type(self.inner.data().handles.memory(memory)?.ty(&self.inner)))
    }
}
