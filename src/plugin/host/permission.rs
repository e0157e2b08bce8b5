//! The service of permissions: `libvm.permission/1`; and the function that replaces one whose permission is not granted.

use crate::engine::{self, HostFunction, with_caller};
use crate::panics;
use crate::plugin::host::presence::SelfObject;
use crate::plugin::host::text;
use crate::plugin::permissions::{self, Permissions};
use libvm_abi::{self as abi, Caller, PermissionService, PluginInstance, Status};
use std::ffi::c_char;
use std::sync::Arc;

/// The table that plug-ins are passed.
pub static SERVICE: PermissionService =
    PermissionService { size: size_of::<PermissionService>() as u32, reserved: 0, check, require };

/// The function that replaces one whose permission is not granted: it has the same type, and fails with a message that names the
/// function and the permission. The plug-in's code is not run, and guest buffers are not checked.
pub fn refusing(function: &HostFunction, is_64: bool, why: String) -> Arc<HostFunction> {
    let HostFunction { module, name, signature, plugin, .. } = function;
    engine::refusing(module, name, signature.func_type(is_64), plugin.as_ref(), abi::STATUS_PLUGIN_PERMISSION, why)
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
