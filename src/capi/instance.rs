//! Instance
//!
//! An instantiated module. Finding an export returns a handle, which is valid until the instance is removed; calling through a
//! handle saves the lookup by name.

use super::cell::{Context, with, with_value};
use super::error::Error;
use super::ffi::{Shared, required, text};
use super::func::Func;
use super::global::Global;
use super::handle::handle;
use super::memory::Memory;
use super::table::Table;
use crate::engine::{Handle, Kind};
use crate::status::{self, Result};
use libvm_abi::Status;
use std::ffi::c_char;
use std::sync::Arc;

/// An instance of a module in a context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Instance {
    /// The id of the context.
    pub context: u64,
    /// The slot in the table of the context.
    pub slot: u32,
    /// Distinguishes the uses of a slot.
    pub generation: u32,
}
handle!(Instance);

/// Returns the number of instances of a context.
///
/// @param context the context; NULL has none
/// @return the number; 0 also if the context is in use
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetInstanceCount(context: Option<&Context>) -> usize {
    with_value(context, 0, |context| context.instances().len())
}

/// Returns the handle of an instance of a context.
///
/// @param context the context
/// @param index from 0, in the order of creation
/// @param instance receives the instance; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetInstance(
    context: Option<&Context>,
    index: usize,
    instance: Option<&mut Instance>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let out = required(instance, "instance")?;
        let found = context
            .instances()
            .get(index)
            .ok_or_else(|| status::no_index("the context", index, context.instances().len(), "instance"))?;
        *out = (*found).into();
        Ok(())
    })
}

/// Finds the instance that is registered under a name.
///
/// @param context the context
/// @param name the name that was passed to VM_ContextRegisterWasm or VM_ContextRegisterInstance
/// @param instance receives the instance; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextFindInstance(
    context: Option<&Context>,
    name: *const c_char,
    instance: Option<&mut Instance>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let out = required(instance, "instance")?;
        // SAFETY: the caller promises a text that ends with NUL.
        *out = context.find_instance(unsafe { text(name, "name")? })?.into();
        Ok(())
    })
}

/// Removes an instance. Its names become free, and its handle and those of its exports become stale. Instances that import from
/// it keep working. Its memory is freed when no instance uses it any more or later, at the latest when the context is reset or
/// deleted.
///
/// @param context the context
/// @param instance the instance
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRemoveInstance(
    context: Option<Shared<Context>>,
    instance: Instance,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| context.remove_instance(instance.into()))
}

fn find<T: From<Handle>>(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    (kind, what, out): (Kind, &str, Option<&mut T>),
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| -> Result<()> {
        let out = required(out, what)?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        let instance = Handle::from(instance);
        *out = context.store().find(instance, kind, name)?.into();
        Ok(())
    })
}

/// Finds an exported function of an instance.
///
/// @param context the context
/// @param instance the instance
/// @param name the name of the export, UTF-8
/// @param func receives the function; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (an export of another kind),
/// VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The handle is valid until the instance is removed.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_InstanceFindFunction(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    func: Option<&mut Func>,
    error: Option<&mut *mut Error>,
) -> Status {
    find(context, instance, name, (Kind::Func, "func", func), error)
}

/// Returns the exported function at an index. This also reaches exports whose names contain a NUL.
///
/// @param context the context
/// @param instance the instance
/// @param index as in VM_ModuleGetExport of the module
/// @param func receives the function; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (an export of another kind), VM_STATUS_STALE,
/// VM_STATUS_WRONG_CONTEXT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The handle is valid until the instance is removed.
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_InstanceGetFunction(
    context: Option<Shared<Context>>,
    instance: Instance,
    index: usize,
    func: Option<&mut Func>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let out = required(func, "func")?;
        let instance = Handle::from(instance);
        let module = Arc::clone(context.store().module_of(instance)?);
        let export =
            module.exports().get(index).ok_or_else(|| status::no_index("the module", index, module.exports().len(), "export"))?;
        *out = context.store().find(instance, Kind::Func, &export.name)?.into();
        Ok(())
    })
}

/// Finds an exported linear memory of an instance.
///
/// @param context the context
/// @param instance the instance
/// @param name the name of the export, UTF-8
/// @param memory receives the memory; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The same as VM_InstanceFindFunction.
/// @par Ownership
/// The handle is valid until the instance is removed.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_InstanceFindMemory(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    memory: Option<&mut Memory>,
    error: Option<&mut *mut Error>,
) -> Status {
    find(context, instance, name, (Kind::Memory, "memory", memory), error)
}

/// Finds an exported table of an instance.
///
/// @param context the context
/// @param instance the instance
/// @param name the name of the export, UTF-8
/// @param table receives the table; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The same as VM_InstanceFindFunction.
/// @par Ownership
/// The handle is valid until the instance is removed.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_InstanceFindTable(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    table: Option<&mut Table>,
    error: Option<&mut *mut Error>,
) -> Status {
    find(context, instance, name, (Kind::Table, "table", table), error)
}

/// Finds an exported global of an instance.
///
/// @param context the context
/// @param instance the instance
/// @param name the name of the export, UTF-8
/// @param global receives the global; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The same as VM_InstanceFindFunction.
/// @par Ownership
/// The handle is valid until the instance is removed.
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_InstanceFindGlobal(
    context: Option<Shared<Context>>,
    instance: Instance,
    name: *const c_char,
    global: Option<&mut Global>,
    error: Option<&mut *mut Error>,
) -> Status {
    find(context, instance, name, (Kind::Global, "global", global), error)
}
