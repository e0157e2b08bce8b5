//! The service of option values: `libvm.options/1`.

use super::{SelfObject, text};
use crate::plugin::options::OptionValue;
use libvm_abi::{self as abi, OptionsService, PluginInstance, Status};
use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The option values of an instance as C reads them.
#[derive(Default)]
pub struct Options(BTreeMap<String, Value>);

enum Value {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(CString),
    List(List),
}

/// Texts, and the pointers to them that C is given.
struct List {
    _texts: Vec<CString>,
    pointers: Vec<*const c_char>,
}

// SAFETY: the pointers point to the texts beside them, which are never written.
unsafe impl Send for List {}
// SAFETY: as above.
unsafe impl Sync for List {}

impl Options {
    /// Those values, which have been checked.
    pub fn new(values: BTreeMap<String, OptionValue>) -> Self {
        let c_text = |text: String| CString::new(text).unwrap_or_default();
        let convert = |value| match value {
            OptionValue::Bool(value) => Value::Bool(value),
            OptionValue::Integer(value) => Value::Integer(value),
            OptionValue::Float(value) => Value::Float(value),
            OptionValue::String(value) => Value::Text(c_text(value)),
            OptionValue::List(items) => {
                let texts: Vec<_> = items.into_iter().map(c_text).collect();
                let pointers = texts.iter().map(|text| text.as_ptr()).collect();
                Value::List(List { _texts: texts, pointers })
            }
        };
        Self(values.into_iter().map(|(key, value)| (key, convert(value))).collect())
    }
}

/// The table that plug-ins are given.
pub static SERVICE: OptionsService = OptionsService {
    size: size_of::<OptionsService>() as u32,
    reserved: 0,
    get_bool,
    get_integer,
    get_float,
    get_string,
    get_list,
};

/// Gives `pick` the value of an option, and writes what it makes of it.
///
/// # Safety
/// `myself` is NULL or an instance's name for itself, `key` NULL or a text that a NUL ends, `out` NULL or can be written to.
unsafe fn read<T>(
    myself: *const PluginInstance,
    key: *const c_char,
    out: *mut T,
    pick: impl FnOnce(&Value) -> Option<T>,
) -> Status {
    let status = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: promised above.
        let (myself, key) = unsafe { (myself.cast::<SelfObject>().as_ref(), text::read(key)) };
        let (Some(myself), Ok(Some(key)), false) = (myself, key, out.is_null()) else { return abi::STATUS_NULL_ARGUMENT };
        let Some(value) = myself.options.0.get(key) else { return abi::STATUS_PLUGIN_OPTION };
        let Some(picked) = pick(value) else { return abi::STATUS_WRONG_TYPE };
        // SAFETY: promised above.
        unsafe { out.write(picked) };
        abi::STATUS_OK
    }));
    status.unwrap_or(abi::STATUS_INTERNAL)
}

unsafe extern "C" fn get_bool(myself: *const PluginInstance, key: *const c_char, out: *mut bool) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { read(myself, key, out, |value| if let Value::Bool(value) = value { Some(*value) } else { None }) }
}

unsafe extern "C" fn get_integer(myself: *const PluginInstance, key: *const c_char, out: *mut i64) -> Status {
    // SAFETY: as above.
    unsafe { read(myself, key, out, |value| if let Value::Integer(value) = value { Some(*value) } else { None }) }
}

unsafe extern "C" fn get_float(myself: *const PluginInstance, key: *const c_char, out: *mut f64) -> Status {
    // SAFETY: as above.
    unsafe { read(myself, key, out, |value| if let Value::Float(value) = value { Some(*value) } else { None }) }
}

unsafe extern "C" fn get_string(myself: *const PluginInstance, key: *const c_char, out: *mut *const c_char) -> Status {
    // SAFETY: as above.
    unsafe { read(myself, key, out, |value| if let Value::Text(text) = value { Some(text.as_ptr()) } else { None }) }
}

unsafe extern "C" fn get_list(
    myself: *const PluginInstance,
    key: *const c_char,
    items: *mut *const *const c_char,
    count: *mut usize,
) -> Status {
    if count.is_null() {
        return abi::STATUS_NULL_ARGUMENT;
    }
    let mut length = 0;
    let pick = |value: &Value| {
        let Value::List(list) = value else { return None };
        length = list.pointers.len();
        Some(list.pointers.as_ptr())
    };
    // SAFETY: as above.
    unsafe {
        let status = read(myself, key, items, pick);
        if status == abi::STATUS_OK {
            count.write(length);
        }
        status
    }
}
