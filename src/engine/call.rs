//! A host function as imported by an instance, and the errors of its calls.

use super::function::{HostFunction, InstancePointers};
use super::guest::Guest;
#[cfg(feature = "compiled")]
use super::raw::RawCall;
use super::suspend::Completion;
use crate::panics::{self, Panic};
use crate::status::{self, Error, Result};
use crate::value::{self, FuncType, Signature};
use libvm_abi as abi;
use std::any::Any;
use std::ffi::c_void;
use std::sync::Arc;

/// A host function as imported by an instance.
pub struct HostCall {
    pub callback: abi::Callback,
    /// The callback's first argument.
    pub receiver: *mut c_void,
    /// `caller->data`.
    pub data: *mut c_void,
    /// `caller->self`.
    pub myself: *mut abi::PluginInstance,
    /// What is called instead, with numbers without types.
    #[cfg(feature = "compiled")]
    pub raw: Option<RawCall>,
    /// Number of arguments and results that the callback sees.
    pub counts: (u32, u32),
    /// Its wasm type.
    pub ty: FuncType,
    /// Whether arguments are ranges of guest memory.
    pub takes_memory: bool,
    /// Whether something is done after each call, besides what its answer requires.
    pub followed: bool,
    /// Whether the execution's limits are looked at after each call.
    pub looks: bool,
    /// Whether the callback can be called without preparation, where it is called on the stack that the guest uses.
    pub direct: bool,
    pub function: Arc<HostFunction>,
    /// What its plug-in has compiled for the guest's module.
    pub parameters: Option<Arc<dyn Any + Send + Sync>>,
    pub guest: Arc<Guest>,
}

// SAFETY: the pointers belong to the plug-in or the host, which promised that they may be used on any thread.
unsafe impl Send for HostCall {}
// SAFETY: as above.
unsafe impl Sync for HostCall {}

impl HostCall {
    /// Creates the call data; `pointers` are the plug-in's; a function of the host has its own receiver.
    pub fn new(function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>, followed: bool) -> Self {
        Self {
            callback: function.callback,
            receiver: function.receiver.pointer(pointers.instance),
            data: function.data.pointer(),
            myself: pointers.myself,
            #[cfg(feature = "compiled")]
            raw: function.raw(),
            counts: counts(&function.signature),
            ty: function.signature.func_type(guest.is_64() == Some(true)),
            takes_memory: function.signature.takes_memory(),
            followed,
            looks: false,
            direct: !followed && !function.signature.takes_memory() && !function.may_suspend(),
            function: Arc::clone(function),
            parameters: pointers.parameters,
            guest: Arc::clone(guest),
        }
    }

    /// Calls another function of the same wasm type from now on.
    pub fn exchange(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers) {
        let next = Self { looks: self.looks, ..Self::new(function, pointers, &self.guest, self.followed) };
        assert!(next.ty == self.ty, "the trampoline is made for the type");
        #[cfg(feature = "compiled")]
        assert!(next.raw.is_some() == self.raw.is_some(), "the trampoline is made for numbers, or for values with types");
        *self = next;
    }

    /// Runs a part of libvm below wasm frames, through which a panic must not propagate.
    #[inline]
    pub fn guarded<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        panics::catch(work).unwrap_or_else(|panic| Err(self.panicked(&panic)))
    }

    /// Creates the error of a callback that returned `status`, with the reason that it may have set; it may have suspended its call.
    #[cold]
    pub fn failure(&self, status: abi::Status, suspended: bool, said: Option<Error>) -> Error {
        let function = &self.function;
        if let Some(error) = said {
            return function.claim(error);
        }
        match status::failure_name(status) {
            Some(name) => function.error(status, &format!("failed with {name}")),
            None if status == abi::STATUS_PENDING => {
                let what = "returned VM_STATUS_PENDING without suspending its call; return it after VM_CallerSuspend or \
                            VM_CallerStartCall has returned it";
                function.error(abi::STATUS_BAD_ANSWER, what)
            }
            None if suspended => {
                let what = format!("suspended its call and returned {status}; return VM_STATUS_PENDING after suspending a call");
                function.error(abi::STATUS_BAD_ANSWER, &what)
            }
            None => {
                let what = format!("returned {status}, which is not a valid status; return VM_STATUS_OK or a failure");
                function.error(abi::STATUS_BAD_ANSWER, &what)
            }
        }
    }

    /// Creates the error of a suspended call that was completed with a failure.
    #[cold]
    pub fn completed_with_failure(&self, completion: Completion) -> Error {
        let function = &self.function;
        if let Some(error) = completion.guest {
            return function.claim(error);
        }
        let what = completion.text.map_or_else(
            || format!("failed with {}", status::failure_name(completion.status).unwrap_or_default()),
            |text| format!("failed: {text}"),
        );
        function.error(completion.status, &what)
    }

    /// Creates the error of a suspended call that a function of the guest completed with this many results.
    #[cold]
    pub fn wrong_completion(&self, found: usize) -> Error {
        let what = format!(
            "returns {}, but the guest's function that completed its call returned {found}",
            status::counted(self.ty.results.len(), "result")
        );
        self.function.error(abi::STATUS_WRONG_COUNT, &what)
    }

    #[cold]
    fn panicked(&self, panic: &Panic) -> Error {
        let what = format!("met an internal error in libvm: {}", panic.text());
        self.function.error(abi::STATUS_INTERNAL, &what)
    }

    /// Creates the error of a result whose type differs from the signature.
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
                "did not set the type of its result {number}, which must be {expected}: write it as `results[{index}] = {}(…)`",
                value::constructor(expected)
            ),
            found => format!("returned {} as its result {number}, which must be {expected}", value::type_name(found)),
        };
        self.function.error(abi::STATUS_TRAP, &what)
    }
}

/// Number of arguments and results that a callback sees.
fn counts(signature: &Signature) -> (u32, u32) {
    (signature.params.len() as u32, signature.results.len() as u32)
}
