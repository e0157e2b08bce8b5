//! Engines.
#![forbid(unsafe_code)]

use super::error::{Result, guard};
use crate::engine::{self, CacheDirectory, Compilation, EngineStatistics, Profiler, Proposal, Tier};
use std::path::Path;

/// The configuration of an [`Engine`].
#[derive(Clone, Default)]
pub struct EngineConfig(engine::EngineConfig);

impl EngineConfig {
    /// Creates the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Switches a proposal of WebAssembly on or off.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) if this build does not have it.
    pub fn set_proposal(&mut self, proposal: Proposal, enabled: bool) -> Result<&mut Self> {
        self.0.set_proposal(proposal, enabled)?;
        Ok(self)
    }

    /// Sets when functions are translated.
    pub fn set_compilation(&mut self, compilation: Compilation) -> &mut Self {
        self.0.set_compilation(compilation);
        self
    }

    /// Sets whether guests are interpreted or compiled. Without it the environment variable `LIBVM_TIER` decides when the engine is
    /// created (`interpreter`, `compiled` or `auto`), and without that they are interpreted.
    pub fn set_tier(&mut self, tier: Tier) -> &mut Self {
        self.0.set_tier(tier);
        self
    }

    /// Sets whether each NaN that an instruction computes has the same bits on all machines, which needs [`Tier::Compiled`].
    pub fn set_canonical_nans(&mut self, canonical: bool) -> &mut Self {
        self.0.set_canonical_nans(canonical);
        self
    }

    /// Sets whether libvm installs signal handlers, for traps of compiled guests; on by default. A process whose runtime has handlers of its own turns
    /// them off, and guests run slower.
    pub fn set_signal_handlers(&mut self, enabled: bool) -> &mut Self {
        self.0.set_signal_handlers(enabled);
        self
    }

    /// Sets what is told to profilers about machine code, which [`Tier::Interpreter`] does not have.
    pub fn set_profiler(&mut self, profiler: Profiler) -> &mut Self {
        self.0.set_profiler(profiler);
        self
    }

    /// Sets the directory in which compiled code is kept: an empty path for none, `None` for the default, which is `libvm/code` in the
    /// user's directory for caches.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a relative path if the current directory is unknown.
    pub fn set_cache_directory(&mut self, directory: Option<&Path>) -> Result<&mut Self> {
        let directory = directory.map_or(Ok(CacheDirectory::User), CacheDirectory::new)?;
        self.0.set_cache_directory(directory);
        Ok(self)
    }

    /// Sets how many bytes of compiled code are kept: the rest is removed, beginning with what was used least recently.
    pub fn set_cache_size(&mut self, bytes: u64) -> &mut Self {
        self.0.set_cache_size(bytes);
        self
    }

    /// Sets for how many instances at the same time the engine reserves room, and how many bytes each of their memories can have: 0 for none,
    /// and for 4 GiB. The interpreter ignores it.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for more than 10,000 instances, or more than 4 GiB.
    pub fn set_pooling(&mut self, instances: usize, memory_bytes: u64) -> Result<&mut Self> {
        self.0.set_pooling(instances, memory_bytes)?;
        Ok(self)
    }

    /// Sets whether guests can be interrupted while they compute: by timeouts, compute limits and cancelling.
    pub fn set_interruptible(&mut self, interruptible: bool) -> &mut Self {
        self.0.set_interruptible(interruptible);
        self
    }

    /// Sets whether guests use fuel.
    pub fn set_fuel_metering(&mut self, metering: bool) -> &mut Self {
        self.0.set_fuel_metering(metering);
        self
    }

    /// Sets whether errors have the frames of all functions of the guests.
    pub fn set_backtraces(&mut self, backtraces: bool) -> &mut Self {
        self.0.set_backtraces(backtraces);
        self
    }

    /// Sets the size of the stack of guests in bytes.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a size that is not possible.
    pub fn set_stack_size(&mut self, bytes: usize) -> Result<&mut Self> {
        self.0.set_stack_size(bytes)?;
        Ok(self)
    }

    /// Sets how deeply calls inside of a guest can be nested.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a depth that is not possible.
    pub fn set_recursion_depth(&mut self, calls: usize) -> Result<&mut Self> {
        self.0.set_recursion_depth(calls)?;
        Ok(self)
    }

    /// Sets on how many threads guests are expected to run at once.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a number that is not possible.
    pub fn set_concurrency(&mut self, threads: usize) -> Result<&mut Self> {
        self.0.set_concurrency(threads)?;
        Ok(self)
    }

    fn set_module_limit(&mut self, change: impl FnOnce(&mut engine::ModuleLimits)) -> Result<&mut Self> {
        let mut limits = self.0.module_limits();
        change(&mut limits);
        self.0.set_module_limits(limits)?;
        Ok(self)
    }

    /// Limits how deeply the blocks of a function may be nested.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a limit that is not possible.
    pub fn set_nesting_limit(&mut self, depth: usize) -> Result<&mut Self> {
        self.set_module_limit(|limits| limits.nesting = depth)
    }

    /// Limits the number of locals of a function.
    ///
    /// # Errors
    /// As for [`set_nesting_limit`](Self::set_nesting_limit).
    pub fn set_local_limit(&mut self, count: usize) -> Result<&mut Self> {
        self.set_module_limit(|limits| limits.locals = count)
    }

    /// Limits the size of a function's body in bytes.
    ///
    /// # Errors
    /// As for [`set_nesting_limit`](Self::set_nesting_limit).
    pub fn set_body_size_limit(&mut self, bytes: usize) -> Result<&mut Self> {
        self.set_module_limit(|limits| limits.body_bytes = bytes)
    }

    /// Limits the number of functions of a module.
    ///
    /// # Errors
    /// As for [`set_nesting_limit`](Self::set_nesting_limit).
    pub fn set_function_limit(&mut self, count: usize) -> Result<&mut Self> {
        self.set_module_limit(|limits| limits.functions = count)
    }

    pub(super) fn inner_mut(&mut self) -> &mut engine::EngineConfig {
        &mut self.0
    }

    /// Limits the number of imports of a module.
    ///
    /// # Errors
    /// As for [`set_nesting_limit`](Self::set_nesting_limit).
    pub fn set_import_limit(&mut self, count: usize) -> Result<&mut Self> {
        self.set_module_limit(|limits| limits.imports = count)
    }
}

/// Validates, translates and runs modules. One engine is enough for a program; clones share it.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// let engine = vm::Engine::new()?;
/// let module = vm::Module::from_buffer(&engine, b"\0asm\x01\0\0\0")?;
/// assert_eq!(module.exports().count(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine(engine::Engine);

impl Engine {
    /// Creates an engine with the default configuration.
    ///
    /// # Errors
    /// Those of [`with_config`](Self::with_config).
    pub fn new() -> Result<Self> {
        Self::with_config(&EngineConfig::new())
    }

    /// Creates an engine.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for settings that do not go together or a wrong value of `LIBVM_TIER`,
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) for a tier that is not possible here.
    pub fn with_config(config: &EngineConfig) -> Result<Self> {
        guard(|| {
            crate::capi::watch_forks();
            engine::Engine::new(config.0.clone()).map(Self)
        })
    }

    /// Returns what it has compiled, and what its cache has done.
    pub fn statistics(&self) -> EngineStatistics {
        self.0.statistics()
    }

    pub(super) fn inner(&self) -> &engine::Engine {
        &self.0
    }
}
