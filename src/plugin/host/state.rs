//! The service that stores state: `libvm.state/1`.

use crate::panics;
use crate::plugin::host::presence::SelfObject;
use crate::plugin::host::text;
use crate::plugin::state::{Failure, Outcome, State};
use libvm_abi::{self as abi, EachKey, PluginInstance, StateService, Status};
use std::ffi::{CString, c_char, c_void};

/// The table that plug-ins are passed.
pub static SERVICE: StateService =
    StateService { size: size_of::<StateService>() as u32, reserved: 0, put, get, remove, increment, get_counter, list_keys };

/// Runs `work` with the state and the key.
///
/// # Safety
/// `myself` is NULL or a presence, `key` NULL or a NUL-terminated string.
unsafe fn with(myself: *const PluginInstance, key: *const c_char, work: impl FnOnce(&State, &str) -> Outcome<()>) -> Status {
    let outcome = panics::catch(|| {
        // SAFETY: promised above.
        let (myself, key) = unsafe { (myself.cast::<SelfObject>().as_ref(), text::read(key)) };
        let myself = myself.ok_or(abi::STATUS_NULL_ARGUMENT)?;
        let done = work(&myself.state, key.map_err(|_| abi::STATUS_BAD_UTF8)?.ok_or(abi::STATUS_NULL_ARGUMENT)?);
        if let Err(Failure { reason: Some(reason), .. }) = &done {
            myself.logger.log(abi::LOG_ERROR, None, reason);
        }
        done
    });
    outcome.unwrap_or(Err(abi::STATUS_INTERNAL.into())).err().map_or(abi::STATUS_OK, |failure| failure.status)
}

unsafe extern "C" fn put(myself: *mut PluginInstance, key: *const c_char, data: *const c_void, size: usize) -> Status {
    let put = |state: &State, key: &str| match (data.is_null(), size) {
        (_, 0) => state.put(key, &[]),
        (true, _) => Err(abi::STATUS_NULL_ARGUMENT.into()),
        (false, size) if size > isize::MAX as usize => Err(abi::STATUS_LIMIT.into()),
        // SAFETY: the plug-in promises that this many bytes are valid.
        (false, size) => state.put(key, unsafe { std::slice::from_raw_parts(data.cast(), size) }),
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(myself, key, put) }
}

unsafe extern "C" fn get(
    myself: *const PluginInstance,
    key: *const c_char,
    data: *mut c_void,
    capacity: usize,
    size: *mut usize,
) -> Status {
    let get = |state: &State, key: &str| {
        if size.is_null() || (data.is_null() && capacity > 0) {
            return Err(abi::STATUS_NULL_ARGUMENT.into());
        }
        let value = state.get(key)?;
        // SAFETY: it is not NULL, and the plug-in promises that it can be written to.
        unsafe { size.write(value.len()) };
        if value.len() > capacity {
            return Err(abi::STATUS_OUT_OF_BOUNDS.into());
        }
        if !value.is_empty() {
            // SAFETY: the plug-in promises room for `capacity` bytes, and the value has no more.
            unsafe { std::ptr::copy_nonoverlapping(value.as_ptr(), data.cast(), value.len()) };
        }
        Ok(())
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(myself, key, get) }
}

unsafe extern "C" fn remove(myself: *mut PluginInstance, key: *const c_char) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(myself, key, |state, key| state.remove(key)) }
}

unsafe extern "C" fn increment(myself: *mut PluginInstance, key: *const c_char, by: i64, now: *mut i64) -> Status {
    let increment = |state: &State, key: &str| {
        let value = state.increment(key, by)?;
        if !now.is_null() {
            // SAFETY: the plug-in promises that it can be written to.
            unsafe { now.write(value) };
        }
        Ok(())
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(myself, key, increment) }
}

unsafe extern "C" fn get_counter(myself: *const PluginInstance, key: *const c_char, now: *mut i64) -> Status {
    let counter = |state: &State, key: &str| {
        if now.is_null() {
            return Err(abi::STATUS_NULL_ARGUMENT.into());
        }
        let value = state.counter(key)?;
        // SAFETY: it is not NULL, and the plug-in promises that it can be written to.
        unsafe { now.write(value) };
        Ok(())
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(myself, key, counter) }
}

unsafe extern "C" fn list_keys(
    myself: *const PluginInstance,
    prefix: *const c_char,
    each: Option<EachKey>,
    user: *mut c_void,
) -> Status {
    let Some(each) = each else { return abi::STATUS_NULL_ARGUMENT };
    let prefix = if prefix.is_null() { c"".as_ptr() } else { prefix };
    let list = |state: &State, prefix: &str| {
        for key in state.keys(prefix)? {
            let key = CString::new(key).unwrap_or_default();
            // SAFETY: the plug-in promises that the callback takes its `user`.
            if !unsafe { each(user, key.as_ptr()) } {
                break;
            }
        }
        Ok(())
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(myself, prefix, list) }
}
