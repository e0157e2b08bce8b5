//! The counters of a context.
#![forbid(unsafe_code)]

use super::context::Context;
use super::context_config::ContextConfig;
use super::error::Result;

use crate::engine::Tier;

pub use crate::engine::EngineStatistics;
pub use crate::engine::watch::Statistics as CallStatistics;

/// What a context uses, and what it has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    /// Number of traps of its guests.
    pub traps: u64,
    /// Bytes of all linear memories.
    pub memory_bytes: u64,
    /// The most bytes that there were.
    pub memory_high_water: u64,
    /// The fuel that its guests have used.
    pub fuel: u64,
    /// Its calls, if they are [counted](ContextConfig::set_statistics).
    pub calls: Option<CallStatistics>,
}

impl ContextConfig {
    /// Sets whether calls are counted.
    pub fn set_statistics(&mut self, on: bool) -> &mut Self {
        self.inner_mut().watch.statistics = on;
        self
    }
}

impl Context {
    /// Returns the counters of the context.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn statistics(&self) -> Result<Statistics> {
        self.with(|context| {
            let store = context.store();
            let (usage, calls) = (store.usage(), store.statistics(None));
            Ok(Statistics {
                traps: usage.traps,
                memory_bytes: usage.memory_bytes,
                memory_high_water: usage.memory_high_water,
                fuel: usage.fuel,
                calls,
            })
        })
    }

    /// Returns how its guests run: [`Tier::Interpreter`] or [`Tier::Compiled`]. With [`Tier::Auto`] this is decided when the first module is
    /// instantiated.
    ///
    /// # Errors
    /// As for [`statistics`](Self::statistics).
    pub fn tier(&self) -> Result<Tier> {
        self.with(|context| Ok(context.store().tier()))
    }

    /// Returns the counters of the calls of a plug-in in the context, if they are [counted](ContextConfig::set_statistics).
    ///
    /// # Errors
    /// [`PLUGIN_NOT_FOUND`](crate::Status::PLUGIN_NOT_FOUND), [`UNSUPPORTED`](crate::Status::UNSUPPORTED) if calls are not counted, and
    /// as for [`statistics`](Self::statistics).
    pub fn plugin_statistics(&self, plugin: &str) -> Result<CallStatistics> {
        self.with(|context| context.plugin_statistics(plugin))
    }
}
