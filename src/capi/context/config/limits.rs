//! The limits of a context.

use super::ContextConfig;
use crate::capi::error::Error;
use crate::capi::ffi::required;
use crate::capi::guard::{guard, guard_value};
use crate::engine::{self, Limit};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Status};
use std::ffi::c_void;
use std::sync::Arc;

/// A limit of a context at which its callback is asked (VM_ContextConfigSetLimitCallback).
pub type LimitKind = i32;
/// Bytes of all linear memories together: VM_ContextConfigSetMemoryLimit.
pub const LIMIT_MEMORY: LimitKind = 1;
/// Bytes of one linear memory: VM_ContextConfigSetMemorySizeLimit.
pub const LIMIT_MEMORY_SIZE: LimitKind = 2;
/// Elements of all tables together: VM_ContextConfigSetTableLimit.
pub const LIMIT_TABLE: LimitKind = 3;
/// Number of instances, of memories or of tables: VM_ContextConfigSetInstanceLimit.
pub const LIMIT_INSTANCE: LimitKind = 4;
/// Number of externrefs: VM_ContextConfigSetReferenceLimit.
pub const LIMIT_REFERENCE: LimitKind = 5;

const _: () = {
    assert!(LIMIT_MEMORY == Limit::Memory as i32);
    assert!(LIMIT_MEMORY_SIZE == Limit::MemorySize as i32);
    assert!(LIMIT_TABLE == Limit::Table as i32);
    assert!(LIMIT_INSTANCE == Limit::Instance as i32);
    assert!(LIMIT_REFERENCE == Limit::Reference as i32);
};

/// A growth that would exceed a limit of a context. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
#[derive(Debug)]
pub struct LimitRequest {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_LIMIT_*.
    pub kind: LimitKind,
    /// How much is used: bytes, elements, or a number.
    pub used: u64,
    /// How much would be used after the growth.
    pub wanted: u64,
    /// The limit, which is less.
    pub limit: u64,
}

/// Is asked before a limit of a context is exceeded: by a guest's `memory.grow` or `table.grow`, by VM_MemoryGrow or VM_TableGrow,
/// by an instantiation, or by a new externref. Returns the new limit. If it is at least `request->wanted`, the growth is permitted, and the limit has the
/// new value until the context is reset; UINT64_MAX lifts it. If it is less, such as 0 or `request->limit`, the growth is refused and
/// the limit stays: `memory.grow` and `table.grow` return -1, and calls of the host fail with VM_STATUS_LIMIT.
///
/// It is called on the thread that uses the context, while a guest or a call of the host waits. It must return, not throw, and must
/// not use the context, which answers VM_STATUS_REENTRANT; VM_CallerReadMemory and its like do so too. `request` is valid until it
/// returns.
pub type LimitCallback = unsafe extern "C" fn(user: *mut c_void, request: *const LimitRequest) -> u64;

/// Limits the total size of the linear memories of a context; the default is 1 GiB, UINT64_MAX is no limit. If a guest wants more,
/// `memory.grow` returns -1; a module whose initial memory exceeds the limit fails with VM_STATUS_LIMIT.
///
/// @param config the configuration
/// @param bytes the maximum; UINT64_MAX for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetMemoryLimit(
    config: Option<&mut ContextConfig>,
    bytes: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    set(config, error, |limits| limits.memory_bytes = bytes)
}

/// Limits the size of each linear memory of a context, in addition to the limit on their total size; by default there is no such limit.
///
/// @param config the configuration
/// @param bytes the maximum; UINT64_MAX for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetMemorySizeLimit(
    config: Option<&mut ContextConfig>,
    bytes: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    set(config, error, |limits| limits.memory_size = bytes)
}

/// Limits the total number of elements of the tables of a context; the default is 10,000,000, which take 80 MB. If a guest wants more,
/// `table.grow` returns -1; a module whose initial tables exceed the limit fails with VM_STATUS_LIMIT.
///
/// @param config the configuration
/// @param elements the maximum; UINT64_MAX for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetTableLimit(
    config: Option<&mut ContextConfig>,
    elements: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    set(config, error, |limits| limits.table_elements = elements)
}

/// Limits the number of instances, of memories and of tables that a context can create, including those that failed or were
/// removed; the default is 10,000 each. VM_ContextReset resets the counts.
///
/// @param config the configuration
/// @param count the maximum
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetInstanceLimit(
    config: Option<&mut ContextConfig>,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set(config, error, |limits| limits.instances = count as u64)
}

/// Limits how deep calls from the host into the guests of a context may be nested: a guest calls a host function, whose callback
/// calls the guest again (VM_CallerCall). The default is 64; a call that is nested deeper fails with VM_STATUS_RECURSION_LIMIT. Each
/// level takes native stack of the thread; a call also fails if the thread has too little left, whatever the limit is.
///
/// @param config the configuration
/// @param calls the maximum, 1 to 65,536; 1 permits no nested call
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetCallDepthLimit(
    config: Option<&mut ContextConfig>,
    calls: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || required(config, "config")?.limits().set_call_depth(calls))
}

/// Limits the number of externrefs that a context can create (VM_RefCreateExtern, VM_CallerCreateExternRef), including those that were
/// released, whose memory is freed with the context; the default is 1,000,000. More fail with VM_STATUS_LIMIT. VM_ContextReset resets
/// the count.
///
/// @param config the configuration
/// @param count the maximum; UINT64_MAX for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetReferenceLimit(
    config: Option<&mut ContextConfig>,
    count: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    set(config, error, |limits| limits.references = count)
}

/// Limits the number of files and directories that the guests of a context can have open through WASI, besides those that they started
/// with: each takes a file descriptor of the process. The default is 512. A guest that opens more gets the error `EMFILE`.
///
/// @param config the configuration
/// @param count the maximum; 0 permits none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetOpenFileLimit(
    config: Option<&mut ContextConfig>,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set(config, error, |limits| limits.open_files = count)
}

/// Sets a callback that is asked before a growth exceeds one of the limits VM_LIMIT_*, and may raise it. Contexts that are created with
/// the configuration share it.
///
/// @param config the configuration
/// @param callback the callback; NULL for none
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when neither the configuration nor a context needs the callback any more, also if this
///         call fails; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The configuration and its contexts own `user`.
/// @par Threads
/// [one thread per object]; the callback is called on the threads that use the contexts, on several at once
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextConfigSetLimitCallback(
    config: Option<&mut ContextConfig>,
    callback: Option<LimitCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    let callback = callback.map(|callback| {
        let ask = move |request: &engine::LimitRequest| {
            let request = LimitRequest {
                size: size_of::<LimitRequest>() as u32,
                kind: request.limit as LimitKind,
                used: request.used,
                wanted: request.wanted,
                limit: request.most,
            };
            // SAFETY: the callback takes the `user` that it was set with.
            unsafe { callback(user.pointer(), &request) }
        };
        Arc::new(ask) as engine::LimitCallback
    });
    let mut former = None;
    let status = set(config, error, |limits| former = std::mem::replace(&mut limits.callback, callback));
    // Freed here, where its free function may use the configuration.
    guard_value((), || drop(former));
    status
}

fn set(
    config: Option<&mut ContextConfig>,
    error: Option<&mut *mut Error>,
    change: impl FnOnce(&mut engine::StoreLimits),
) -> Status {
    guard(error, || {
        change(required(config, "config")?.limits());
        Ok(())
    })
}
