//! What a `VM_Caller` can do: functions of its table, exported under the names that types.h has inline.

use super::ffi::{c_text, null, required, text, with_values};
use super::guard::fault;
use super::memory::{copy_in, copy_out};
use crate::engine::{ActiveCall, with_caller};
use crate::host::signature_text;
use crate::panics;
use crate::status::{self, Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Buffer, Caller, Free, Ref, Status, Value};
use std::ffi::{c_char, c_void};

/// Runs the body of a caller's function. Why it fails is kept: should the callback fail with the same status, the guest's
/// error says it.
pub(super) fn with(caller: *mut Caller, work: impl FnOnce(&mut ActiveCall<'_>) -> Result<()>) -> Status {
    // SAFETY: a `VM_Caller` comes from this library, which the header says.
    let done = unsafe {
        with_caller(caller, |call| {
            let outcome = panics::catch(|| work(call));
            outcome.unwrap_or_else(|panic| Err(fault(&panic))).map_err(|error| {
                let status = error.status();
                call.set_failure(error);
                status
            })
        })
    };
    done.err().unwrap_or(abi::STATUS_OK)
}

/// Runs the body of a function that reads the error of the last one that failed, which stays the last one if this one fails too.
pub(super) fn with_failure(caller: *mut Caller, work: impl FnOnce(&mut ActiveCall<'_>, &Error) -> Result<(), Status>) -> Status {
    // SAFETY: a `VM_Caller` comes from this library, which the header says.
    let done = unsafe {
        with_caller(caller, |call| {
            let failure = call.failure().ok_or(abi::STATUS_NOT_FOUND)?;
            panics::catch(|| work(call, &failure)).unwrap_or(Err(abi::STATUS_INTERNAL))
        })
    };
    done.err().unwrap_or(abi::STATUS_OK)
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerTrap(caller: *mut Caller, text: *const c_char) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises a text that ends with NUL; what is not UTF-8 in it is shown as far as it can be.
        let text = (!text.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy());
        let what = text.map_or_else(|| "trapped".to_owned(), |text| format!("trapped: {text}"));
        Err(call.function().error(abi::STATUS_TRAP, &what))
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerFail(caller: *mut Caller, status: Status, text: *const c_char) -> Status {
    with(caller, |call| {
        let Some(name) = status::failure_name(status) else {
            let message = format!("called VM_CallerFail with {status}, which is not a failure");
            return Err(call.function().error(abi::STATUS_INVALID_ARGUMENT, &message));
        };
        // SAFETY: the caller promises a string that ends with NUL; what is not UTF-8 in it is shown as far as it can be.
        let text = (!text.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy());
        let what = text.map_or_else(|| format!("failed with {name}"), |text| format!("failed: {text}"));
        Err(call.function().error(status, &what))
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetMemorySize(caller: *mut Caller, size: *mut u64) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let size = required(unsafe { size.as_mut() }, "size")?;
        *size = call.memory_size()?;
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerReadMemory(caller: *mut Caller, address: u64, data: *mut c_void, size: usize) -> Status {
    with(caller, |call| copy_out(call.memory_span(address, size as u64)?, data))
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerWriteMemory(caller: *mut Caller, address: u64, data: *const c_void, size: usize) -> Status {
    with(caller, |call| copy_in(call.memory_span(address, size as u64)?, data))
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetMemorySpan(caller: *mut Caller, address: u64, size: u64, span: *mut Buffer) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let span = required(unsafe { span.as_mut() }, "span")?;
        *span = call.memory_span(address, size)?;
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerCall(
    caller: *mut Caller,
    name: *const c_char,
    args: *const Value,
    arg_count: usize,
    results: *mut Value,
    result_count: usize,
) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises a text that ends with NUL, and arrays of these lengths.
        unsafe {
            let name = text(name, "name")?;
            with_values((args, arg_count), (results, result_count), |args, results| call.call_export(name, args, results))
        }
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerCallRef(
    caller: *mut Caller,
    function: Ref,
    args: *const Value,
    arg_count: usize,
    results: *mut Value,
    result_count: usize,
) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises arrays of these lengths.
        unsafe { with_values((args, arg_count), (results, result_count), |args, results| call.call_ref(function, args, results)) }
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetContextData(caller: *mut Caller, data: *mut *mut c_void) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let data = required(unsafe { data.as_mut() }, "data")?;
        *data = call.context_data();
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerCreateExternRef(
    caller: *mut Caller,
    pointer: *mut c_void,
    free_pointer: Option<Free>,
    r#ref: *mut Ref,
) -> Status {
    let data = UserData::new(pointer, free_pointer);
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let out = required(unsafe { r#ref.as_mut() }, "ref")?;
        *out = call.create_extern_ref(data)?;
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetExternRef(caller: *mut Caller, r#ref: Ref, pointer: *mut *mut c_void) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let out = unsafe { pointer.as_mut() }.ok_or_else(|| null("pointer"))?;
        *out = UserData::pointer_of(call.extern_ref_data(r#ref)?);
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerRetainRef(caller: *mut Caller, r#ref: Ref) -> Status {
    with(caller, |call| call.retain_ref(r#ref))
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerReleaseRef(caller: *mut Caller, r#ref: Ref) -> Status {
    with(caller, |call| call.release_ref(r#ref))
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetExport(caller: *mut Caller, name: *const c_char, function: *mut Ref) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises a text that ends with NUL, and that `function` can be written to.
        let (name, out) = unsafe { (text(name, "name")?, required(function.as_mut(), "function")?) };
        *out = call.export_ref(name)?;
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetSignature(caller: *mut Caller, function: Ref, signature: *mut *const c_char) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let out = required(unsafe { signature.as_mut() }, "signature")?;
        let text = c_text(&signature_text(&call.func_type(function)?));
        *out = call.lend_signature(text);
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetErrorMessage(caller: *mut Caller, message: *mut *const c_char) -> Status {
    with_failure(caller, |call, failure| {
        // SAFETY: the caller promises that it can be written to.
        let out = unsafe { message.as_mut() }.ok_or(abi::STATUS_NULL_ARGUMENT)?;
        *out = call.lend_message(c_text(&failure.full_message()));
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerGetTimeLeft(caller: *mut Caller, ms: *mut u64) -> Status {
    with(caller, |call| {
        // SAFETY: the caller promises that it can be written to.
        let out = required(unsafe { ms.as_mut() }, "ms")?;
        *out = call.time_left();
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerExtendTime(caller: *mut Caller, ms: u64) -> Status {
    with(caller, |call| {
        call.extend_time(ms);
        Ok(())
    })
}

/// See types.h.
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_CallerConsumeFuel(caller: *mut Caller, units: u64) -> Status {
    with(caller, |call| call.consume_fuel(units))
}
