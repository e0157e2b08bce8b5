//! Table
//!
//! A table that was found.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, required};
use super::handle::handle;
use super::sized;
use super::types::TableType;
use libvm_abi::{Status, Value};

/// A table of a context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Table {
    /// The id of the context.
    pub context: u64,
    /// The slot in the table of the context.
    pub slot: u32,
    /// Distinguishes the uses of a slot.
    pub generation: u32,
}
handle!(Table);

/// Returns the number of elements of a table.
///
/// @param context the context
/// @param table the table
/// @param size receives the number of elements; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_TableGetSize(
    context: Option<&Context>,
    table: Table,
    size: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        *required(size, "size")? = context.store().table_size(table.into())?;
        Ok(())
    })
}

/// Reads an element of a table.
///
/// @param context the context
/// @param table the table
/// @param index from 0
/// @param value receives a funcref or externref; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the reference and releases it with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_TableRead(
    context: Option<Shared<Context>>,
    table: Table,
    index: u64,
    value: Option<&mut Value>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let value = required(value, "value")?;
        *value = context.store().table_get(table.into(), index)?;
        Ok(())
    })
}

/// Writes an element of a table.
///
/// @param context the context
/// @param table the table
/// @param index from 0
/// @param value a reference of the type of the table, null or of this context; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_TableWrite(
    context: Option<Shared<Context>>,
    table: Table,
    index: u64,
    value: Option<&Value>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| context.store().table_set(table.into(), index, required(value, "value")?))
}

/// Grows a table.
///
/// @param context the context
/// @param table the table
/// @param elements the number of elements to add
/// @param value the initial value of the new elements, a reference of the type of the table; must not be NULL
/// @param previous_size receives the previous number of elements; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (its own maximum or the context's), VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT,
/// VM_STATUS_STALE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_TableGrow(
    context: Option<Shared<Context>>,
    table: Table,
    elements: u64,
    value: Option<&Value>,
    previous_size: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let had = context.store().grow_table(table.into(), elements, required(value, "value")?)?;
        if let Some(previous_size) = previous_size {
            *previous_size = had;
        }
        Ok(())
    })
}

/// Returns the type of a table as it was declared.
///
/// @param context the context
/// @param table the table
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
pub unsafe extern "C" fn VM_TableGetType(
    context: Option<&Context>,
    table: Table,
    r#type: *mut TableType,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let ty: TableType = context.store().table_type(table.into())?.into();
        // SAFETY: the caller promises a struct of the size that it says.
        unsafe { sized::write(r#type, ty, "type") }
    })
}
