//! Objects of C that are given back when they go out of scope, and what every call has to keep to.

use crate::c;
use libvm_abi as abi;
use std::ffi::CStr;
use std::ptr;

/// An object of C with the function that deletes it.
pub struct Owned<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Owned<T> {
    /// Makes an object; `None` when that fails.
    pub fn make(
        delete: unsafe extern "C" fn(*mut T),
        make: impl FnOnce(*mut *mut T, *mut *mut c::VM_Error) -> abi::Status,
    ) -> Option<Self> {
        let mut object = ptr::null_mut();
        let status = checked(|error| make(&mut object, error));
        assert_eq!(status == abi::STATUS_OK, !object.is_null());
        (status == abi::STATUS_OK).then_some(Self(object, delete))
    }

    /// The object for C.
    pub fn get(&self) -> *mut T {
        self.0
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the function that made it gave it to be deleted by this one, which happens once.
        unsafe { (self.1)(self.0) }
    }
}

/// Makes a call that can fail, and checks what the header promises of every failure: an error with the same status and a text
/// in UTF-8, and no fault of libvm's own.
pub fn checked(call: impl FnOnce(*mut *mut c::VM_Error) -> abi::Status) -> abi::Status {
    checked_trap(call).0
}

/// The same, with the code of the trap, or 0.
pub fn checked_trap(call: impl FnOnce(*mut *mut c::VM_Error) -> abi::Status) -> (abi::Status, c::VM_TrapCode) {
    let mut trap = 0;
    let mut error = ptr::null_mut();
    let status = call(&mut error);
    assert_eq!(status == abi::STATUS_OK, error.is_null(), "status {status}");
    assert!(status <= 0, "{status} is no failure");
    if !error.is_null() {
        // SAFETY: the call gave the error, whose texts live until it is deleted.
        unsafe {
            assert_eq!(c::VM_ErrorGetStatus(error), status);
            let message = CStr::from_ptr(c::VM_ErrorGetMessage(error)).to_str().expect("messages are UTF-8");
            assert!(message.len() > 5, "{status} says only {message:?}");
            assert_ne!(status, abi::STATUS_INTERNAL, "{message}");
            assert_ne!(CStr::from_ptr(c::VM_StatusGetName(status)), c"VM_STATUS_UNKNOWN");
            for text in [c::VM_ErrorGetModuleName(error), c::VM_ErrorGetFunctionName(error), c::VM_ErrorGetPluginName(error)] {
                assert!(text.is_null() || CStr::from_ptr(text).to_str().is_ok());
            }
            trap = c::VM_ErrorGetTrapCode(error);
            c::VM_ErrorDelete(error);
        }
    }
    (status, trap)
}
