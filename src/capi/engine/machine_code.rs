//! Options of machine code.

use super::EngineConfig;
use crate::capi::error::Error;
use crate::capi::ffi::required;
use crate::capi::guard::guard;
use crate::engine;
use crate::status;
use libvm_abi::{self as abi, Status};

/// What is told to profilers about the machine code of guests.
pub type Profiler = i32;
/// Nothing.
pub const PROFILER_NONE: Profiler = 0;
/// The addresses and names of functions, in the file `/tmp/perf-<process>.map`, in which `perf report` finds them.
pub const PROFILER_PERF_MAP: Profiler = 1;
/// The addresses, names and code of functions, in the file `jit-<process>.dump` of the working directory, which `perf inject --jit` reads. Linux only.
pub const PROFILER_JITDUMP: Profiler = 2;

const _: () = {
    use engine::Profiler as P;
    assert!(PROFILER_NONE == P::None as i32);
    assert!(PROFILER_PERF_MAP == P::PerfMap as i32);
    assert!(PROFILER_JITDUMP == P::JitDump as i32);
};

/// Sets whether each NaN that an instruction of a guest computes has the same bits on all machines: those of a positive quiet NaN without a
/// payload. Off by default: wasm leaves the sign and the payload open, and processors differ. If it is on, code with floats runs
/// slower. It needs VM_TIER_COMPILED: an engine of another tier is VM_STATUS_UNSUPPORTED when it is created.
///
/// @param config the configuration
/// @param canonical whether NaNs are canonical
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetCanonicalNaNs(
    config: Option<&mut EngineConfig>,
    canonical: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.set_canonical_nans(canonical);
        Ok(())
    })
}

/// Sets whether libvm installs signal handlers for traps of compiled guests; on by default. With them, the processor finds what traps, and the first
/// engine of the process that runs machine code installs handlers for SIGSEGV, SIGILL, SIGFPE and, on some systems, SIGBUS, which pass on all
/// other signals. Turn them off in a process whose runtime has handlers of its own, such as the JVM, Go or a sanitizer: code of guests then checks
/// before each instruction that can trap, which makes it slower, and is compiled and cached apart from other code. An engine of
/// VM_TIER_INTERPRETER has no handlers, and ignores this.
///
/// @param config the configuration
/// @param enabled whether handlers are installed
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetSignalHandlers(
    config: Option<&mut EngineConfig>,
    enabled: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.0.set_signal_handlers(enabled);
        Ok(())
    })
}

/// Sets what is told to profilers about the machine code of guests; the default is VM_PROFILER_NONE. Modules are then compiled with the names
/// of their functions. It needs VM_TIER_COMPILED or VM_TIER_AUTO: an engine of VM_TIER_INTERPRETER is VM_STATUS_UNSUPPORTED when it is
/// created, and so is one on a system without such profilers. Of the files that profilers read, that of VM_PROFILER_JITDUMP is created with the first
/// engine: VM_EngineCreate returns VM_STATUS_ALREADY_EXISTS if it exists, VM_STATUS_PERMISSION_DENIED or VM_STATUS_IO if it cannot be
/// created. docs/engines.md shows how to use them.
///
/// @param config the configuration
/// @param profiler VM_PROFILER_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a profiler)
/// @par Threads
/// [one thread per object]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetProfiler(
    config: Option<&mut EngineConfig>,
    profiler: Profiler,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        let known = usize::try_from(profiler).ok().and_then(|index| engine::Profiler::ALL.get(index));
        let known = known.ok_or_else(|| {
            status::Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{profiler} is not a profiler; see VM_PROFILER_*"))
        })?;
        config.0.set_profiler(*known);
        Ok(())
    })
}
