//! Functions that are called through a gate. Those of plug-ins with an open gate are called directly.

use crate::engine::{HostFunction, Receiver, with_caller};
use crate::panics;
use crate::plugin::threading::gate::Gate;
use crate::status::{Error, Status};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;

/// The first argument of [`pass`].
struct Gated {
    callback: abi::Callback,
    instance: *mut c_void,
    gate: Gate,
    home: u64,
}

/// Creates a function that calls another one of an instance through a gate; the instance was created on the thread `home`.
pub fn gated(function: &HostFunction, instance: *mut c_void, gate: &Gate, home: u64) -> Arc<HostFunction> {
    let gated = Box::new(Gated { callback: function.callback, instance, gate: gate.clone(), home });
    Arc::new(HostFunction {
        module: Arc::clone(&function.module),
        name: function.name.clone(),
        signature: function.signature.clone(),
        flags: function.flags,
        callback: pass,
        data: UserData::new(function.data.pointer(), None),
        receiver: Receiver::User(UserData::new(Box::into_raw(gated).cast(), Some(free))),
        plugin: function.plugin.clone(),
    })
}

unsafe extern "C" fn free(gated: *mut c_void) {
    // SAFETY: it was created from a box, and is freed once.
    drop(unsafe { Box::from_raw(gated.cast::<Gated>()) });
}

unsafe extern "C-unwind" fn pass(
    gated: *mut c_void,
    caller: *mut abi::Caller,
    args: *const abi::Value,
    results: *mut abi::Value,
) -> Status {
    // SAFETY: the function was created with it, and it lives as long as the function.
    let gated = unsafe { &*gated.cast::<Gated>() };
    let entered = panics::catch(|| gated.gate.enter(Some(gated.home)));
    match entered {
        Ok(Ok(turn)) => {
            // SAFETY: the callback is passed the same arguments as without a gate.
            let answer = unsafe { (gated.callback)(gated.instance, caller, args, results) };
            // Releasing the turn may run destructors that were left for this thread.
            drop(panics::catch(|| drop(turn)));
            answer
        }
        Ok(Err(error)) => refuse(caller, error),
        Err(_) => abi::STATUS_INTERNAL,
    }
}

/// Makes the call fail with an error.
fn refuse(caller: *mut abi::Caller, error: Error) -> Status {
    let status = error.status();
    let said = panics::catch(|| {
        // SAFETY: the caller is the one that this callback was passed.
        unsafe {
            with_caller(caller, |call| {
                let function = call.function();
                let message =
                    format!("host function `{}.{}` was not called: {}", function.module, function.name, error.message());
                call.set_failure(Error::new(status, message));
                Ok(())
            })
        }
    });
    // Without the message there still is the status.
    drop(said);
    status
}
