//! Options
//!
//! Values for the options of plug-ins. They are set for each context, before the plug-in is registered there.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, slice, text};
use super::plugin::{Plugin, PluginOption};
use crate::plugin::OptionValue;
use crate::status::Result;
use libvm_abi::Status;
use std::ffi::c_char;

fn set(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    key: *const c_char,
    error: Option<&mut *mut Error>,
    value: impl FnOnce() -> Result<OptionValue>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises texts that end with NUL.
        let (plugin, key) = unsafe { (text(plugin, "plugin")?, text(key, "key")?) };
        context.set_option(plugin, key, value()?)
    })
}

/// Sets an option of a plug-in of any type from a string: `true` or `false`, a number, a choice, or the items of a list, one per
/// line.
///
/// @param context the context
/// @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
/// @param key the name of the option, UTF-8
/// @param value UTF-8; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetPluginOption(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    key: *const c_char,
    value: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    // SAFETY: the caller promises a text that ends with NUL.
    set(context, plugin, key, error, || Ok(OptionValue::String(unsafe { text(value, "value")? }.to_owned())))
}

/// Sets a bool option of a plug-in.
///
/// @param context the context
/// @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
/// @param key the name of the option, UTF-8
/// @param value the value
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetPluginOptionBool(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    key: *const c_char,
    value: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    set(context, plugin, key, error, || Ok(OptionValue::Bool(value)))
}

/// Sets an integer or float option of a plug-in.
///
/// @param context the context
/// @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
/// @param key the name of the option, UTF-8
/// @param value the value
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetPluginOptionInteger(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    key: *const c_char,
    value: i64,
    error: Option<&mut *mut Error>,
) -> Status {
    set(context, plugin, key, error, || Ok(OptionValue::Integer(value)))
}

/// Sets a float option of a plug-in.
///
/// @param context the context
/// @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
/// @param key the name of the option, UTF-8
/// @param value the value
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetPluginOptionFloat(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    key: *const c_char,
    value: f64,
    error: Option<&mut *mut Error>,
) -> Status {
    set(context, plugin, key, error, || Ok(OptionValue::Float(value)))
}

/// Sets a list option of a plug-in.
///
/// @param context the context
/// @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
/// @param key the name of the option, UTF-8
/// @param items UTF-8; copied; may be NULL if count is 0
/// @param count the number
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextSetPluginOptionList(
    context: Option<Shared<Context>>,
    plugin: *const c_char,
    key: *const c_char,
    items: *const *const c_char,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set(context, plugin, key, error, || {
        // SAFETY: the caller promises so many texts that end with NUL.
        let items = unsafe {
            let pointers = slice(items, count, "items")?;
            pointers.iter().map(|item| text(*item, "an item").map(str::to_owned)).collect::<Result<_>>()?
        };
        Ok(OptionValue::List(items))
    })
}

/// Returns the number of options of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @return the number of options
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetOptionCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.options.shown.len())
}

/// Returns the description of an option of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param index from 0, in the plug-in's order
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and its strings belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetOption(plugin: Option<&Plugin>, index: usize) -> Option<&PluginOption> {
    plugin.and_then(|plugin| plugin.options.shown.get(index))
}
