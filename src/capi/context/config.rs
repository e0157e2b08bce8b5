//! The configuration of a context.

use crate::capi::error::Error;
use crate::capi::ffi::{hand_out, required, text};
use crate::capi::guard::{guard, guard_value};
use crate::context::ContextConfig as Config;
use crate::engine::StoreLimits;
use crate::status;
use libvm_abi::{self as abi, Status};
use std::ffi::c_char;

/// The configuration of a context.
pub struct ContextConfig(pub(super) Config);

impl ContextConfig {
    /// The limits.
    pub(in crate::capi) fn limits(&mut self) -> &mut StoreLimits {
        &mut self.0.limits
    }
}

/// Creates a configuration with the defaults: no name, and the engine's limits only.
///
/// @param config receives the configuration; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The caller owns it and frees it with VM_ContextConfigDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigCreate(config: Option<&mut *mut ContextConfig>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        hand_out(required(config, "config")?, ContextConfig(Config::default()));
        Ok(())
    })
}

/// Sets the name of contexts. Contexts with the same name share the state that plug-ins keep; a context without a name has its
/// own.
///
/// @param config the configuration
/// @param name UTF-8; copied, not empty; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (an empty name)
/// @par Threads
/// [one thread per object]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextConfigSetName(
    config: Option<&mut ContextConfig>,
    name: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = if name.is_null() { None } else { Some(unsafe { text(name, "name")? }) };
        if name == Some("") {
            let message = "the name of a context has at least one character; NULL is a context without a name";
            return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        config.0.name = name.map(str::to_owned);
        Ok(())
    })
}

/// Limits the total size of the linear memories of a context. If a guest wants more, `memory.grow` returns -1; a module whose
/// initial memory exceeds the limit fails with VM_STATUS_LIMIT.
///
/// @param config the configuration
/// @param bytes the maximum
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
    guard(error, || {
        required(config, "config")?.0.limits.memory_bytes = bytes;
        Ok(())
    })
}

/// Limits the total number of elements of the tables of a context; the default is 10,000,000.
///
/// @param config the configuration
/// @param elements the maximum
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
    guard(error, || {
        required(config, "config")?.0.limits.table_elements = elements;
        Ok(())
    })
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
    guard(error, || {
        required(config, "config")?.0.limits.instances = count;
        Ok(())
    })
}

/// Sets whether an imported function that nothing provides is an error when a module is instantiated, which is the default, or
/// when the guest calls it: then the call fails with VM_STATUS_UNRESOLVED_IMPORT, and the message names the module and the
/// function with the reason and what to do, as that of the failed instantiation would. What is registered later does not provide it
/// to guests that are already instantiated. Imported memories, tables and globals, and functions of another type than the provided
/// one, are errors of the instantiation as before.
///
/// @param config the configuration
/// @param trap whether a call of such a function fails, instead of the instantiation
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetUnknownImportsTrap(
    config: Option<&mut ContextConfig>,
    trap: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.unknown_imports_trap = trap;
        Ok(())
    })
}

/// Deletes a configuration.
///
/// @param config the configuration; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigDelete(config: Option<Box<ContextConfig>>) {
    guard_value((), || drop(config));
}
