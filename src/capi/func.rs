//! Function
//!
//! A function that was found: the fastest way to call a guest.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, hand_out, required, with_values};
use super::handle::handle;
use super::types::FuncType;
use crate::engine::Handle;
use libvm_abi::{Ref, Status, Value};

/// A function of a context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Func {
    /// The id of the context.
    pub context: u64,
    /// The slot in the table of the context.
    pub slot: u32,
    /// Distinguishes the uses of a slot.
    pub generation: u32,
}
handle!(Func);

/// Calls a function.
///
/// @param context the context
/// @param func the function
/// @param args arguments; may be NULL if arg_count is 0
/// @param arg_count the number; as many as the function has
/// @param results receives the results; may be the array of args, and NULL if result_count is 0
/// @param result_count the number; as many as the function has
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
/// VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY, VM_STATUS_REENTRANT,
/// VM_STATUS_LIMIT (a function too large to translate), and what a host function fails with
/// @par Ownership
/// The caller owns references in the results and releases them with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_FuncCall(
    context: Option<Shared<Context>>,
    func: Func,
    args: *const Value,
    arg_count: usize,
    results: *mut Value,
    result_count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises arrays of these lengths.
        unsafe {
            with_values((args, arg_count), (results, result_count), |args, results| {
                context.store().call(func.into(), args, results)
            })
        }
    })
}

/// Creates the type of a function from its handle.
///
/// @param context the context
/// @param func the function
/// @param type receives the type; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns the type and frees it with VM_FuncTypeDelete.
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncTypeCreateFromFunc(
    context: Option<&Context>,
    func: Func,
    r#type: Option<&mut *mut FuncType>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let out = required(r#type, "type")?;
        hand_out(out, FuncType::new(&context.store().func_type(func.into())?));
        Ok(())
    })
}

/// Returns the reference to a function, as wasm sees it.
///
/// @param func the function
/// @return the reference; it is valid as long as the handle
/// @par Ownership
/// The reference is borrowed from the handle and is not released.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncToRef(func: Func) -> Ref {
    Handle::from(func)
}

/// Returns the handle of the function that a funcref refers to.
///
/// @param ref the reference, not null
/// @return the handle; it is valid as long as the reference
/// @par Ownership
/// The handle is borrowed from the reference.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncFromRef(r#ref: Ref) -> Func {
    r#ref.into()
}
