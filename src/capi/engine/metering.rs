//! Options with which an engine counts what guests do.

use super::EngineConfig;
use crate::capi::error::Error;
use crate::capi::ffi::required;
use crate::capi::guard::guard;
use libvm_abi::Status;

/// Sets whether running guests can be interrupted: by a timeout, a compute limit, a slice, or when they are cancelled. Off by
/// default. If it is on, functions are translated when their module is loaded (VM_COMPILATION_LAZY has no effect), and code runs
/// slower, by 4 to 23 % in the benchmarks; docs/performance.md has the numbers.
///
/// @param config the configuration
/// @param interruptible whether guests can be interrupted
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetInterruptible(
    config: Option<&mut EngineConfig>,
    interruptible: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.set_interruptible(interruptible);
        Ok(())
    })
}

/// Sets whether contexts have fuel (VM_ContextSetFuel), which guests use up. Off by default. If it is on, functions are translated
/// when their module is loaded (VM_COMPILATION_LAZY has no effect), and code runs slower, by 4 to 20 % in the benchmarks.
///
/// @param config the configuration
/// @param metering whether contexts have fuel
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetFuelMetering(
    config: Option<&mut EngineConfig>,
    metering: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.set_fuel_metering(metering);
        Ok(())
    })
}
