//! Linear memories, seen from the host and from a host function.
#![forbid(unsafe_code)]

use super::store::{State, Store};
use super::{convert, error};
use crate::engine::frame::ActiveCall;
use crate::engine::handles::Handle;
use crate::status::{Error, Result, counted};
use crate::value::MemoryType;
use libvm_abi as abi;
use wasmi::{AsContext, AsContextMut, Memory};

fn range(memory: &Memory, store: &impl AsContext<Data = State>, address: u64, size: u64) -> Result<std::ops::Range<usize>> {
    let total = memory.data_size(store) as u64;
    match address.checked_add(size) {
        Some(end) if end <= total => Ok(address as usize..end as usize),
        _ => {
            let message =
                format!("{} at address {address}: outside of the memory of {}", counted(size, "byte"), counted(total, "byte"));
            Err(Error::new(abi::STATUS_OUT_OF_BOUNDS, message))
        }
    }
}

fn span(memory: &Memory, store: &mut impl AsContextMut<Data = State>, address: u64, size: u64) -> Result<abi::Buffer> {
    let range = range(memory, store, address, size)?;
    let bytes = &mut memory.data_mut(store.as_context_mut())[range];
    Ok(abi::Buffer { data: bytes.as_mut_ptr(), size: bytes.len() })
}

impl Store {
    /// Gives a pointer into a memory, which is good until the memory grows or the context is used to run wasm.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_BOUNDS`, and those of a bad handle.
    pub fn memory_span(&mut self, memory: Handle, address: u64, size: u64) -> Result<abi::Buffer> {
        let memory = self.inner.data().handles.memory(memory)?;
        span(&memory, &mut self.inner, address, size)
    }

    /// The size of a memory in bytes.
    ///
    /// # Errors
    /// Those of a bad handle.
    pub fn memory_size(&self, memory: Handle) -> Result<u64> {
        Ok(self.inner.data().handles.memory(memory)?.data_size(&self.inner) as u64)
    }

    /// Grows a memory by pages, and gives how many it had.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, and those of a bad handle.
    pub fn grow_memory(&mut self, memory: Handle, pages: u64) -> Result<u64> {
        let memory = self.inner.data().handles.memory(memory)?;
        memory.grow(&mut self.inner, pages).map_err(|kind| error::of_memory(&kind))
    }

    /// The type of a memory.
    ///
    /// # Errors
    /// Those of a bad handle.
    pub fn memory_type(&self, memory: Handle) -> Result<MemoryType> {
        Ok(convert::memory_type(self.inner.data().handles.memory(memory)?.ty(&self.inner)))
    }
}

impl ActiveCall<'_> {
    fn visible_memory(&self) -> Result<Memory> {
        self.memory().ok_or_else(|| {
            let message = "the guest exports no memory `memory` and not exactly one other; host functions see no memory of it";
            Error::new(abi::STATUS_NOT_FOUND, message)
        })
    }

    /// The size of the guest's memory in bytes.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` when the guest has no memory that host functions see.
    pub fn memory_size(&mut self) -> Result<u64> {
        let memory = self.visible_memory()?;
        Ok(memory.data_size(self.store()) as u64)
    }

    /// Gives a pointer into the guest's memory, which is good until the callback returns or calls the guest.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_BOUNDS`, and as `memory_size`.
    pub fn memory_span(&mut self, address: u64, size: u64) -> Result<abi::Buffer> {
        let memory = self.visible_memory()?;
        span(&memory, &mut self.store(), address, size)
    }
}
