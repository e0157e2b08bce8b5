//! The wasm engine. Higher floors do not know which one runs: this module is their whole interface to it.
//!
//! Only `interpreter/` names `wasmi`, and only `compiled/` names `wasmtime`. The files beside them are the same for every engine: host
//! functions with their frames and calls, callers, handles, limits, guest buffers, items of stores, and the functions of WASI. Those
//! that higher floors see (`engine`, `module`, `store/`) choose between engines.

mod access;
mod arguments;
mod attached;
mod backend;
#[cfg(feature = "compiled")]
mod background;
mod bound;
mod bounds;
mod budget;
mod buffers;
#[cfg(feature = "compiled")]
pub mod cache;
mod caching;
mod call;
mod caller;
#[cfg(feature = "compiled")]
mod codes;
#[cfg(feature = "compiled")]
mod compiled;
mod config;
mod control;
#[cfg(feature = "compiled")]
mod difference;
#[allow(clippy::module_inception)] // it is what the module is named after
mod engine;
#[cfg(feature = "compiled")]
mod either;
mod entity;
mod executions;
#[cfg(test)]
pub(crate) mod fault;
mod fingerprint;
mod frame;
mod fuel;
mod function;
mod global;
mod guest;
mod handles;
mod home;
mod instances;
mod interface;
mod interpreter;
mod invoke;
mod kind;
mod lent;
#[cfg(feature = "compiled")]
mod machine;
mod names;
mod limit;
mod memory;
mod module;
mod number;
mod operand;
mod pooling;
mod prepared;
#[cfg(feature = "compiled")]
mod processor;
mod program;
mod raw;
mod recorded;
mod reference;
mod refusal;
mod released;
mod request;
mod rewrite;
mod run;
mod scan;
mod source;
mod stage;
#[cfg(feature = "compiled")]
mod standing;
mod state;
mod store;
mod suspend;
mod table;
mod tier;
mod trapped;
pub mod wasi;
pub mod watch;
mod watched;

pub use caching::{CacheDirectory, EngineStatistics};
#[cfg(feature = "compiled")]
pub use compiled::Prepared as PreparedCompiled;
#[cfg(feature = "compiled")]
pub use compiled::compiler;
pub use config::{Compilation, EngineConfig, ModuleLimits, Profiler, Proposal};
pub use control::{Control, Controls, Wake, cancel};
pub use engine::Engine;
pub use executions::Progress;
pub use function::{Gated, HostFunction, InstancePointers, Receiver};
pub use guest::{Guest, NO_MEMORY};
pub use handles::Handle;
pub use interface::{Export, Import, Interface};
#[cfg(test)]
pub(crate) use interpreter::{Path, path_of};
pub use interpreter::{check_memory_type, check_table_type};
pub use kind::Kind;
pub use limit::{Limit, LimitCallback, LimitRequest, StoreLimits};
pub use module::Module;
pub use number::{Numbers, describe as describe_number};
pub use raw::RawFunction;
pub use refusal::refusing;
pub use released::release;
pub use run::RunLimits;
pub use source::read_file;
pub use stage::Stage;
pub use store::{Extern, Store};
pub use suspend::{Completion, Suspension, complete, complete_with_failure};
pub use tier::Tier;

use crate::status::{Result, Status};
use std::any::Any;

/// Locks what all contexts of the process share until the result is dropped, for use around `fork`.
pub fn hold_locks() -> Box<dyn Any> {
    // Lazily created statics are created now: a child would wait for the thread that was creating them.
    let _ = StoreLimits::shared_default();
    #[cfg(feature = "wasi")]
    let _ = wasi::names();
    #[cfg(feature = "compiled")]
    let compiler = (compiler::hold_lock(), background::hold_lock(), compiled::hold_registry());
    #[cfg(not(feature = "compiled"))]
    let compiler = ();
    Box::new((compiler, frame::pool(), home::unused(), released::contexts(), control::numbers(), suspend::tokens()))
}

/// Forgets what threads of the parent were doing, in a child process.
pub fn forget_other_threads() {
    #[cfg(feature = "compiled")]
    background::forget();
}

/// The call that a `VM_Caller` belongs to, while a function of the caller runs.
pub type ActiveCall<'a> = caller::ActiveCall<AnyLent<'a>>;

/// The store that is lent to a host call, of any engine.
#[cfg(not(feature = "compiled"))]
type AnyLent<'a> = interpreter::Lent<'a>;
/// The store that is lent to a host call, of any engine.
#[cfg(feature = "compiled")]
type AnyLent<'a> = either::Lent<'a>;

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
    // SAFETY: promised above; the context of the call knows which engine it has.
    unsafe { caller::with_caller(caller, work) }
}
