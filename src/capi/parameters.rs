//! Parameters of modules
//!
//! A module may have parameters in its custom section `libvm.param`, such as regular expressions, which plug-ins compile once for the
//! module and a registry: at the first instantiation in a context where they are registered, or ahead. docs/parameters.md describes
//! how guests declare and plug-ins compile them.

use super::error::Error;
use super::ffi::{Shared, shared};
use super::guard::guard;
use super::module::Module;
use super::plugin::{PluginRegistry, registry};
use crate::plugin::{end_waiting, parameters};
use libvm_abi::Status;
use std::sync::Arc;

/// Compiles the parameters of a module by the plug-ins of a registry, so that the first instantiation does not have to. What was
/// compiled before is kept. A module without parameters is prepared at once.
///
/// @param registry the registry
/// @param module the module
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error; what was compiled before the failure is kept or released
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_PARAMETER (the section is not valid, a parameter does not compile, or no plug-in of the
/// registry compiles its kind), VM_STATUS_PLUGIN_BAD_DESCRIPTOR (a plug-in's extension `libvm.compiler/1`), the failures of the
/// plug-ins' compile functions, VM_STATUS_BUSY, VM_STATUS_REENTRANT (from a compile function)
/// @par Ownership
/// What was compiled belongs to module and registry: it is released when the first of them is deleted and no context uses it.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryPrepareModule(
    registry: Option<Shared<PluginRegistry>>,
    module: Option<Shared<Module>>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        end_waiting();
        let registry = self::registry(registry)?;
        // A compile function may call the host, which may delete it.
        let module = Arc::clone(&shared(module, "module")?.inner);
        parameters::prepare(&registry, &module)
    })
}
