//! Pointers of the host and of plug-ins.

use crate::stack;
use libvm_abi as abi;
use std::any::Any;
use std::ffi::c_void;

/// A pointer of the host or a plug-in with the function that frees it, which is called exactly once.
pub struct UserData {
    pointer: *mut c_void,
    free: Option<abi::Free>,
    owner: Option<Box<dyn Any + Send + Sync>>,
}

// SAFETY: the pointer is never dereferenced here; its owner promises (in the docs of every function that takes one) that
// it may be used on any thread on which a context is used.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// Takes ownership of the pointer: `free` is called when the last owner is dropped.
    pub fn new(pointer: *mut c_void, free: Option<abi::Free>) -> Self {
        Self { pointer, free, owner: None }
    }

    /// Takes a pointer that is freed when `owner` is dropped.
    pub fn owned(pointer: *mut c_void, owner: impl Any + Send + Sync) -> Self {
        Self { pointer, free: None, owner: Some(Box::new(owner)) }
    }

    /// Returns the pointer, or NULL without data.
    pub fn pointer_of(data: Option<&Self>) -> *mut c_void {
        data.map_or(std::ptr::null_mut(), Self::pointer)
    }

    /// Returns what frees the pointer when it is dropped, if that is an object.
    pub fn owner(&self) -> Option<&(dyn Any + Send + Sync)> {
        self.owner.as_deref()
    }

    /// Returns the pointer.
    #[inline]
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: whoever passed `free` promised that it accepts `pointer`; dropping happens once.
            stack::on_thread(|| unsafe { free(self.pointer) });
        }
    }
}
