//! The service of option values: `libvm.options/1`.

use super::{SelfObject, host_of, text};
use crate::plugin::options::OptionValue;
use libvm_abi::{self as abi, OptionsService, PluginHost, PluginInstance, Status};
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

impl Value {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
        }
    }
}

/// Strings, and the pointers to them for C.
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

/// The table that plug-ins are passed.
pub static SERVICE: OptionsService = OptionsService {
    size: size_of::<OptionsService>() as u32,
    reserved: 0,
    get_bool,
    get_integer,
    get_float,
    get_string,
    get_list,
};

/// Who asks for an option: the host and the presence as they were passed, and the key.
type Asked = (*const PluginHost, *const PluginInstance, *const c_char);

/// Writes what `pick` makes of the value of an option. A failure is also the reason for the failure of `create`.
///
/// # Safety
/// The pointers asked with are NULL or what the plug-in was passed, the key NULL or a NUL-terminated string; `out` is NULL or can be
/// written to.
unsafe fn read<T>((host, myself, key): Asked, ty: &str, out: *mut T, pick: impl FnOnce(&Value) -> Option<T>) -> Status {
    let status = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: promised above.
        let (host, myself, key) = unsafe { (host_of(host), myself.cast::<SelfObject>().as_ref(), text::read(key)) };
        let (Some(host), Some(myself), false) = (host, myself, out.is_null()) else { return abi::STATUS_NULL_ARGUMENT };
        let Ok(key) = key else { return abi::STATUS_BAD_UTF8 };
        let Some(key) = key else { return abi::STATUS_NULL_ARGUMENT };
        let failed = |status, why: &str| {
            host.give_reason(format!("option `{key}` {why}"), Some(status), Some(myself));
            status
        };
        let Some(value) = myself.options.0.get(key) else {
            return failed(abi::STATUS_PLUGIN_OPTION, "is not in the plug-in's descriptor");
        };
        let Some(picked) = pick(value) else {
            return failed(abi::STATUS_WRONG_TYPE, &format!("is {}, and was read as {ty}", value.type_name()));
        };
        // SAFETY: promised above.
        unsafe { out.write(picked) };
        abi::STATUS_OK
    }));
    status.unwrap_or(abi::STATUS_INTERNAL)
}

/// Defines the getter of options of one type.
macro_rules! getter {
    ($name:ident, $type:ty, $article:literal, $pattern:pat => $picked:expr) => {
        unsafe extern "C" fn $name(
            host: *const PluginHost,
            myself: *const PluginInstance,
            key: *const c_char,
            out: *mut $type,
        ) -> Status {
            // SAFETY: the plug-in promises what the header says.
            unsafe { read((host, myself, key), $article, out, |value| if let $pattern = value { Some($picked) } else { None }) }
        }
    };
}

getter!(get_bool, bool, "a bool", Value::Bool(value) => *value);
getter!(get_integer, i64, "an integer", Value::Integer(value) => *value);
getter!(get_float, f64, "a float", Value::Float(value) => *value);
getter!(get_string, *const c_char, "a string", Value::Text(text) => text.as_ptr());

unsafe extern "C" fn get_list(
    host: *const PluginHost,
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
    // SAFETY: the plug-in promises what the header says.
    unsafe {
        let status = read((host, myself, key), "a list", items, pick);
        if status == abi::STATUS_OK {
            count.write(length);
        }
        status
    }
}
