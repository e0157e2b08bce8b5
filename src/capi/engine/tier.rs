//! The option that chooses between the interpreter and the compiled engine.

use super::EngineConfig;
use crate::capi::error::Error;
use crate::capi::ffi::required;
use crate::capi::guard::guard;
use crate::engine;
use crate::status;
use libvm_abi::{self as abi, Status};

/// How an engine runs guests.
pub type Tier = i32;
/// The interpreter: modules are ready at once.
pub const TIER_INTERPRETER: Tier = 0;
/// Machine code, several times as fast: modules are compiled when they are loaded, which takes long for large ones, unless the cache
/// has them.
pub const TIER_COMPILED: Tier = 1;
/// The interpreter at first, while the module is compiled on another thread: contexts in which the first module is instantiated after that run
/// machine code, as does the next start of the program, which finds it in the cache.
pub const TIER_AUTO: Tier = 2;

const _: () = {
    use engine::Tier as T;
    assert!(TIER_INTERPRETER == T::Interpreter as i32);
    assert!(TIER_COMPILED == T::Compiled as i32);
    assert!(TIER_AUTO == T::Auto as i32);
};

/// Sets how an engine runs guests. Without this call the environment variable LIBVM_TIER decides when the engine is created
/// (interpreter, compiled or auto; a process with more privileges than its user ignores it), and without that VM_TIER_INTERPRETER is
/// the default. Whether a tier is possible is found when the engine is created: VM_STATUS_UNSUPPORTED where guests cannot be
/// compiled, VM_STATUS_INVALID_ARGUMENT for VM_TIER_AUTO with fuel metering, since fuel is not the same in both kinds of code.
///
/// @param config the configuration
/// @param tier VM_TIER_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a tier)
/// @par Threads
/// [one thread per object]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_EngineConfigSetTier(
    config: Option<&mut EngineConfig>,
    tier: Tier,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let config = required(config, "config")?;
        let known = usize::try_from(tier).ok().and_then(|index| engine::Tier::ALL.get(index));
        let known = known
            .ok_or_else(|| status::Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{tier} is not a tier; see VM_TIER_*")))?;
        config.0.set_tier(*known);
        Ok(())
    })
}
