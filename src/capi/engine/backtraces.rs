//! The option with which errors have the frames of all functions.

use super::EngineConfig;
use crate::capi::error::Error;
use crate::capi::ffi::required;
use crate::capi::guard::guard;
use libvm_abi::Status;

/// Sets whether errors of guests have the frames of all functions of the guest, with their places in the code (VM_ErrorGetFrame).
/// Off by default: then they have only the functions that the host called, and the host functions between them. Compiled code does not
/// become slower by it. For the interpreter modules are rewritten when they are loaded, so that their functions record where they are;
/// loading takes longer, and code runs slower (docs/performance.md has the numbers). Guests and hosts see nothing of it; with fuel
/// metering, recording takes fuel.
///
/// @param config the configuration
/// @param backtraces whether errors have all frames
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetBacktraces(
    config: Option<&mut EngineConfig>,
    backtraces: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.set_backtraces(backtraces);
        Ok(())
    })
}
