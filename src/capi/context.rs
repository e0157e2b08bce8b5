//! Context
//!
//! A context holds the running instances of modules, with the host modules, plug-ins and WASI that they import. It is used by one
//! thread at a time and may move between threads.

mod budget;
mod config;
mod enter;
mod imports;
mod reset;

pub use config::ContextConfig;
pub use imports::ImportList;

use super::cell::{Context, with};
use super::engine::Engine;
use super::error::Error;
use super::ffi::{Shared, required, shared, text, with_values};
use super::guard::{guard, guard_value};
use super::host::HostModule;
use super::instance::Instance;
use super::module::{Module, load_buffer, load_file};
use crate::context::{self, ContextConfig as Config};
use crate::engine::Handle;
use crate::user_data::UserData;
use crate::{engine, plugin, status};
use libvm_abi::{self as abi, Status, Value};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// Creates an empty context.
///
/// @param engine the engine
/// @param config the configuration; copied; NULL for the defaults
/// @param context receives the context; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a limit of the context is above what VM_EngineConfigSetPooling permits)
/// @par Ownership
/// The caller owns it and frees it with VM_ContextDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextCreate(
    engine: Option<Shared<Engine>>,
    config: Option<&ContextConfig>,
    context: Option<&mut *mut Context>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        plugin::end_waiting();
        let (engine, out) = (shared(engine, "engine")?, required(context, "context")?);
        let config = config.map_or_else(Config::default, |config| config.0.clone());
        engine.0.check_limits(&config.limits)?;
        *out = Context::create(context::Context::new(&engine.0, config, &super::caller_table::TABLE));
        Ok(())
    })
}

/// Deletes a context and everything that runs in it. A context that is in use, for example because a callback of it calls this
/// function, is deleted when that use ends; one that a thread has entered with VM_ContextEnter is deleted when it is left. An unfinished
/// execution is cancelled: it fails with VM_STATUS_CANCELLED, and is in its queue unless a thread was running it.
///
/// @param context the context; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextDelete(context: *mut Context) {
    guard_value((), || {
        // SAFETY: `VM_ContextCreate` made it, and the caller promises to delete it once and not to use it again.
        unsafe { Context::close(context) };
        plugin::end_waiting();
    });
}

/// Returns the id of a context. Its handles and references carry the id.
///
/// @param context the context; NULL has none
/// @return the id, which is never 0; 0 for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetId(context: Option<&Context>) -> u64 {
    context.map_or(0, Context::id)
}

/// Attaches a pointer of the host to a context; callbacks read it with VM_CallerGetContextData. The previous pointer is freed.
///
/// @param context the context
/// @param data the pointer; may be NULL
/// @param free_data called once with `data`, when the context receives other data or is deleted, and also if this function fails;
///         NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context owns `data`.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetData(
    context: Option<Shared<Context>>,
    data: *mut c_void,
    free_data: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let data = UserData::new(data, free_data);
    let mut former = None;
    let status = with(context, error, |context| {
        former = context.set_data(data);
        Ok(())
    });
    // Freed here, where its free function may use the context.
    guard_value((), || drop(former));
    status
}

/// Returns the pointer that VM_ContextSetData attached.
///
/// @param context the context
/// @param data receives the pointer, NULL if there is none; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context owns the data.
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetData(
    context: Option<&Context>,
    data: Option<&mut *mut c_void>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        *required(data, "data")? = context.store().user_data().map_or(std::ptr::null_mut(), UserData::pointer);
        Ok(())
    })
}

/// Registers a host module, which seals it: it can no longer be changed.
///
/// @param context the context
/// @param module the host module; it may be deleted afterwards
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of the module name has one of the items: the message names
/// both), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRegisterModule(
    context: Option<Shared<Context>>,
    module: Option<Shared<HostModule>>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| context.register_module(&shared(module, "module")?.share()))
}

/// Instantiates a wasm module and lets other modules import its exports under a name. The start function and `_initialize` run as
/// in VM_ContextInstantiate.
///
/// @param context the context
/// @param name the module name that imports use, UTF-8; copied
/// @param module the module, of the context's engine; it may be deleted afterwards
/// @param instance receives the instance; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, and the errors of VM_ContextInstantiate
/// @par Ownership
/// The context owns the instance.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextRegisterWasm(
    context: Option<Shared<Context>>,
    name: *const c_char,
    module: Option<&Module>,
    instance: Option<&mut Instance>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let module = required(module, "module")?;
        // A start function may call the host, which may delete the module.
        let module = Arc::clone(&module.inner);
        // SAFETY: the caller promises a text that ends with NUL.
        let handle = context.register_wasm(unsafe { text(name, "name")? }, &module)?;
        hand_out_instance(instance, handle);
        Ok(())
    })
}

/// Lets other modules import the exports of an instance under a name. An instance can have several names.
///
/// @param context the context
/// @param name the module name that imports use, UTF-8; copied
/// @param instance the instance
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT,
/// VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextRegisterInstance(
    context: Option<Shared<Context>>,
    name: *const c_char,
    instance: Instance,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: the caller promises a text that ends with NUL.
    with(context, error, |context| context.register_instance(unsafe { text(name, "name")? }, instance.into()))
}

