//! Files with the machine code of modules.

use super::Module;
use crate::capi::engine::Engine;
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, hand_out, required, shared, slice};
use crate::capi::guard::guard;
use crate::engine;
use libvm_abi::Status;
use std::ffi::c_char;

/// Writes the machine code of a module to a file, for VM_ModuleLoadCompiled on this machine or another one with the same kind of processor. A
/// module that is not compiled yet (VM_TIER_AUTO) is compiled now. The file is replaced in one step.
///
/// The file has no secret: a user who can write it decides what code runs in the programs that load it. Ship it as the program is shipped,
/// with the same permissions.
///
/// @param module the module, of an engine of VM_TIER_COMPILED or VM_TIER_AUTO
/// @param path the path of the file
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_UNSUPPORTED (an engine of VM_TIER_INTERPRETER; no
/// compiler, and the module is not compiled yet), VM_STATUS_BAD_MODULE and VM_STATUS_LIMIT (the compiler does not support the module, or it is too large), VM_STATUS_OUT_OF_MEMORY,
/// VM_STATUS_FILE_NOT_FOUND (the directory), VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ModuleSaveCompiled(
    module: Option<Shared<Module>>,
    path: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let module = shared(module, "module")?;
        // SAFETY: the caller promises a text that ends with NUL.
        module.inner.save_compiled(unsafe { super::path(path, "path")? })
    })
}

/// Loads a module whose machine code VM_ModuleSaveCompiled has written: nothing is compiled, and no compiler is needed. The module is not validated
/// again.
///
/// Loading the file is running it. Its checksum only shows that it is not damaged; a file that an attacker has made takes over the process.
/// Pass only the path of a file that the same users may change as the program itself.
///
/// @param engine the engine to bind the module to, of VM_TIER_COMPILED or VM_TIER_AUTO, with the options of the one that saved it
/// @param data the module in the binary format (or the text format, in builds that support it), as it was when it was saved
/// @param size the number of bytes
/// @param path the path of the file
/// @param module receives the module; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (an engine of VM_TIER_INTERPRETER; code of another version of libvm or another
/// processor), VM_STATUS_INVALID_ARGUMENT (code of another module, or of an engine with other options), VM_STATUS_BAD_MODULE (a damaged file, or
/// one with something else), VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_TEXT_FORMAT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Ownership
/// The caller owns the module and frees it with VM_ModuleDelete. The bytes and the file are not needed afterwards.
/// @par Threads
/// [thread-safe]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ModuleLoadCompiled(
    engine: Option<Shared<Engine>>,
    data: *const u8,
    size: usize,
    path: *const c_char,
    module: Option<&mut *mut Module>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (engine, out) = (shared(engine, "engine")?, required(module, "module")?);
        // SAFETY: the caller promises so many bytes, and a text that ends with NUL.
        let (bytes, file) = unsafe { (slice(data, size, "data")?, super::path(path, "path")?) };
        hand_out(out, Module::new(engine::Module::from_compiled(&engine.0, bytes, file)?));
        Ok(())
    })
}
