//! Memory
//!
//! A linear memory that was found.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, null, required};
use super::handle::handle;
use super::sized;
use super::types::MemoryType;
use crate::status::Result;
use libvm_abi::{Buffer, Status};
use std::ffi::c_void;
use std::ptr;

/// A linear memory of a context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Memory {
    /// The id of the context.
    pub context: u64,
    /// The slot in the table of the context.
    pub slot: u32,
    /// Distinguishes the uses of a slot.
    pub generation: u32,
}
handle!(Memory);

/// Copies between guest memory and the host's, after both were checked.
pub(super) fn copy_out(span: Buffer, data: *mut c_void) -> Result<()> {
    if span.size > 0 {
        if data.is_null() {
            return Err(null("data"));
        }
        // SAFETY: the span lies in the guest's memory; the caller promises room for as many bytes, of its own.
        unsafe { ptr::copy(span.data, data.cast(), span.size) };
    }
    Ok(())
}

/// As `copy_out`, into the guest's memory.
pub(super) fn copy_in(span: Buffer, data: *const c_void) -> Result<()> {
    if span.size > 0 {
        if data.is_null() {
            return Err(null("data"));
        }
        // SAFETY: the span lies in the guest's memory; the caller promises as many bytes.
        unsafe { ptr::copy(data.cast(), span.data, span.size) };
    }
    Ok(())
}

/// Copies bytes from a memory to a buffer.
///
/// @param context the context
/// @param memory the memory
/// @param address the address of the first byte
/// @param data receives the bytes; may be NULL if size is 0
/// @param size the number of bytes
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then nothing was copied
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_MemoryRead(
    context: Option<&Context>,
    memory: Memory,
    address: u64,
    data: *mut c_void,
    size: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| copy_out(context.store().memory_span(memory.into(), address, size as u64)?, data))
}

/// Copies bytes from a buffer to a memory.
///
/// @param context the context
/// @param memory the memory
/// @param address the address of the first byte
/// @param data the bytes; may be NULL if size is 0
/// @param size the number of bytes
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; then nothing was copied
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_MemoryWrite(
    context: Option<Shared<Context>>,
    memory: Memory,
    address: u64,
    data: *const c_void,
    size: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| copy_in(context.store().memory_span(memory.into(), address, size as u64)?, data))
}

/// Returns a pointer into a memory. It is valid until the memory grows or the context runs wasm, because a memory may move when
/// it grows.
///
/// @param context the context
/// @param memory the memory
/// @param address the address of the first byte
/// @param size the number of bytes
/// @param span receives the pointer and the size; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The bytes belong to the memory.
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_MemoryGetSpan(
    context: Option<Shared<Context>>,
    memory: Memory,
    address: u64,
    size: u64,
    span: Option<&mut Buffer>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        *required(span, "span")? = context.store().memory_span(memory.into(), address, size)?;
        Ok(())
    })
}

/// Returns the size of a memory.
///
/// @param context the context
/// @param memory the memory
/// @param size receives the size in bytes; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_MemoryGetSize(
    context: Option<&Context>,
    memory: Memory,
    size: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        *required(size, "size")? = context.store().memory_size(memory.into())?;
        Ok(())
    })
}

/// Grows a memory.
///
/// @param context the context
/// @param memory the memory
/// @param pages the number of pages to add (of 64 KiB, unless the module uses custom page sizes)
/// @param previous_size receives the previous number of pages; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (its own maximum or the context's), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
/// VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_MemoryGrow(
    context: Option<Shared<Context>>,
    memory: Memory,
    pages: u64,
    previous_size: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let had = context.store().grow_memory(memory.into(), pages)?;
        if let Some(previous_size) = previous_size {
            *previous_size = had;
        }
        Ok(())
    })
}

/// Returns the type of a memory as it was declared.
///
/// @param context the context
/// @param memory the memory
/// @param type receives the type; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_MemoryGetType(
    context: Option<&Context>,
    memory: Memory,
    r#type: *mut MemoryType,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let ty: MemoryType = context.store().memory_type(memory.into())?.into();
        // SAFETY: the caller promises a struct of the size that it says.
        unsafe { sized::write(r#type, ty, "type") }
    })
}
