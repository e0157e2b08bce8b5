//! Host functions that fail with a message: they take the place of functions that cannot be called.

use super::AnyLent as Lent;
use super::caller::{ActiveCall, with_caller};
use super::function::{HostFunction, Receiver};
use crate::user_data::UserData;
use crate::value::FuncType;
use libvm_abi::{Caller, Status, Value};
use std::ffi::c_void;
use std::sync::Arc;

/// Why calls fail.
struct Refusal {
    status: Status,
    why: String,
}

/// Creates a function that fails with `status`; the message names the function, and continues with `why`.
pub fn refusing(
    module: &Arc<str>,
    name: &str,
    ty: FuncType,
    plugin: Option<&Arc<str>>,
    status: Status,
    why: String,
) -> Arc<HostFunction> {
    let refusal = Box::new(Refusal { status, why });
    Arc::new(HostFunction {
        module: Arc::clone(module),
        name: name.into(),
        signature: ty.into(),
        flags: 0,
        callback: refuse,
        data: UserData::new(std::ptr::null_mut(), None),
        receiver: Receiver::User(UserData::new(Box::into_raw(refusal).cast(), Some(free))),
        plugin: plugin.cloned(),
    })
}

unsafe extern "C" fn free(refusal: *mut c_void) {
    // SAFETY: it was created from a box, and is freed once.
    drop(unsafe { Box::from_raw(refusal.cast::<Refusal>()) });
}

unsafe extern "C-unwind" fn refuse(
    refusal: *mut c_void,
    caller: *mut Caller,
    _args: *const Value,
    _results: *mut Value,
) -> Status {
    // SAFETY: the function was created with it, and it lives as long as the function.
    let Refusal { status, why } = unsafe { &*refusal.cast::<Refusal>() };
    let fail = |call: &mut ActiveCall<Lent<'_>>| {
        call.set_failure(call.function().error(*status, why));
        Ok(())
    };
    // SAFETY: the caller is the one that this callback was passed.
    unsafe { with_caller(caller, fail) }.err().unwrap_or(*status)
}
