//! Options
//!
//! Values for the options of plug-ins, each in one context, set before the plug-in is registered there.

use super::context::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, c_text, required, slice, text};
use super::guard::guard;
use super::plugin::Plugin;
use crate::plugin::{OptionInfo, OptionRange, OptionType, OptionValue};
use crate::status::{self, Result};
use libvm_abi::Status;
use std::ffi::{CString, c_char};

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

/// Sets an option of a plug-in from a text, whatever its type: `true` or `false`, a number, a choice; a list's items stand on lines.
///
/// @param context the context
/// @param plugin the plug-in's name, UTF-8; it need not be loaded yet
/// @param key of the option, UTF-8
/// @param value UTF-8, copied
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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
/// @param plugin the plug-in's name, UTF-8; it need not be loaded yet
/// @param key of the option, UTF-8
/// @param value the value
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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
/// @param plugin the plug-in's name, UTF-8; it need not be loaded yet
/// @param key of the option, UTF-8
/// @param value the value
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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
/// @param plugin the plug-in's name, UTF-8; it need not be loaded yet
/// @param key of the option, UTF-8
/// @param value the value
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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

/// Sets an option of a plug-in that is a list of texts.
///
/// @param context the context
/// @param plugin the plug-in's name, UTF-8; it need not be loaded yet
/// @param key of the option, UTF-8
/// @param items UTF-8, copied; may be NULL when count is 0
/// @param count how many
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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

/// An option of a plug-in.
#[repr(C)]
pub struct PluginOption {
    /// Its name, UTF-8.
    pub key: *const c_char,
    /// One line about it, UTF-8; "" when there is none.
    pub description: *const c_char,
    /// Its default as a text, UTF-8, a list's items on lines; NULL when it must be given.
    pub default_value: *const c_char,
    /// Of an enum, the choices separated by commas; else "".
    pub choices: *const c_char,
    /// VM_OPTION_TYPE_* of <libvm/plugin.h>.
    pub r#type: u32,
    /// Whether it is never to be shown or logged.
    pub is_secret: bool,
    /// Whether it has to lie in a range.
    pub is_ranged: bool,
    /// The least value of an integer in a range; else 0.
    pub minimum: i64,
    /// The greatest value of an integer in a range; else 0.
    pub maximum: i64,
    /// The least value of a float in a range; else 0.
    pub minimum_number: f64,
    /// The greatest value of a float in a range; else 0.
    pub maximum_number: f64,
}

/// An option as C is shown it.
pub(super) struct Shown {
    key: CString,
    description: CString,
    default: Option<CString>,
    choices: CString,
    ty: OptionType,
    secret: bool,
    range: Option<OptionRange>,
}

impl Shown {
    pub(super) fn new(info: &OptionInfo) -> Self {
        let default = info.default.as_ref().map(|value| match value {
            OptionValue::Bool(value) => value.to_string(),
            OptionValue::Integer(value) => value.to_string(),
            OptionValue::Float(value) => value.to_string(),
            OptionValue::String(text) => text.clone(),
            OptionValue::List(items) => items.join("\n"),
        });
        Self {
            key: c_text(&info.key),
            description: c_text(&info.description),
            default: default.as_deref().map(c_text),
            choices: c_text(&info.choices.join(",")),
            ty: info.ty,
            secret: info.secret,
            range: info.range,
        }
    }
}

/// Tells how many options a plug-in has.
///
/// @param plugin the plug-in; NULL has none
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetOptionCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.options.len())
}

/// Describes an option of a plug-in.
///
/// @param plugin the plug-in
/// @param index from 0, in the plug-in's order
/// @param option gets the description; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// What the description points to stays with the plug-in.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetOption(
    plugin: Option<&Plugin>,
    index: usize,
    option: Option<&mut PluginOption>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (plugin, out) = (required(plugin, "plugin")?, required(option, "option")?);
        let shown =
            plugin.options.get(index).ok_or_else(|| status::no_index("the plug-in", index, plugin.options.len(), "option"))?;
        let (minimum, maximum) = match shown.range {
            Some(OptionRange::Integer(least, most)) => (least, most),
            _ => (0, 0),
        };
        let (minimum_number, maximum_number) = match shown.range {
            Some(OptionRange::Float(least, most)) => (least, most),
            _ => (0.0, 0.0),
        };
        *out = PluginOption {
            key: shown.key.as_ptr(),
            description: shown.description.as_ptr(),
            default_value: shown.default.as_ref().map_or(std::ptr::null(), |text| text.as_ptr()),
            choices: shown.choices.as_ptr(),
            r#type: shown.ty as u32,
            is_secret: shown.secret,
            is_ranged: shown.range.is_some(),
            minimum,
            maximum,
            minimum_number,
            maximum_number,
        };
        Ok(())
    })
}
