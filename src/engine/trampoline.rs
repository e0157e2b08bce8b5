//! Host calls.

use crate::value::FuncType;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;

/// A pointer of the host or a plug-in with the function that frees it, which runs exactly once.
pub struct UserData {
    pointer: *mut c_void,
    free: Option<abi::Free>,
}

// SAFETY: the pointer is never looked into here; who gives it promises (in the docs of every function that takes one) that
// it may be used on any thread on which a context is used.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// Takes the pointer over: `free` runs when the last owner is dropped.
    pub fn new(pointer: *mut c_void, free: Option<abi::Free>) -> Self {
        Self { pointer, free }
    }

    /// The pointer.
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the giver of `free` promised that it takes `pointer`; dropping happens once.
            unsafe { free(self.pointer) }
        }
    }
}

/// Whom a host function's first parameter points to.
pub enum Receiver {
    /// The `user` pointer that came with the function.
    User(UserData),
    /// The plug-in's instance in the context.
    Instance,
}

/// A host function apart from any context.
pub struct HostFunction {
    /// The wasm module it belongs to.
    pub module: Arc<str>,
    /// Its name in the module.
    pub name: Box<str>,
    /// Its type.
    pub ty: FuncType,
    /// What is called.
    pub callback: abi::Callback,
    /// What `caller->data` says.
    pub data: UserData,
    /// What the first parameter points to.
    pub receiver: Receiver,
    /// The plug-in's name.
    pub plugin: Option<Arc<str>>,
}
