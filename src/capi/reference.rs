//! Reference
//!
//! References that the host holds: those of results, tables and globals, and externrefs that it creates.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, required};
use super::guard::guard_value;
use crate::engine;
use crate::user_data::UserData;
use libvm_abi::{self as abi, Ref, Status};
use std::ffi::c_void;

/// Creates an externref that carries a pointer of the host.
///
/// @param context the context
/// @param pointer the pointer; may be NULL
/// @param free_pointer called once with `pointer` when nothing refers to the object any more or later, at the latest when the
///         context is reset or deleted, and also if this function fails; NULL for none
/// @param ref receives the reference; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (the context has had too many), VM_STATUS_BUSY, VM_STATUS_REENTRANT (use
/// VM_CallerCreateExternRef)
/// @par Ownership
/// The context owns the object. The caller owns the reference and releases it with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_RefCreateExtern(
    context: Option<Shared<Context>>,
    pointer: *mut c_void,
    free_pointer: Option<abi::Free>,
    r#ref: Option<&mut Ref>,
    error: Option<&mut *mut Error>,
) -> Status {
    let data = UserData::new(pointer, free_pointer);
    with(context, error, |context| {
        let out = required(r#ref, "ref")?;
        *out = context.store().create_extern_ref(data)?;
        Ok(())
    })
}

/// Returns the pointer that an externref carries.
///
/// @param context the context
/// @param ref the reference; a null reference carries NULL
/// @param pointer receives the pointer; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE (a funcref), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT (use VM_CallerGetExternRef)
/// @par Ownership
/// The context owns what the pointer points to.
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_RefGetExtern(
    context: Option<&Context>,
    r#ref: Ref,
    pointer: Option<&mut *mut c_void>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        *required(pointer, "pointer")? = UserData::pointer_of(context.store().extern_ref_data(r#ref)?);
        Ok(())
    })
}

/// Retains a reference.
///
/// @param context the context
/// @param ref the reference; a null reference has no effect
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY, VM_STATUS_REENTRANT (use
/// VM_CallerRetainRef)
/// @par Ownership
/// The caller releases the reference with VM_RefRelease once more.
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_RefRetain(context: Option<Shared<Context>>, r#ref: Ref, error: Option<&mut *mut Error>) -> Status {
    with(context, error, |context| context.store().retain_ref(r#ref))
}

/// Releases a reference. Unless it was retained, it becomes stale. A destructor or finalizer may call this on any thread and at
/// any time, also in a callback and while another thread runs the context. The reference is then released at the next safe point
/// of the context: when a thread begins to use the context, or a callback asks for a reference. References that are not released
/// are freed with their context or by VM_ContextReset.
///
/// @param ref the reference; a null or stale one, and an export of an instance that was not retained, does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_RefRelease(r#ref: Ref) {
    guard_value((), || engine::release(r#ref));
}
