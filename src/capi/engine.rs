//! Engine
//!
//! An engine validates, translates and runs modules. One engine is enough for a program; several share nothing.

mod backtraces;
mod caching;
mod pooling;
mod machine_code;
mod metering;
mod tier;

pub use tier::Tier;

use super::error::Error;
use super::ffi::{hand_out, required};
use super::guard::{guard, guard_value};
use crate::engine::{self, ModuleLimits};
use crate::status;
use libvm_abi::{self as abi, Status};

/// A WebAssembly proposal that an engine can enable or disable.
pub type Proposal = i32;
/// Mutable globals can be imported and exported. On by default.
pub const PROPOSAL_MUTABLE_GLOBALS: Proposal = 0;
/// Sign-extension instructions. On by default.
pub const PROPOSAL_SIGN_EXTENSION: Proposal = 1;
/// Conversions of floats to integers that do not trap. On by default.
pub const PROPOSAL_SATURATING_FLOAT_TO_INT: Proposal = 2;
/// Several results of functions and blocks. On by default.
pub const PROPOSAL_MULTI_VALUE: Proposal = 3;
/// Several memories in a module. On by default.
pub const PROPOSAL_MULTI_MEMORY: Proposal = 4;
/// Bulk memory and table instructions. On by default.
pub const PROPOSAL_BULK_MEMORY: Proposal = 5;
/// `externref` and tables of references. On by default.
pub const PROPOSAL_REFERENCE_TYPES: Proposal = 6;
/// Tail calls. On by default.
pub const PROPOSAL_TAIL_CALL: Proposal = 7;
/// Arithmetic in constant expressions. On by default.
pub const PROPOSAL_EXTENDED_CONST: Proposal = 8;
/// Memories with another page size. Off by default.
pub const PROPOSAL_CUSTOM_PAGE_SIZES: Proposal = 9;
/// 64-bit memories and tables. On by default.
pub const PROPOSAL_MEMORY64: Proposal = 10;
/// 128-bit arithmetic. Off by default.
pub const PROPOSAL_WIDE_ARITHMETIC: Proposal = 11;
/// Vectors. On by default, in builds that have them.
pub const PROPOSAL_SIMD: Proposal = 12;
/// Relaxed vector instructions. On by default, in builds that have them.
pub const PROPOSAL_RELAXED_SIMD: Proposal = 13;
/// Floating-point numbers. On by default.
pub const PROPOSAL_FLOATS: Proposal = 14;

const _: () = {
    use engine::Proposal as P;
    assert!(PROPOSAL_MUTABLE_GLOBALS == P::MutableGlobals as i32);
    assert!(PROPOSAL_SIGN_EXTENSION == P::SignExtension as i32);
    assert!(PROPOSAL_SATURATING_FLOAT_TO_INT == P::SaturatingFloatToInt as i32);
    assert!(PROPOSAL_MULTI_VALUE == P::MultiValue as i32);
    assert!(PROPOSAL_MULTI_MEMORY == P::MultiMemory as i32);
    assert!(PROPOSAL_BULK_MEMORY == P::BulkMemory as i32);
    assert!(PROPOSAL_REFERENCE_TYPES == P::ReferenceTypes as i32);
    assert!(PROPOSAL_TAIL_CALL == P::TailCall as i32);
    assert!(PROPOSAL_EXTENDED_CONST == P::ExtendedConst as i32);
    assert!(PROPOSAL_CUSTOM_PAGE_SIZES == P::CustomPageSizes as i32);
    assert!(PROPOSAL_MEMORY64 == P::Memory64 as i32);
    assert!(PROPOSAL_WIDE_ARITHMETIC == P::WideArithmetic as i32);
    assert!(PROPOSAL_SIMD == P::Simd as i32);
    assert!(PROPOSAL_RELAXED_SIMD == P::RelaxedSimd as i32);
    assert!(PROPOSAL_FLOATS == P::Floats as i32);
};

/// When functions are translated to the code of the interpreter. A module is always validated as a whole when it is loaded.
pub type Compilation = i32;
/// Each function on its first call. The default.
pub const COMPILATION_LAZY: Compilation = 0;
/// All functions when the module is loaded.
pub const COMPILATION_EAGER: Compilation = 1;

/// The configuration of an engine.
pub struct EngineConfig(pub(super) engine::EngineConfig);

/// An engine: compiles and runs modules.
pub struct Engine(pub(super) engine::Engine);

/// Creates a configuration with the defaults.
///
/// @param config receives the configuration; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The caller owns it and frees it with VM_EngineConfigDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigCreate(config: Option<&mut *mut EngineConfig>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        hand_out(required(config, "config")?, EngineConfig(engine::EngineConfig::default()));
        Ok(())
    })
}

/// Enables or disables a WebAssembly proposal.
///
/// @param config the configuration
/// @param proposal VM_PROPOSAL_*
/// @param enabled whether modules may use the proposal
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a proposal), VM_STATUS_UNSUPPORTED (not in this build)
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetProposal(
    config: Option<&mut EngineConfig>,
    proposal: Proposal,
    enabled: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        let known = usize::try_from(proposal).ok().and_then(|index| engine::Proposal::ALL.get(index));
        let known = known.ok_or_else(|| {
            status::Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{proposal} is not a proposal; see VM_PROPOSAL_*"))
        })?;
        config.0.set_proposal(*known, enabled)
    })
}

