//! Linear memories.

use super::context::Context;
use super::error::Result;
use crate::capi::fault;
use crate::engine::Handle;
use crate::execution::Entered;
use crate::panics;
use crate::value::MemoryType;
use std::ops::{Deref, DerefMut};

/// A linear memory of a context. It is valid until its instance is removed, or the context is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(Handle);

impl From<Handle> for Memory {
    fn from(handle: Handle) -> Self {
        Self(handle)
    }
}

impl From<Memory> for Handle {
    fn from(memory: Memory) -> Self {
        memory.0
    }
}

impl Memory {
    /// Reads bytes.
    ///
    /// # Errors
    /// [`OUT_OF_BOUNDS`](crate::Status::OUT_OF_BOUNDS), [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT). Then nothing is read.
    pub fn read(self, context: &mut Context, address: u64, data: &mut [u8]) -> Result<()> {
        data.copy_from_slice(&self.span(context, address, data.len() as u64)?);
        Ok(())
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// As for [`read`](Self::read); then nothing is written.
    pub fn write(self, context: &mut Context, address: u64, data: &[u8]) -> Result<()> {
        self.span(context, address, data.len() as u64)?.copy_from_slice(data);
        Ok(())
    }

    /// Returns a part of the memory, which is in use until that is dropped.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn span(self, context: &mut Context, address: u64, size: u64) -> Result<MemoryData<'_>> {
        let shared = &**context.shared();
        let lend = || {
            let mut entered = shared.enter()?;
            let span = entered.context().store().memory_span(self.0, address, size)?;
            Ok(MemoryData { data: span.data, size: span.size, _entered: entered })
        };
        Ok(panics::catch(lend).unwrap_or_else(|panic| Err(fault(&panic)))?)
    }

    /// Returns the whole memory, which is in use until that is dropped.
    ///
    /// # Errors
    /// As for [`size`](Self::size).
    pub fn data(self, context: &mut Context) -> Result<MemoryData<'_>> {
        let size = self.size(context)?;
        self.span(context, 0, size)
    }

    /// Returns the size in bytes.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn size(self, context: &Context) -> Result<u64> {
        context.with(|context| context.store().memory_size(self.0))
    }

    /// Grows the memory by a number of pages; returns the previous size in pages.
    ///
    /// # Errors
    /// [`LIMIT`](crate::Status::LIMIT), [`OUT_OF_MEMORY`](crate::Status::OUT_OF_MEMORY), and as for [`size`](Self::size).
    pub fn grow(self, context: &mut Context, pages: u64) -> Result<u64> {
        context.with(|context| context.store().grow_memory(self.0, pages))
    }

    /// Returns the type, as it was declared.
    ///
    /// # Errors
    /// As for [`size`](Self::size).
    pub fn ty(self, context: &Context) -> Result<MemoryType> {
        context.with(|context| context.store().memory_type(self.0))
    }
}

/// A part of a memory, as bytes. As long as it exists, its context is in use.
pub struct MemoryData<'a> {
    data: *mut u8,
    size: usize,
    /// Nothing else uses the context.
    _entered: Entered<'a>,
}

impl Deref for MemoryData<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the span lies in the memory, and nothing changes or moves that while the context is in use here.
        if self.size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(self.data, self.size) } }
    }
}

impl DerefMut for MemoryData<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and this is borrowed mutably.
        if self.size == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(self.data, self.size) } }
    }
}
