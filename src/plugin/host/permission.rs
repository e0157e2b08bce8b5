//! The service that tells what is granted: `libvm.permission/1`; and the function that stands for one that is not.

use super::{SelfObject, text};
use crate::engine::{HostFunction, Receiver, with_caller};
use crate::plugin::permissions::{self, Permissions};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Caller, PermissionService, PluginInstance, Status, Value};
use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The table that plug-ins are given.
pub static SERVICE: PermissionService =
    PermissionService { size: size_of::<PermissionService>() as u32, reserved: 0, check, require };

/// What a function that is not granted is replaced with: it has the same type and fails by name when it is called.
///
/// The plug-in's code is not run, and pieces of the guest's memory are not looked at.
pub fn refusing(function: &HostFunction, is_64: bool, why: String) -> Arc<HostFunction> {
    unsafe extern "C" fn free(why: *mut c_void) {
        // SAFETY: it was made of a box below, and is freed once.
        drop(unsafe { Box::from_raw(why.cast::<String>()) });
    }
    let user = UserData::new(Box::into_raw(Box::new(why)).cast(), Some(free));
    Arc::new(HostFunction {
        module: Arc::clone(&function.module),
        name: function.name.clone(),
        signature: function.signature.func_type(is_64).into(),
        callback: refuse,
        data: UserData::new(std::ptr::null_mut(), None),
        receiver: Receiver::User(user),
        plugin: function.plugin.clone(),
    })
}

unsafe extern "C-unwind" fn refuse(why: *mut c_void, caller: *mut Caller, _args: *const Value, _results: *mut Value) -> Status {
    // SAFETY: `refusing` gave it a text, which lives as long as the function; the caller is this call's.
    unsafe { fail(caller, &*why.cast::<String>()) }
}

/// Fails the call with a permission that is missing.
///
/// # Safety
/// `caller` is NULL, or was given to a callback by this library.
unsafe fn fail(caller: *mut Caller, why: &str) -> Status {
    // SAFETY: promised above.
    let failed = unsafe {
        with_caller(caller, |call| {
            call.set_failure(call.function().error(abi::STATUS_PLUGIN_PERMISSION, why));
            Ok(())
        })
    };
    failed.err().unwrap_or(abi::STATUS_PLUGIN_PERMISSION)
}

/// Looks a permission up; when it is missing, `refused` says what to answer.
///
/// # Safety
/// `myself` is NULL or an instance's name for itself, `permission` NULL or a text that a NUL ends.
unsafe fn look_up(
    myself: *const PluginInstance,
    permission: *const c_char,
    refused: impl FnOnce(&Permissions, &str) -> Status,
) -> Status {
    let answer = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: promised above.
        let (myself, permission) = unsafe { (myself.cast::<SelfObject>().as_ref(), text::read(permission)) };
        match (myself, permission) {
            (None, _) | (_, Ok(None)) => abi::STATUS_NULL_ARGUMENT,
            (_, Err(_)) => abi::STATUS_BAD_UTF8,
            (_, Ok(Some(permission))) if permissions::check(permission).is_err() => abi::STATUS_INVALID_ARGUMENT,
            (Some(myself), Ok(Some(permission))) if !myself.permissions.has(permission) => {
                refused(&myself.permissions, permission)
            }
            _ => abi::STATUS_OK,
        }
    }));
    answer.unwrap_or(abi::STATUS_INTERNAL)
}

unsafe extern "C" fn check(myself: *const PluginInstance, permission: *const c_char) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { look_up(myself, permission, |_, _| abi::STATUS_PLUGIN_PERMISSION) }
}

unsafe extern "C" fn require(myself: *const PluginInstance, caller: *mut Caller, permission: *const c_char) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { look_up(myself, permission, |permissions, asked| fail(caller, &permissions.refusal(asked))) }
}
