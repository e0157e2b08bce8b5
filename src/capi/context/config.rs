//! What a context is made from.

use crate::capi::error::Error;
use crate::capi::ffi::{hand_out, required, text};
use crate::capi::guard::{guard, guard_value};
use crate::context::ContextConfig as Config;
use crate::engine::StoreLimits;
use crate::status;
use libvm_abi::{self as abi, Status};
use std::ffi::c_char;

/// What a context is made from.
pub struct ContextConfig(pub(super) Config);

impl ContextConfig {
    /// How much guests may take.
    pub(in crate::capi) fn limits(&mut self) -> &mut StoreLimits {
        &mut self.0.limits
    }
}

/// Makes a configuration with the defaults: no name, no limits but those of the engine.
///
/// @param config gets the configuration; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The caller's: VM_ContextConfigDelete.
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

/// Names the context: contexts of one name share the state that plug-ins keep, one without a name has its own.
///
/// @param config the configuration
/// @param name UTF-8, copied, not empty; NULL for none
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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

/// Limits what all linear memories of the context take together. A guest that wants more gets -1 from `memory.grow`, and a
/// module that needs more to begin with VM_STATUS_LIMIT.
///
/// @param config the configuration
/// @param bytes the greatest sum
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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

/// Limits how many elements all tables of the context have together; the default is 10,000,000.
///
/// @param config the configuration
/// @param elements the greatest sum
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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

/// Limits how many instances, and how many memories and tables, the context ever has, those that failed or were removed included; the
/// default is 10,000 each. VM_ContextReset begins to count anew.
///
/// @param config the configuration
/// @param count the greatest number
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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
