//! What a running callback requests: to have its call suspended, and to have the guest called meanwhile.
#![forbid(unsafe_code)]

use super::backend::Backend;
use super::handles::Handle;
use super::released;
use super::suspend::Waiting;
use libvm_abi::Value;

/// A request of a running callback to suspend its call.
pub struct Request<B: Backend> {
    /// The number of the call.
    pub call: u64,
    pub waiting: Waiting,
    pub start: Option<Start<B>>,
}

/// The guest's function that is to be called while the host call is suspended, with its arguments; references are retained.
pub struct Start<B: Backend> {
    pub func: B::Func,
    pub handle: Handle,
    pub args: Box<[Value]>,
}

impl<B: Backend> Drop for Start<B> {
    fn drop(&mut self) {
        released::release_all(&self.args);
        released::release(self.handle);
    }
}
