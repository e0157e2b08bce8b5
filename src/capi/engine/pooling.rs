//! The pool of an engine.

use super::EngineConfig;
use crate::capi::error::Error;
use crate::capi::ffi::required;
use crate::capi::guard::guard;
use libvm_abi::Status;

/// Sets for how many instances at the same time an engine reserves room when it is created, so that creating and deleting them asks
/// the system for nothing. There is no pool by default.
///
/// The pool has as many memories and tables as instances. A module that defines two memories takes two of them, and a context with
/// externrefs takes one. An instance that finds the pool used up fails with VM_STATUS_LIMIT, and modules that need more than a place of the pool has
/// (also tables of more than 65,536 elements) with VM_STATUS_LIMIT when they are loaded. Contexts whose limit for each memory
/// (VM_ContextConfigSetMemorySizeLimit) is above `memory_bytes` are refused with VM_STATUS_INVALID_ARGUMENT; without such a limit, their
/// memories grow up to `memory_bytes`. An engine that only interprets has no pool, and ignores this.
///
/// What is reserved are addresses, slightly more than 4 GiB for each instance, and no memory. VM_EngineCreate fails with VM_STATUS_OUT_OF_MEMORY
/// where the process may not have as many.
///
/// @param config the configuration
/// @param instances how many instances, at most 10,000; 0 for no pool
/// @param memory_bytes how large each memory can become, in bytes, at most 4 GiB; 0 for that
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetPooling(
    config: Option<&mut EngineConfig>,
    instances: usize,
    memory_bytes: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || required(config, "config")?.0.set_pooling(instances, memory_bytes))
}
