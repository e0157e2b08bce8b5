//! The service of option values: `libvm.options/1`.

use crate::panics;
use crate::plugin::host::object::host_of;
use crate::plugin::host::presence::SelfObject;
use crate::plugin::host::text;
use crate::plugin::host::values::Value;
use libvm_abi::{self as abi, OptionsService, PluginHost, PluginInstance, Status};
use std::ffi::c_char;

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

/// The parameters of a getter: the host and the presence as they were passed, and the key.
type Asked = (*const PluginHost, *const PluginInstance, *const c_char);

/// Writes the result of `pick` for the value of an option. A failure is also the reason for the failure of `create`.
///
/// # Safety
/// The pointers of the request are NULL or were passed to the plug-in, the key is NULL or a NUL-terminated string; `out` is
/// NULL or can be written to.
unsafe fn read<T>((host, myself, key): Asked, ty: &str, out: *mut T, pick: impl FnOnce(&Value) -> Option<T>) -> Status {
    let status = panics::catch(|| {
        // SAFETY: promised above.
        let (host, myself, key) = unsafe { (host_of(host), myself.cast::<SelfObject>().as_ref(), text::read(key)) };
        let (Some(host), Some(myself), false) = (host, myself, out.is_null()) else { return abi::STATUS_NULL_ARGUMENT };
        let Ok(key) = key else { return abi::STATUS_BAD_UTF8 };
        let Some(key) = key else { return abi::STATUS_NULL_ARGUMENT };
        let failed = |status, why: &str| {
            host.give_reason(format!("option `{key}` {why}"), Some(status), Some(myself));
            status
        };
        let Some(value) = myself.options.get(key) else {
            return failed(abi::STATUS_PLUGIN_OPTION, "is not in the plug-in's descriptor");
        };
        let Some(picked) = pick(value) else {
            return failed(abi::STATUS_WRONG_TYPE, &format!("is {}, but was read as {ty}", value.type_name()));
        };
        // SAFETY: promised above.
        unsafe { out.write(picked) };
        abi::STATUS_OK
    });
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
