//! The service of permissions: `libvm.permission/1`; and the function that replaces one whose permission is not granted.

use crate::engine::{HostFunction, Receiver, with_caller};
use crate::panics;
use crate::plugin::host::presence::SelfObject;
use crate::plugin::host::text;
use crate::plugin::permissions::{self, Permissions};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Caller, PermissionService, PluginInstance, Status, Value};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// The table that plug-ins are passed.
pub static SERVICE: PermissionService =
    PermissionService { size: size_of::<PermissionService>() as u32, reserved: 0, check, require };

/// The function that replaces one whose permission is not granted: it has the same type, and fails with a message that names the
/// function and the permission. The plug-in's code is not run, and guest buffers are not checked.
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
    // SAFETY: `refusing` created it with a string, which lives as long as the function; the caller is this call's.
    unsafe { fail(caller, &*why.cast::<String>()) }
}

/// Makes the call fail because of a missing permission.
///
/// # Safety
/// `caller` is NULL or was passed to a callback by this library.
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

/// Looks up a permission; if it is missing, returns the result of `refused`.
fn look_up(myself: &SelfObject, permission: &str, refused: impl FnOnce(&Permissions, &str) -> Status) -> Status {
    if permissions::check(permission).is_err() {
        return abi::STATUS_INVALID_ARGUMENT;
    }
    if myself.permissions.has(permission) { abi::STATUS_OK } else { refused(&myself.permissions, permission) }
}

/// Reads a permission that a plug-in passed.
///
/// # Safety
/// `permission` is NULL or a NUL-terminated string.
unsafe fn read<'a>(permission: *const c_char) -> Result<&'a str, Status> {
    // SAFETY: promised above.
    unsafe { text::read(permission) }.map_err(|_| abi::STATUS_BAD_UTF8)?.ok_or(abi::STATUS_NULL_ARGUMENT)
}

fn guarded(work: impl FnOnce() -> Result<Status, Status>) -> Status {
    panics::catch(work).unwrap_or(Err(abi::STATUS_INTERNAL)).unwrap_or_else(|status| status)
}

unsafe extern "C" fn check(myself: *const PluginInstance, permission: *const c_char) -> Status {
    guarded(|| {
        // SAFETY: the plug-in passes the pointer that it was passed, or NULL, and NULL or a NUL-terminated string.
        let (myself, permission) = unsafe { (myself.cast::<SelfObject>().as_ref(), read(permission)) };
        Ok(look_up(myself.ok_or(abi::STATUS_NULL_ARGUMENT)?, permission?, |_, _| abi::STATUS_PLUGIN_PERMISSION))
    })
}

unsafe extern "C" fn require(caller: *mut Caller, permission: *const c_char) -> Status {
    guarded(|| {
        // SAFETY: the plug-in passes the caller that it was passed, or NULL; during a call its presence exists. The string is as above.
        let (myself, permission) = unsafe {
            let myself = with_caller(caller, |call| Ok(call.presence()))?;
            (myself.cast::<SelfObject>().as_ref(), read(permission))
        };
        let refused = |permissions: &Permissions, asked: &str| {
            // SAFETY: as above.
            unsafe { fail(caller, &permissions.refusal(asked)) }
        };
        Ok(look_up(myself.ok_or(abi::STATUS_NULL_ARGUMENT)?, permission?, refused))
    })
}
