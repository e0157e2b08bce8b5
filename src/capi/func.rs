//! Function
//!
//! A function that was looked up: the fast way to call the guest.

use super::context::cell::{Context, with};
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
    /// The context's id.
    pub context: u64,
    /// Index in the context's root table.
    pub slot: u32,
    /// Tells a slot's uses apart.
    pub generation: u32,
}
handle!(Func);

/// Calls a function.
///
/// @param context the context
/// @param func the function
/// @param args arguments; may be NULL when arg_count is 0
/// @param arg_count how many; as many as the function has
/// @param results gets the results; may be the array of args, and NULL when result_count is 0
/// @param result_count how many; as many as the function has
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
/// VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY, VM_STATUS_REENTRANT, and what a host function
/// fails with
/// @par Ownership
/// References in the results are the caller's: VM_RefRelease.
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

/// Gives the type of a function.
///
/// @param context the context
/// @param func the function
/// @param type gets the type; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Ownership
/// The type is the caller's: VM_FuncTypeDelete.
/// @par Threads
/// [one thread per context]
/// @since 0.1
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

/// Gives the reference to a function, as wasm has it.
///
/// @param func the function
/// @return the reference; it is as long-lived as the handle
/// @par Ownership
/// Borrowed from the handle: it is not released.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncToRef(func: Func) -> Ref {
    Handle::from(func)
}

/// Gives the handle of the function that a funcref refers to.
///
/// @param ref the reference, not null
/// @return the handle; it is as long-lived as the reference
/// @par Ownership
/// Borrowed from the reference.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_FuncFromRef(r#ref: Ref) -> Func {
    r#ref.into()
}
