//! The configuration of a context.

mod limits;

use crate::capi::error::Error;
use crate::capi::ffi::{hand_out, required, text};
use crate::capi::guard::{guard, guard_value};
use crate::context::ContextConfig as Config;
use crate::engine::StoreLimits;
use crate::engine::watch::WatchConfig;
use crate::status;
use libvm_abi::{self as abi, Status};
use std::ffi::c_char;
use std::sync::Arc;

/// The configuration of a context.
pub struct ContextConfig(pub(in crate::capi) Config);

impl ContextConfig {
    /// The limits.
    pub(in crate::capi) fn limits(&mut self) -> &mut StoreLimits {
        Arc::make_mut(&mut self.0.limits)
    }

    /// What contexts watch.
    pub(in crate::capi) fn watch(&mut self) -> &mut WatchConfig {
        &mut self.0.watch
    }
}

/// Creates a configuration with the defaults: no name, and the default limits.
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

/// Sets whether an imported function that nothing provides is an error when a module is instantiated, which is the default, or
/// when the guest calls it: then the call fails with VM_STATUS_UNRESOLVED_IMPORT, and the message names the module and the
/// function with the reason and what to do, as that of the failed instantiation would. What is registered later does not provide it
/// to guests that are already instantiated. Imported memories, tables and globals, and functions of another type than the provided
/// one, remain errors of the instantiation.
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

/// Sets whether a blocking call (VM_ContextExecute, VM_FuncCall and others) waits for a host function that suspends its guest. If it
/// does not, such a call fails with VM_STATUS_WOULD_BLOCK; started executions are not affected.
///
/// @param config the configuration
/// @param may_block whether it waits; the default is true
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetMayBlock(
    config: Option<&mut ContextConfig>,
    may_block: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.limits().may_block = may_block;
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
