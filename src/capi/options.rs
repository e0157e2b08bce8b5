//! Options
//!
//! Values for the options of plug-ins. They are set for each context, before the plug-in is registered there.

use super::context::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, c_text, slice, text};
use super::plugin::Plugin;
use crate::plugin::{OptionInfo, OptionRange, OptionValue};
use crate::status::Result;
use libvm_abi::Status;
use std::ffi::{CString, c_char};
use std::ptr;

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

/// An option of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginOption {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_OPTION_TYPE_* of <libvm/plugin.h>.
    pub r#type: u32,
    /// Its name, UTF-8.
    pub key: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
    /// Its default as a string, UTF-8, a list's items on lines; NULL if it must be given.
    pub default_value: *const c_char,
    /// The choices of an enum, separated by commas; otherwise "".
    pub choices: *const c_char,
    /// The minimum of an integer with a range; otherwise 0.
    pub minimum: i64,
    /// The maximum of an integer with a range; otherwise 0.
    pub maximum: i64,
    /// The minimum of a float with a range; otherwise 0.
    pub minimum_number: f64,
    /// The maximum of a float with a range; otherwise 0.
    pub maximum_number: f64,
    /// Whether its value must never be shown or logged.
    pub is_secret: bool,
    /// Whether it has a range.
    pub is_ranged: bool,
    /// Zero.
    pub reserved: [u8; 6],
}

/// What C is shown of a plug-in's options, and what that points to.
pub(super) struct Options {
    shown: Vec<PluginOption>,
    _texts: Vec<CString>,
}

impl Options {
    pub(super) fn new(infos: &[OptionInfo]) -> Self {
        let (mut shown, mut texts) = (Vec::new(), Vec::new());
        let mut keep = |text: &str| {
            let text = c_text(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        for info in infos {
            let default = info.default.as_ref().map(|value| match value {
                OptionValue::Bool(value) => value.to_string(),
                OptionValue::Integer(value) => value.to_string(),
                OptionValue::Float(value) => value.to_string(),
                OptionValue::String(text) => text.clone(),
                OptionValue::List(items) => items.join("\n"),
            });
            let (minimum, maximum) = match info.range {
                Some(OptionRange::Integer(least, most)) => (least, most),
                _ => (0, 0),
            };
            let (minimum_number, maximum_number) = match info.range {
                Some(OptionRange::Float(least, most)) => (least, most),
                _ => (0.0, 0.0),
            };
            shown.push(PluginOption {
                size: size_of::<PluginOption>() as u32,
                r#type: info.ty as u32,
                key: keep(&info.key),
                description: keep(&info.description),
                default_value: default.as_deref().map_or(ptr::null(), &mut keep),
                choices: keep(&info.choices.join(",")),
                minimum,
                maximum,
                minimum_number,
                maximum_number,
                is_secret: info.secret,
                is_ranged: info.range.is_some(),
                reserved: [0; 6],
            });
        }
        Self { shown, _texts: texts }
    }
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
