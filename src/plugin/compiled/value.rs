//! A compiled parameter.

use libvm_abi as abi;
use std::ffi::c_void;

/// What a compiler has made; it is released when this is dropped, which must be in the plug-in's gate and before its `cleanup`.
pub struct Value {
    pointer: *mut c_void,
    data: *mut c_void,
    release: Option<abi::ReleaseCompiled>,
}

// SAFETY: the pointers are the plug-in's, which promised that they may be used on any thread.
unsafe impl Send for Value {}
// SAFETY: as above.
unsafe impl Sync for Value {}

impl Value {
    /// Takes what a compile function has made; `data` is that of `initialize`.
    pub fn new(pointer: *mut c_void, data: *mut c_void, release: Option<abi::ReleaseCompiled>) -> Self {
        Self { pointer, data, release }
    }

    /// Returns the pointer that calls get.
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the plug-in's own function, with its data and what its compile function returned, once.
            unsafe { release(self.data, self.pointer) }
        }
    }
}
