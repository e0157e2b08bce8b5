//! A host function as an instance imports it, and the errors of its calls.

use super::function::{HostFunction, InstancePointers};
use super::guest::Guest;
use crate::panics::{self, Panic};
use crate::status::{self, Error, Result};
use crate::value::{self, FuncType, Signature};
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A host function as an instance imports it.
pub struct HostCall {
    pub callback: abi::Callback,
    /// The callback's first argument.
    pub receiver: *mut c_void,
    /// `caller->data`.
    pub data: *mut c_void,
    /// `caller->self`.
    pub myself: *mut abi::PluginInstance,
    /// How many arguments and results the callback sees.
    pub counts: (u32, u32),
    /// Its type in wasm.
    pub ty: FuncType,
    /// Whether arguments are pieces of the guest's memory.
    pub takes_memory: bool,
    /// Whether nothing has to be done before the callback is called.
    pub direct: AtomicBool,
    pub function: Arc<HostFunction>,
    pub guest: Arc<Guest>,
}

// SAFETY: what the pointers point to is the plug-in's or the host's, which promised that it may be used on any thread.
unsafe impl Send for HostCall {}
// SAFETY: as above.
unsafe impl Sync for HostCall {}

impl HostCall {
    /// `pointers` are the plug-in's; a host's function has its own receiver.
    pub fn new(function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Self {
        Self {
            callback: function.callback,
            receiver: function.receiver.pointer(pointers.instance),
            data: function.data.pointer(),
            myself: pointers.myself,
            counts: counts(&function.signature),
            ty: function.signature.func_type(guest.is_64() == Some(true)),
            takes_memory: function.signature.takes_memory(),
            direct: AtomicBool::new(false),
            function: Arc::clone(function),
            guest: Arc::clone(guest),
        }
    }

    /// Calls another function of the same type in wasm from now on.
    pub fn exchange(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers) {
        let next = Self::new(function, pointers, &self.guest);
        assert!(next.ty == self.ty, "the trampoline is made for the type");
        *self = next;
    }

    /// Runs a part of libvm below wasm's frames, through which a panic must not go.
    #[inline]
    pub fn guarded<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        panics::catch(work).unwrap_or_else(|panic| Err(self.panicked(&panic)))
    }

    /// The error of a callback that returned `status`, for the reason that it may have given.
    #[cold]
    pub fn failure(&self, status: abi::Status, said: Option<Error>) -> Error {
        let function = &self.function;
        if let Some(error) = said {
            return function.claim(error);
        }
        match status::failure_name(status) {
            Some(name) => function.error(status, &format!("failed with {name}")),
            None => {
                let what = format!("returned {status}, which is not a valid status; return VM_STATUS_OK or a failure");
                function.error(abi::STATUS_BAD_ANSWER, &what)
            }
        }
    }

    #[cold]
    fn panicked(&self, panic: &Panic) -> Error {
        let what = format!("met an internal error in libvm: {}", panic.text());
        self.function.error(abi::STATUS_INTERNAL, &what)
    }

    /// The error of a result that has another type than the signature says.
    #[cold]
    pub fn wrong_result(&self, index: usize, found: abi::ValType) -> Error {
        let describe = || Err(self.describe_wrong_result(index, found));
        let Err(error) = self.guarded::<std::convert::Infallible>(describe);
        error
    }

    fn describe_wrong_result(&self, index: usize, found: abi::ValType) -> Error {
        let expected = self.ty.results[index];
        let number = index + 1;
        let what = match found {
            abi::VALTYPE_NONE => format!(
                "did not set the type of its result {number}, which is {expected}: write it as `results[{index}] = {}(…)`",
                value::constructor(expected)
            ),
            found => format!("returned {} as its result {number}, which is {expected}", value::type_name(found)),
        };
        self.function.error(abi::STATUS_TRAP, &what)
    }
}

/// How many arguments and results a callback sees.
fn counts(signature: &Signature) -> (u32, u32) {
    (signature.params.len() as u32, signature.results.len() as u32)
}