/// Sets when the functions of a module are translated.
///
/// @param config the configuration
/// @param compilation VM_COMPILATION_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetCompilation(
    config: Option<&mut EngineConfig>,
    compilation: Compilation,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        config.0.set_compilation(match compilation {
            COMPILATION_LAZY => engine::Compilation::Lazy,
            COMPILATION_EAGER => engine::Compilation::Eager,
            other => {
                let message = format!("{other} is not a compilation mode; see VM_COMPILATION_*");
                return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        });
        Ok(())
    })
}

/// Sets how many bytes of stack the calls of a guest may use in total. The default is 16 MiB in the interpreter, whose stack is allocated
/// as needed. Compiled code has 512 KiB by default, of the stack of the thread, or of one of its own where the thread has too little left
/// (docs/engines.md). A guest that needs more traps with VM_TRAP_STACK_OVERFLOW; how many bytes a call takes depends on the
/// engine.
///
/// @param config the configuration
/// @param bytes how many bytes, 4 KiB to 1 GiB
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetStackSize(
    config: Option<&mut EngineConfig>,
    bytes: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || required(config, "config")?.0.set_stack_size(bytes))
}

/// Sets how many calls of an interpreted guest may be nested; the default is 65,536. A guest that nests more traps with
/// VM_TRAP_STACK_OVERFLOW. It may trap earlier: the stack is limited too (VM_EngineConfigSetStackSize), and calls need not be counted
/// exactly. Compiled code is limited by its stack alone. Calls between host and guest have a limit of their own (VM_STATUS_RECURSION_LIMIT), which this does not change.
///
/// @param config the configuration
/// @param calls how many calls, 1 to 16,777,216
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetRecursionDepth(
    config: Option<&mut EngineConfig>,
    calls: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || required(config, "config")?.0.set_recursion_depth(calls))
}

/// Sets how many threads can run guests of the engine at the same time without waiting for each other; the default is the number of
/// processors, 16 at most. More threads may run guests; then calls share what they lock for a moment. Contexts are spread over as
/// many parts of the engine, and a module is translated again in each part in which it is instantiated: 1 saves that memory in a
/// program whose guests run on one thread.
///
/// @param config the configuration
/// @param threads how many threads, 1 to 256
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetConcurrency(
    config: Option<&mut EngineConfig>,
    threads: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || required(config, "config")?.0.set_concurrency(threads))
}

fn set_module_limit(
    config: Option<&mut EngineConfig>,
    error: Option<&mut *mut Error>,
    change: impl FnOnce(&mut ModuleLimits),
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        let mut limits = config.0.module_limits();
        change(&mut limits);
        config.0.set_module_limits(limits)
    })
}

/// Sets how deeply the blocks of a function may be nested; the default is 32,768. A module with a function that exceeds the limit
/// is refused when it is loaded (VM_STATUS_LIMIT), as with the four limits below: they bound the memory that validating and
/// translating a module takes.
///
/// @param config the configuration
/// @param depth 0 to 16,777,216
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetNestingLimit(
    config: Option<&mut EngineConfig>,
    depth: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set_module_limit(config, error, |limits| limits.nesting = depth)
}

/// Sets how many locals a function may have, its parameters included; the default is 30,000.
///
/// @param config the configuration
/// @param count 0 to 30,000
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetLocalLimit(
    config: Option<&mut EngineConfig>,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set_module_limit(config, error, |limits| limits.locals = count)
}

/// Sets how large the body of a function may be; the default is 8 MiB.
///
/// @param config the configuration
/// @param bytes 0 to 1 GiB
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetBodySizeLimit(
    config: Option<&mut EngineConfig>,
    bytes: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set_module_limit(config, error, |limits| limits.body_bytes = bytes)
}

/// Sets how many functions a module may define; the default is 1,000,000.
///
/// @param config the configuration
/// @param count 0 to 1,000,000
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetFunctionLimit(
    config: Option<&mut EngineConfig>,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set_module_limit(config, error, |limits| limits.functions = count)
}

/// Sets how many items a module may import; the default is 100,000. Each import of a function takes memory in each instance.
///
/// @param config the configuration
/// @param count 0 to 1,000,000
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetImportLimit(
    config: Option<&mut EngineConfig>,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    set_module_limit(config, error, |limits| limits.imports = count)
}

/// Deletes a configuration.
///
/// @param config the configuration; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigDelete(config: Option<Box<EngineConfig>>) {
    guard_value((), || drop(config));
}

/// Creates an engine.
///
/// @param config the configuration; copied; NULL for the defaults
/// @param engine receives the engine; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (options that contradict each other; the value of LIBVM_TIER),
/// VM_STATUS_UNSUPPORTED (the tier is not possible here), VM_STATUS_OUT_OF_MEMORY (VM_EngineConfigSetPooling), VM_STATUS_ALREADY_EXISTS,
/// VM_STATUS_PERMISSION_DENIED and VM_STATUS_IO (VM_EngineConfigSetProfiler)
/// @par Ownership
/// The caller owns it and frees it with VM_EngineDelete. Modules and contexts keep what they need of it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineCreate(
    config: Option<&EngineConfig>,
    engine: Option<&mut *mut Engine>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(engine, "engine")?;
        super::fork::watch();
        let config = config.map_or_else(engine::EngineConfig::default, |config| config.0.clone());
        hand_out(out, Engine(engine::Engine::new(config)?));
        Ok(())
    })
}

/// Deletes an engine. Its modules and contexts stay valid.
///
/// @param engine the engine; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineDelete(engine: Option<Box<Engine>>) {
    guard_value((), || drop(engine));
}
