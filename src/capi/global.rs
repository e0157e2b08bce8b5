//! Global
//!
//! A global that was found.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, required};
use super::handle::handle;
use super::sized;
use super::types::GlobalType;
use libvm_abi::{Status, Value};

/// A global of a context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Global {
    /// The id of the context.
    pub context: u64,
    /// The slot in the table of the context.
    pub slot: u32,
    /// Distinguishes the uses of a slot.
    pub generation: u32,
}
handle!(Global);

/// Reads the value of a global.
///
/// @param context the context
/// @param global the global
/// @param value receives the value; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns a reference and releases it with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_GlobalRead(
    context: Option<Shared<Context>>,
    global: Global,
    value: Option<&mut Value>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let value = required(value, "value")?;
        *value = context.store().global_get(global.into())?;
        Ok(())
    })
}

/// Writes the value of a global.
///
/// @param context the context
/// @param global the global
/// @param value a value of the type of the global; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_IMMUTABLE, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_GlobalWrite(
    context: Option<Shared<Context>>,
    global: Global,
    value: Option<&Value>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| context.store().global_set(global.into(), required(value, "value")?))
}

/// Returns the type of a global.
///
/// @param context the context
/// @param global the global
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
pub unsafe extern "C" fn VM_GlobalGetType(
    context: Option<&Context>,
    global: Global,
    r#type: *mut GlobalType,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let ty: GlobalType = context.store().global_type(global.into())?.into();
        // SAFETY: the caller promises a struct of the size that it says.
        unsafe { sized::write(r#type, ty, "type") }
    })
}
