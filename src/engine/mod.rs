//! The wasm engine. Above this floor nobody knows which one runs: what stands here is all that is used of it.
//!
//! `interpreter/` is all that names `wasmi`. What stands beside it knows no engine: host functions with their frames and
//! calls, callers, handles, limits, guest buffers, and what WASI does.

mod bound;
mod bounds;
mod budget;
mod buffers;
mod call;
mod caller;
mod config;
#[cfg(test)]
pub(crate) mod fault;
mod frame;
mod function;
mod guest;
mod handles;
mod home;
mod interface;
mod interpreter;
mod kind;
mod released;
mod scan;
mod source;
pub mod wasi;

pub use budget::StoreLimits;
pub use config::{Compilation, EngineConfig, ModuleLimits, Proposal};
pub use function::{HostFunction, InstancePointers, Receiver};
pub use guest::{Guest, NO_MEMORY};
pub use handles::Handle;
pub use interface::{Export, Import, Interface};
pub use interpreter::{Engine, Extern, Module, Store};
#[cfg(test)]
pub(crate) use interpreter::{Path, path_of};
pub use kind::Kind;
pub use released::release;
pub use source::read_file;

use crate::status::{Result, Status};
use std::any::Any;

/// Holds what all contexts of the process share, until the result is dropped: for who forks.
pub fn hold_locks() -> Box<dyn Any> {
    // What is made once is made now: a child would wait for the thread that was making it.
    #[cfg(feature = "wasi")]
    let _ = wasi::names();
    Box::new((frame::pool(), home::unused(), released::contexts()))
}

/// The call that a `VM_Caller` stands for, while a function of the caller works on it.
pub type ActiveCall<'a> = caller::ActiveCall<interpreter::Lent<'a>>;

/// Works on the call that `caller` stands for.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_STALE` outside of the call, `STATUS_WRONG_THREAD`, `STATUS_REENTRANT` while the callback
/// is in another function of the caller: one that calls the guest, or frees what the host gave.
///
/// # Safety
/// `caller` is null or was given to a callback by this library.
pub unsafe fn with_caller<R>(
    caller: *mut libvm_abi::Caller,
    work: impl FnOnce(&mut ActiveCall<'_>) -> Result<R, Status>,
) -> Result<R, Status> {
    // SAFETY: promised above; all contexts are of this engine.
    unsafe { caller::with_caller(caller, work) }
}
