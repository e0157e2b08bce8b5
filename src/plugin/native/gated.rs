//! Functions that are called through a gate, and what they suspend their guests with. The functions of plug-ins with an open gate are
//! called directly.

use crate::engine::{self, HostFunction, Receiver, with_caller};
use crate::panics;
use crate::plugin::threading::gate::Gate;
use crate::status::{Error, Status};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Caller, Completion, Value};
use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Arc;

/// The instance whose code runs only through its plug-in's gate.
#[derive(Clone)]
pub struct Home {
    /// The plug-in's name.
    pub name: Arc<str>,
    pub gate: Gate,
    /// The thread on which the instance was created.
    pub thread: u64,
    /// What keeps the plug-in's code and the function's data.
    pub _owner: Arc<dyn Any + Send + Sync>,
}

impl Home {
    /// Calls code of the plug-in; if that is not allowed now, makes the call of `caller` fail, with `not` in the message.
    fn call(&self, caller: *mut Caller, not: &str, work: impl FnOnce() -> Status) -> Status {
        let entered = panics::catch(|| self.gate.enter(Some(self.thread)));
        match entered {
            Ok(Ok(turn)) => {
                let answer = work();
                // Releasing the turn may run destructors that were left for this thread.
                drop(panics::catch(|| drop(turn)));
                answer
            }
            Ok(Err(error)) => refuse(caller, not, error),
            Err(_) => abi::STATUS_INTERNAL,
        }
    }
}

/// The first argument of [`pass`].
struct Gated {
    callback: abi::Callback,
    instance: *mut c_void,
    home: Home,
}

// SAFETY: the pointer belongs to the plug-in, and is only passed to its code, through the gate.
unsafe impl Send for Gated {}
// SAFETY: as above.
unsafe impl Sync for Gated {}

impl engine::Gated for Gated {
    fn wrap(&self, given: abi::Suspension) -> abi::Suspension {
        let suspended = Suspended { given, home: self.home.clone(), resumed: Cell::new(false), cancelled: Cell::new(false) };
        abi::Suspension {
            user: Box::into_raw(Box::new(suspended)).cast(),
            resume: given.resume.map(|_| resume as abi::Resume),
            cancel: Some(cancel),
            release: Some(release),
            ..abi::Suspension::NONE
        }
    }
}

/// Creates a function that calls another one of an instance through the gate of its plug-in.
pub fn gated(function: &HostFunction, instance: *mut c_void, home: Home) -> Arc<HostFunction> {
    Arc::new(HostFunction {
        module: Arc::clone(&function.module),
        name: function.name.clone(),
        signature: function.signature.clone(),
        flags: function.flags,
        callback: pass,
        data: UserData::new(function.data.pointer(), None),
        receiver: Receiver::Gated(Box::new(Gated { callback: function.callback, instance, home })),
        plugin: function.plugin.clone(),
    })
}

unsafe extern "C-unwind" fn pass(gated: *mut c_void, caller: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    // SAFETY: the function was created with it, and it lives as long as the function.
    let gated = unsafe { &*gated.cast::<Gated>() };
    // SAFETY: the callback is passed the same arguments as without a gate.
    gated.home.call(caller, "called", || unsafe { (gated.callback)(gated.instance, caller, args, results) })
}

/// What a function suspended its guest with, and what was called of it.
struct Suspended {
    given: abi::Suspension,
    home: Home,
    resumed: Cell<bool>,
    cancelled: Cell<bool>,
}

// SAFETY: its functions are called through the gate, one at a time.
unsafe impl Send for Suspended {}

unsafe extern "C-unwind" fn resume(
    suspended: *mut c_void,
    caller: *mut Caller,
    completion: *const Completion,
    args: *const Value,
    results: *mut Value,
) -> Status {
    // SAFETY: `wrap` created it, and `release` comes last.
    let suspended = unsafe { &*suspended.cast::<Suspended>() };
    let Some(resume) = suspended.given.resume else { return abi::STATUS_INTERNAL };
    suspended.home.call(caller, "resumed", || {
        suspended.resumed.set(true);
        // SAFETY: the function is passed the same arguments as without a gate, and what was passed with it.
        unsafe { resume(suspended.given.user, caller, completion, args, results) }
    })
}

unsafe extern "C" fn cancel(suspended: *mut c_void) {
    // SAFETY: as above.
    unsafe { &*suspended.cast::<Suspended>() }.cancelled.set(true);
}

/// Releases what the plug-in suspended its guest with, now or when its code may run.
unsafe extern "C" fn release(suspended: *mut c_void) {
    // SAFETY: `wrap` created it from a box, and it is released once.
    let suspended = unsafe { Box::from_raw(suspended.cast::<Suspended>()) };
    let home = suspended.home.clone();
    drop(panics::catch(|| home.gate.finish(&home.name, "a suspended call", Some(home.thread), suspended)));
}

impl Drop for Suspended {
    fn drop(&mut self) {
        // One that may not be resumed on the thread that uses the context is cancelled.
        let refused = self.given.resume.is_some() && !self.resumed.get();
        if let Some(cancel) = self.given.cancel.filter(|_| self.cancelled.get() || refused) {
            // SAFETY: the plug-in passed it with its argument, and it is called once.
            unsafe { cancel(self.given.user) };
        }
        if let Some(release) = self.given.release {
            // SAFETY: as above; nothing is called with the argument afterwards.
            unsafe { release(self.given.user) };
        }
    }
}

/// Makes the call fail with an error.
fn refuse(caller: *mut Caller, not: &str, error: Error) -> Status {
    let status = error.status();
    let said = panics::catch(|| {
        // SAFETY: the caller is the one that this callback was passed.
        unsafe {
            with_caller(caller, |call| {
                let function = call.function();
                let message = format!("host function `{}.{}` was not {not}: {}", function.module, function.name, error.message());
                call.set_failure(Error::new(status, message));
                Ok(())
            })
        }
    });
    // Without the message there still is the status.
    drop(said);
    status
}
