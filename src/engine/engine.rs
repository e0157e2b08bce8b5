//! The engine: what all its contexts and modules share.
#![forbid(unsafe_code)]

use super::caching::EngineStatistics;
#[cfg(feature = "compiled")]
use super::codes::Codes;
#[cfg(feature = "compiled")]
use super::compiled;
use super::config::EngineConfig;
use super::interpreter;
use super::limit::StoreLimits;
#[cfg(feature = "compiled")]
use super::machine::Source;
#[cfg(feature = "compiled")]
use super::tier::Tier;
use crate::status::Result;
use std::sync::Arc;

/// Loads and runs modules; shared by any number of threads.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// Its parts, which each context shares.
struct Inner {
    config: Arc<EngineConfig>,
    interpreter: interpreter::Engine,
    #[cfg(feature = "compiled")]
    compiled: Option<compiled::Engine>,
    #[cfg(feature = "compiled")]
    codes: Arc<Codes>,
}

impl Engine {
    /// Creates an engine.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for contradictory options, `STATUS_UNSUPPORTED` for a tier that is not possible here.
    pub fn new(mut config: EngineConfig) -> Result<Self> {
        let choice = config.check()?;
        #[cfg(feature = "compiled")]
        let (compiled, codes) = compiled(&config).map_err(|error| choice.explain(error))?;
        #[cfg(not(feature = "compiled"))]
        let _ = choice;
        let config = Arc::new(config);
        let inner = Inner {
            interpreter: interpreter::Engine::new(Arc::clone(&config)),
            #[cfg(feature = "compiled")]
            compiled,
            #[cfg(feature = "compiled")]
            codes,
            config,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Returns the interpreter, which validates all modules.
    pub(super) fn interpreter(&self) -> &interpreter::Engine {
        &self.0.interpreter
    }

    /// Returns the engine of compiled code, if contexts may use it.
    #[cfg(feature = "compiled")]
    pub(super) fn compiled(&self) -> Option<&compiled::Engine> {
        self.0.compiled.as_ref()
    }

    /// Returns where the machine code of a module comes from, if contexts may use it.
    #[cfg(feature = "compiled")]
    pub(super) fn source(&self, bytes: &[u8]) -> Option<Source> {
        Some(Source::new(&self.0.config, self.0.compiled.as_ref()?, &self.0.codes, bytes))
    }

    /// Returns whether it has modules for which contexts are interpreted.
    #[cfg(feature = "compiled")]
    pub(super) fn has_interpreted(&self) -> bool {
        self.0.codes.has_interpreted()
    }

    /// Returns what it has compiled, and what its cache has done.
    pub fn statistics(&self) -> EngineStatistics {
        #[cfg(feature = "compiled")]
        return self.0.codes.statistics();
        #[cfg(not(feature = "compiled"))]
        EngineStatistics::default()
    }

    /// Checks that contexts with these limits are possible in it.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a limit above what its pool has room for.
    pub fn check_limits(&self, limits: &StoreLimits) -> Result<()> {
        self.0.config.pooling().map_or(Ok(()), |pooling| pooling.check_limits(limits))
    }

    /// Returns its configuration.
    pub fn config(&self) -> &Arc<EngineConfig> {
        &self.0.config
    }

    /// Returns whether both are the same engine.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Creates the engine of compiled code, if guests may run there, and opens the cache.
#[cfg(feature = "compiled")]
fn compiled(config: &EngineConfig) -> Result<(Option<compiled::Engine>, Arc<Codes>)> {
    if config.tier() == Tier::Interpreter {
        return Ok((None, Arc::default()));
    }
    let engine = compiled::Engine::new(config)?;
    let codes = Codes::open(config.caching());
    // Without a compiler, an engine runs the code that others have compiled, and what can be interpreted.
    if config.tier() == Tier::Compiled && !codes.has_cache() {
        let other = "VM_TIER_AUTO needs no compiler: it runs code that was compiled before, and interprets the rest";
        compiled::compiler::availability().map_err(|error| error.with_line(other))?;
    }
    Ok((Some(engine), Arc::new(codes)))
}
