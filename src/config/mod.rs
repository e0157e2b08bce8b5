//! Configuration files: settings that a host leaves to its operator. docs/configuration.md lists the keys.
#![forbid(unsafe_code)]

mod read;
#[cfg(test)]
mod tests;

use crate::engine::{CacheDirectory, EngineConfig, ModuleLimits, Profiler, StoreLimits, Tier};
use crate::plugin::Report;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::rules::Settings;
use crate::status::Result;

/// The contents of a configuration; what it does not set is `None` or empty. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The settings of plug-ins.
    pub plugins: Settings,
    /// How engines run guests.
    pub engine: EngineSettings,
    /// The resource limits of guests.
    pub limits: Limits,
}

/// How engines run guests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineSettings {
    /// Whether guests are interpreted or compiled.
    pub tier: Option<Tier>,
    /// Where compiled code is kept.
    pub cache_directory: Option<CacheDirectory>,
    /// Bytes of compiled code that are kept.
    pub cache_bytes: Option<u64>,
    /// Instances of the pool, and bytes of each of their memories; 0 for none, and for as many as 32-bit addresses reach.
    pub pool: Option<(usize, u64)>,
    /// Whether computed NaNs have the same bits on all machines.
    pub canonical_nans: Option<bool>,
    /// Whether traps of compiled guests arrive as signals.
    pub signal_handlers: Option<bool>,
    /// What is told to profilers.
    pub profiler: Option<Profiler>,
}

/// The resource limits of guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories of a context.
    pub memory_bytes: Option<u64>,
    /// Elements of all tables of a context.
    pub table_elements: Option<u64>,
    /// Bytes of each linear memory of a context.
    pub memory_size: Option<u64>,
    /// Instances of a context.
    pub instances: Option<u64>,
    /// Externrefs of a context.
    pub references: Option<u64>,
    /// Nested calls from the host into the guests of a context.
    pub call_depth: Option<usize>,
    /// Files that the guests of a context have open.
    pub open_files: Option<usize>,
    /// Bytes of a value stack of an engine.
    pub stack_bytes: Option<usize>,
    /// Nested calls of a guest in an engine.
    pub recursion_depth: Option<usize>,
    /// Nested blocks of a function in an engine.
    pub nesting_depth: Option<usize>,
    /// Locals of a function in an engine.
    pub locals: Option<usize>,
    /// Bytes of the body of a function in an engine.
    pub body_bytes: Option<usize>,
    /// Functions of a module in an engine.
    pub functions: Option<usize>,
    /// Imports of a module in an engine.
    pub imports: Option<usize>,
}

impl Config {
    /// Applies the settings of plug-ins. What the configuration does not mention is unchanged.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::configure`]; then nothing has changed.
    pub fn apply_to_registry(&self, registry: &PluginRegistry) -> Result<()> {
        registry.configure(&self.plugins)
    }

    /// Like [`Config::apply_to_registry`], with a report of the plug-ins that it names and that do not exist.
    ///
    /// # Errors
    /// As [`Config::apply_to_registry`].
    pub fn apply_and_report(&self, registry: &PluginRegistry) -> (Report, Result<()>) {
        registry.configure_and_report(&self.plugins)
    }

    /// Sets the limits that contexts have. Others are unchanged.
    pub fn apply_to_context(&self, to: &mut StoreLimits) {
        let from = &self.limits;
        to.memory_bytes = from.memory_bytes.unwrap_or(to.memory_bytes);
        to.memory_size = from.memory_size.unwrap_or(to.memory_size);
        to.table_elements = from.table_elements.unwrap_or(to.table_elements);
        to.instances = from.instances.unwrap_or(to.instances);
        to.references = from.references.unwrap_or(to.references);
        to.call_depth = from.call_depth.unwrap_or(to.call_depth);
        to.open_files = from.open_files.unwrap_or(to.open_files);
    }

    /// Sets how engines run guests, and the limits that engines have. What the configuration does not mention is unchanged.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH` for a directory of compiled code, or a profiler, which writes files, in a file that other users could have put
    /// in its place.
    pub fn apply_to_engine(&self, config: &mut EngineConfig) -> Result<()> {
        let mut changed = config.clone();
        let EngineSettings { tier, cache_directory, cache_bytes, pool, canonical_nans, signal_handlers, profiler } =
            self.engine.clone();
        if let Some(tier) = tier {
            changed.set_tier(tier);
        }
        if let Some(directory) = cache_directory {
            self.require_own("cache-directory")?;
            changed.set_cache_directory(directory);
        }
        if let Some(profiler) = profiler {
            self.require_own("profiler")?;
            changed.set_profiler(profiler);
        }
        pool.map_or(Ok(()), |(instances, memory)| changed.set_pooling(instances, memory))?;
        canonical_nans.into_iter().for_each(|canonical| changed.set_canonical_nans(canonical));
        signal_handlers.into_iter().for_each(|enabled| changed.set_signal_handlers(enabled));
        if let Some(bytes) = cache_bytes {
            changed.set_cache_size(bytes);
        }
        self.limits.stack_bytes.map_or(Ok(()), |bytes| changed.set_stack_size(bytes))?;
        self.limits.recursion_depth.map_or(Ok(()), |calls| changed.set_recursion_depth(calls))?;
        let module = changed.module_limits();
        changed.set_module_limits(ModuleLimits {
            nesting: self.limits.nesting_depth.unwrap_or(module.nesting),
            locals: self.limits.locals.unwrap_or(module.locals),
            body_bytes: self.limits.body_bytes.unwrap_or(module.body_bytes),
            functions: self.limits.functions.unwrap_or(module.functions),
            imports: self.limits.imports.unwrap_or(module.imports),
        })?;
        *config = changed;
        Ok(())
    }

    /// Checks that other users could not have put the file in its place, which has this key.
    fn require_own(&self, key: &str) -> Result<()> {
        let Some((path, provenance)) = &self.plugins.source else { return Ok(()) };
        let what = format!("`{key}` in {} is not used, because the file", path.display());
        provenance.require_own(&what).map_err(|error| error.at_path(path))
    }
}
