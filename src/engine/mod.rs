//! The wasm engine. Higher floors do not know which one runs: this module is their whole interface to it.
//!
//! Only `interpreter/` names `wasmi`. The files beside it are independent of the engine: host functions with their frames and
//! calls, callers, handles, limits, guest buffers, and the functions of WASI.

mod attached;
mod bound;
mod bounds;
mod budget;
mod buffers;
mod call;
mod caller;
mod config;
mod control;
#[cfg(test)]
pub(crate) mod fault;
mod fingerprint;
mod frame;
mod fuel;
mod function;
mod guest;
mod handles;
mod home;
mod interface;
mod interpreter;
mod kind;
mod names;
mod limit;
mod number;
mod refusal;
mod released;
mod rewrite;
mod run;
mod scan;
mod source;
mod stage;
mod suspend;
pub mod wasi;
pub mod watch;

pub use config::{Compilation, EngineConfig, ModuleLimits, Proposal};
pub use control::{Control, Controls, Wake, cancel};
pub use function::{Gated, HostFunction, InstancePointers, Receiver};
pub use guest::{Guest, NO_MEMORY};
pub use handles::Handle;
pub use interface::{Export, Import, Interface};
pub use interpreter::{Engine, Extern, Module, Progress, Store, check_memory_type, check_table_type};
#[cfg(test)]
pub(crate) use interpreter::{Path, path_of};
pub use kind::Kind;
pub use limit::{Limit, LimitCallback, LimitRequest, StoreLimits};
pub use number::{Numbers, describe as describe_number};
pub use refusal::refusing;
pub use released::release;
pub use run::RunLimits;
pub use source::read_file;
pub use stage::Stage;
pub use suspend::{Completion, Suspension, complete, complete_with_failure};

use crate::status::{Result, Status};
use std::any::Any;

/// Locks what all contexts of the process share until the result is dropped, for use around `fork`.
pub fn hold_locks() -> Box<dyn Any> {
    // Lazily created statics are created now: a child would wait for the thread that was creating them.
    #[cfg(feature = "wasi")]
    let _ = wasi::names();
    Box::new((frame::pool(), home::unused(), released::contexts(), control::numbers(), suspend::tokens()))
}

/// The call that a `VM_Caller` belongs to, while a function of the caller runs.
pub type ActiveCall<'a> = caller::ActiveCall<interpreter::Lent<'a>>;

/// Claims the call that `caller` belongs to.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_STALE` outside of the call, `STATUS_WRONG_THREAD`, `STATUS_REENTRANT` if the callback
/// is in another function of the caller: one that calls the guest, or frees data of the host.
///
/// # Safety
/// `caller` is null or was passed to a callback by this library.
pub unsafe fn with_caller<R>(
    caller: *mut libvm_abi::Caller,
    work: impl FnOnce(&mut ActiveCall<'_>) -> Result<R, Status>,
) -> Result<R, Status> {
    // SAFETY: promised above; all contexts are of this engine.
    unsafe { caller::with_caller(caller, work) }
}
