//! Linear memories, as seen by the host.
#![forbid(unsafe_code)]

use super::access::Access;
use super::bounds::{self, range};
use super::handles::Handle;
use crate::status::{Result, counted};
use crate::value::MemoryType;
use libvm_abi as abi;

/// Returns a pointer into a memory, which is valid until the memory grows or the context is used to run wasm.
///
/// # Errors
/// `STATUS_OUT_OF_BOUNDS`, and those of an invalid handle.
pub fn span(store: &mut impl Access, memory: Handle, address: u64, size: u64) -> Result<abi::Buffer> {
    let memory = store.state().handles.memory(memory)?;
    let memory = store.memory(memory);
    let range = range(memory.len(), address, size)?;
    let bytes = &mut memory[range];
    Ok(abi::Buffer { data: bytes.as_mut_ptr(), size: bytes.len() })
}

/// Returns the size of a memory in bytes.
///
/// # Errors
/// Those of an invalid handle.
pub fn size(store: &mut impl Access, memory: Handle) -> Result<u64> {
    let memory = store.state().handles.memory(memory)?;
    Ok(store.memory(memory).len() as u64)
}

/// Grows a memory by a number of pages, and returns the previous number of pages.
///
/// # Errors
/// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, and those of an invalid handle.
pub fn grow(store: &mut impl Access, memory: Handle, pages: u64) -> Result<u64> {
    let memory = store.state().handles.memory(memory)?;
    store.state_mut().budgets.forget_refusal();
    store.grow_memory(memory, pages).ok_or_else(|| {
        let what = format!("the memory of {} cannot grow by {pages}", counted(store.memory_pages(memory), "page"));
        let ty = store.memory_type(memory);
        let any = if ty.is_64 { "2^64 bytes" } else { "4 GiB" };
        let most = ty.maximum.map_or_else(|| any.to_owned(), |pages| counted(pages, "page"));
        store.state().budgets.refused(&what).unwrap_or_else(|| bounds::of_type(&what, &most))
    })
}

/// Returns the type of a memory, with the minimum that it was created with.
///
/// # Errors
/// Those of an invalid handle.
pub fn ty(store: &mut impl Access, memory: Handle) -> Result<MemoryType> {
    let memory = store.state().handles.memory(memory)?;
    Ok(store.memory_type(memory))
}
