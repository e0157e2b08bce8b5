//! Functions that are called through a gate. Those of plug-ins whose gate is open are called directly.

use crate::engine::{HostFunction, Receiver, with_caller};
use crate::panics;
use crate::plugin::threading::gate::Gate;
use crate::status::{Error, Status};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;

/// What the first parameter of [`pass`] points to.
struct Gated {
    callback: abi::Callback,
    instance: *mut c_void,
    gate: Gate,
    home: u64,
}

/// A function that calls another one of an instance through a gate; the instance was created on the thread `home`.
pub fn gated(function: &HostFunction, instance: *mut c_void, gate: &Gate, home: u64) -> Arc<HostFunction> {
    let gated = Box::new(Gated { callback: function.callback, instance, gate: gate.clone(), home });
    Arc::new(HostFunction {
        module: Arc::clone(&function.module),
        name: function.name.clone(),
        signature: function.signature.clone(),
        callback: pass,
        data: UserData::new(function.data.pointer(), None),
        receiver: Receiver::User(UserData::new(Box::into_raw(gated).cast(), Some(free))),
        plugin: function.plugin.clone(),
    })
}

unsafe extern "C" fn free(gated: *mut c_void) {
    // SAFETY: it was a box, and is freed once.
    drop(unsafe { Box::from_raw(gated.cast::<Gated>()) });
}

unsafe extern "C-unwind" fn pass(
    gated: *mut c_void,
    caller: *mut abi::Caller,
    args: *const abi::Value,
    results: *mut abi::Value,
) -> Status {
    // SAFETY: it is what the function was made with, which lives as long as it.
    let gated = unsafe { &*gated.cast::<Gated>() };
    let entered = panics::catch(|| gated.gate.enter(Some(gated.home)));
    match entered {
        Ok(Ok(turn)) => {
            // SAFETY: the callback gets what it would have got without a gate.
            let answer = unsafe { (gated.callback)(gated.instance, caller, args, results) };
            // Giving the turn back runs what was left for this thread to end.
            drop(panics::catch(|| drop(turn)));
            answer
        }
        Ok(Err(error)) => refuse(caller, error),
        Err(_) => abi::STATUS_INTERNAL,
    }
}

/// Lets the call fail with an error.
fn refuse(caller: *mut abi::Caller, error: Error) -> Status {
    let status = error.status();
    let said = panics::catch(|| {
        // SAFETY: the caller is the one that this callback was given.
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
    // Without the text, the status still says it.
    drop(said);
    status
}