fn hand_out_instance(out: Option<&mut Instance>, handle: Handle) {
    if let Some(out) = out {
        *out = handle.into();
    }
}

/// Instantiates a wasm module and runs its start function.
///
/// If the module is a reactor, its `_initialize` is also called, once and before this function returns: do not call it again. A
/// reactor exports a function `_initialize` without parameters and results, and no `_start`; compilers create one with options
/// such as `-mexec-model=reactor`. If the start function or `_initialize` fails, there is no instance, but what it has written to
/// imported memories, tables and globals stays, as WebAssembly specifies; its memory is freed with the context or by
/// VM_ContextReset. All other failures leave nothing behind.
///
/// @param context the context
/// @param module the module, of the context's engine; it may be deleted afterwards
/// @param instance receives the instance; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT (another engine's module), VM_STATUS_UNRESOLVED_IMPORT (the message lists the
/// first 20), VM_STATUS_INCOMPATIBLE_IMPORT, VM_STATUS_INSTANTIATION, VM_STATUS_LIMIT (VM_ContextReset frees what earlier
/// instances took), VM_STATUS_OUT_OF_MEMORY, VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context owns the instance.
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextInstantiate(
    context: Option<Shared<Context>>,
    module: Option<&Module>,
    instance: Option<&mut Instance>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // A start function may call the host, which may delete the module.
        let module = Arc::clone(&required(module, "module")?.inner);
        let handle = context.instantiate(&module)?;
        hand_out_instance(instance, handle);
        Ok(())
    })
}

/// Calls an exported function of an instance.
///
/// @param context the context
/// @param instance the instance
/// @param name the name of the export, UTF-8
/// @param args arguments; may be NULL if arg_count is 0
/// @param arg_count the number; as many as the function has
/// @param results receives the results; may be the array of args, and NULL if result_count is 0
/// @param result_count the number; as many as the function has
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
/// VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT, VM_STATUS_LIMIT (a function too large to translate), and the status with which a host function failed
/// @par Ownership
/// The caller owns references in the results and releases them with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // as many as the call has parts
pub unsafe extern "C" fn VM_ContextExecute(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    args: *const Value,
    arg_count: usize,
    results: *mut Value,
    result_count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises a text that ends with NUL, and arrays of these lengths.
        unsafe {
            let name = text(name, "name")?;
            with_values((args, arg_count), (results, result_count), |args, results| {
                context.execute(instance.into(), name, args, results)
            })
        }
    })
}

fn run(
    context: Option<Shared<Context>>,
    load: impl FnOnce(&engine::Engine) -> status::Result<Module>,
    name: *const c_char,
    args: (*const Value, usize),
    results: (*mut Value, usize),
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises a text that ends with NUL, and arrays of these lengths.
        unsafe {
            let name = text(name, "name")?;
            with_values(args, results, |args, results| {
                let module = load(context.store().engine())?;
                let instance = context.instantiate(&module.inner)?;
                context.execute(instance, name, args, results)
            })
        }
    })
}

/// Loads a module from a file, instantiates it and calls one of its exported functions.
///
/// @param context the context
/// @param path the path of the wasm file
/// @param name the name of the export, UTF-8
/// @param args arguments; may be NULL if arg_count is 0
/// @param arg_count the number; as many as the function has
/// @param results receives the results; may be the array of args, and NULL if result_count is 0
/// @param result_count the number; as many as the function has
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The errors of VM_ModuleLoadFromFile, VM_ContextInstantiate and VM_ContextExecute
/// @par Ownership
/// The caller owns references in the results and releases them with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // as many as the call has parts
pub unsafe extern "C" fn VM_ContextRunWasmFromFile(
    context: Option<Shared<Context>>,
    path: *const c_char,
    name: *const c_char,
    args: *const Value,
    arg_count: usize,
    results: *mut Value,
    result_count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    run(context, |engine| load_file(engine, path), name, (args, arg_count), (results, result_count), error)
}

/// Loads a module from memory, instantiates it and calls one of its exported functions.
///
/// @param context the context
/// @param data the module
/// @param size the number of bytes
/// @param name the name of the export, UTF-8
/// @param args arguments; may be NULL if arg_count is 0
/// @param arg_count the number; as many as the function has
/// @param results receives the results; may be the array of args, and NULL if result_count is 0
/// @param result_count the number; as many as the function has
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The errors of VM_ModuleLoadFromBuffer, VM_ContextInstantiate and VM_ContextExecute
/// @par Ownership
/// The caller owns references in the results and releases them with VM_RefRelease.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // as many as the call has parts
pub unsafe extern "C" fn VM_ContextRunWasmFromBuffer(
    context: Option<Shared<Context>>,
    data: *const u8,
    size: usize,
    name: *const c_char,
    args: *const Value,
    arg_count: usize,
    results: *mut Value,
    result_count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    run(context, |engine| load_buffer(engine, data, size), name, (args, arg_count), (results, result_count), error)
}
