//! The service of compiled parameters: `libvm.parameters/1`.

use crate::engine::{ActiveCall, with_caller};
use crate::panics;
use crate::plugin::compiled::Compiled;
use libvm_abi::{self as abi, Caller, ParametersService, PluginHost, Status};
use std::ffi::c_void;

/// The table that plug-ins are passed.
pub static SERVICE: ParametersService = ParametersService { size: size_of::<ParametersService>() as u32, reserved: 0, get };

unsafe extern "C" fn get(host: *const PluginHost, caller: *mut Caller, kind: u32, id: u32, compiled: *mut *mut c_void) -> Status {
    if host.is_null() || compiled.is_null() {
        return abi::STATUS_NULL_ARGUMENT;
    }
    // SAFETY: it is not NULL, and the plug-in promises that it can be written to.
    unsafe { compiled.write(std::ptr::null_mut()) };
    let found = panics::catch(|| {
        // SAFETY: the plug-in passes the caller that it was passed, or NULL.
        unsafe {
            with_caller(caller, |call| {
                let parameters = call.parameters().and_then(|parameters| parameters.downcast_ref::<Compiled>());
                let found = parameters.and_then(|parameters| parameters.get(host.addr(), kind, id));
                found.ok_or_else(|| refuse(call, parameters, host.addr(), (kind, id)))
            })
        }
    });
    match found {
        Ok(Ok(pointer)) => {
            // SAFETY: as above.
            unsafe { compiled.write(pointer) };
            abi::STATUS_OK
        }
        Ok(Err(status)) => status,
        Err(_) => abi::STATUS_INTERNAL,
    }
}

/// Sets the reason why the call has no such parameter.
#[cold]
fn refuse(call: &ActiveCall<'_>, parameters: Option<&Compiled>, host: usize, (kind, id): (u32, u32)) -> Status {
    let none = || {
        let what = format!(
            "asked for parameter {id}, but the calling module has no custom section `libvm.param`; its author writes it with VM_PARAM of \
             <libvm/guest.h>"
        );
        (abi::STATUS_NOT_FOUND, what)
    };
    let (status, what) = parameters.map_or_else(none, |parameters| parameters.missing(host, kind, id));
    call.set_failure(call.function().error(status, &what));
    status
}
