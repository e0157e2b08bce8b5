//! The engine: what all its stores and modules share.
#![forbid(unsafe_code)]

use super::registry::hold_registry;
use super::ticker::Ticker;
use super::{error, perf_map, pool};
use crate::engine::config::{EngineConfig, Profiler};
use crate::status::{Error, Result};
use crate::{system, thread};
use libvm_abi as abi;
use libvm_codegen::Settings;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Maximum number of frames that wasmtime records: it reserves memory for all of them.
const MOST_FRAMES: usize = 1 << 16;

/// Bytes of stack that a callback has on a fiber.
const CALLBACK_STACK: usize = 256 << 10;

/// Bytes of a fiber's stack for the frames that enter the guest.
const FIBER_FRAMES: usize = 16 << 10;

/// Runs compiled modules; shared by any number of threads.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// Its parts, which each store shares.
struct Inner {
    inner: wasmtime::Engine,
    settings: Settings,
    stack: usize,
    ticker: Option<Arc<Ticker>>,
    profiler: Profiler,
}

impl Engine {
    /// Creates an engine.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` for options that compiled code does not have, and on a processor or system for which there is none; those of
    /// `dump::open`.
    pub fn new(config: &EngineConfig) -> Result<Self> {
        let settings = settings(config);
        let stack = config.compiled_stack_size();
        let mut options = settings.config();
        options.max_wasm_stack(stack).async_stack_size(fiber_stack(stack) + FIBER_FRAMES);
        options.wasm_backtrace_max_frames(NonZeroUsize::new(recorded_frames(stack)).filter(|_| config.backtraces()));
        match config.profiler() {
            Profiler::None => {}
            Profiler::PerfMap => {
                perf_map::create()?;
                options.profiler(wasmtime::ProfilingStrategy::PerfMap);
            }
            Profiler::JitDump => open_dump()?,
        }
        if let Some(pooling) = config.pooling() {
            pool::configure(&mut options, pooling);
        }
        if settings.signals {
            // The handlers are installed for the whole process, and stay. Not under the lock: the loader has locks of its own.
            system::stay_loaded();
            thread::expect_traps();
        }
        let registry = hold_registry();
        let inner = wasmtime::Engine::new(&options);
        drop(registry);
        let inner = inner.map_err(|error| {
            if config.pooling().is_some() && error::is_out_of_memory(&error) {
                return pool::not_reserved(&error);
            }
            let message = format!("this system cannot run compiled code: {error:#}; use VM_TIER_INTERPRETER");
            Error::new(abi::STATUS_UNSUPPORTED, message)
        })?;
        let ticker = settings.interruption.then(|| Ticker::new(&inner));
        Ok(Self(Arc::new(Inner { inner, settings, stack, ticker, profiler: config.profiler() })))
    }

    /// Returns what modules have to be compiled with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Returns the size of the stack that guests have, on the thread that calls them.
    pub(super) fn stack(&self) -> usize {
        self.0.stack
    }

    /// Returns what makes guests look at their limits; `None` if they cannot be interrupted.
    pub(super) fn ticker(&self) -> Option<&Arc<Ticker>> {
        self.0.ticker.as_ref()
    }

    /// Returns whether the code of modules is written for profilers.
    #[cfg(target_os = "linux")]
    pub(super) fn dumps(&self) -> bool {
        self.0.profiler == Profiler::JitDump
    }

    /// Returns whether profilers are told the names of functions.
    pub(super) fn is_profiled(&self) -> bool {
        self.0.profiler != Profiler::None
    }

    /// Returns wasmtime's engine.
    pub(super) fn inner(&self) -> &wasmtime::Engine {
        &self.0.inner
    }
}

/// Creates the file in which profilers find the code of modules.
fn open_dump() -> Result<()> {
    #[cfg(target_os = "linux")]
    return super::dump::open();
    #[cfg(not(target_os = "linux"))]
    Err(Error::new(abi::STATUS_UNSUPPORTED, "the profiler VM_PROFILER_JITDUMP is one of Linux; set VM_PROFILER_NONE"))
}

/// Returns the size of the stack of a fiber whose guests have a stack of this size: they have as much as on a thread, and callbacks as much as
/// they have at least.
pub(super) fn fiber_stack(stack: usize) -> usize {
    stack + CALLBACK_STACK
}

/// Returns what the modules of an engine have to be compiled with.
pub fn settings(config: &EngineConfig) -> Settings {
    Settings {
        fuel: config.fuel_metering(),
        interruption: config.interruptible(),
        // The table of addresses is a good part of the code, which is read and hashed each time it comes from the cache.
        address_map: config.backtraces(),
        canonical_nans: config.canonical_nans(),
        signals: config.signal_handlers(),
        symbols: config.profiler() != Profiler::None,
        ..Settings::default()
    }
}

/// Returns how many frames wasmtime records when a guest fails: as many as fit on its stack, since the outermost ones are shown, too.
pub(super) fn recorded_frames(stack: usize) -> usize {
    // A frame has at least the address to return to, and the pointer to the frame that called it.
    (stack / 16).min(MOST_FRAMES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn options_become_settings_of_code() {
        let mut config = EngineConfig::default();
        assert_eq!(Engine::new(&config).map(|engine| engine.stack()).unwrap_or_default(), limits::COMPILED_STACK);
        assert_eq!(settings(&config), Settings { address_map: config.backtraces(), ..Settings::default() });
        // A size that is set counts, also if it is the interpreter's own.
        config.set_stack_size(limits::DEFAULT_STACK_SIZE).unwrap();
        assert_eq!(Engine::new(&config).map(|engine| engine.stack()).unwrap_or_default(), limits::DEFAULT_STACK_SIZE);
        config.set_fuel_metering(true);
        config.set_interruptible(true);
        let engine = Engine::new(&config).unwrap();
        assert!(engine.settings().fuel && engine.settings().interruption && engine.ticker().is_some());
    }
}
