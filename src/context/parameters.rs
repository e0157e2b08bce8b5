//! Parameters of modules: compiled when a module is first instantiated with a plug-in.
#![forbid(unsafe_code)]

use super::Context;
use crate::engine::Module;
use crate::plugin::{Plugin, parameters};
use crate::status::Result;
use std::sync::Arc;

/// Where plug-ins are, in messages.
const SCOPE: &str = "registered in this context";

impl Context {
    /// Compiles the parameters of a module, as far as that was not done. In a replay no plug-in is called.
    ///
    /// # Errors
    /// Those of `parameters::compile`.
    pub(super) fn compile_parameters(&self, module: &Module) -> Result<()> {
        if self.replayed().is_some() {
            return Ok(());
        }
        parameters::compile(module, self.plugins.ordered.iter().map(|registered| &registered.plugin), SCOPE)
    }

    /// Compiles the parameters of all modules that have been instantiated, with another version of the plug-in at an index.
    ///
    /// # Errors
    /// Those of `parameters::compile`.
    pub(super) fn compile_parameters_with(&self, index: usize, plugin: &Arc<Plugin>) -> Result<()> {
        let plugins = self.plugins.ordered.iter().enumerate();
        let plugins = plugins.map(|(at, registered)| if at == index { plugin } else { &registered.plugin });
        self.store.modules().try_for_each(|module| parameters::compile(module, plugins.clone(), SCOPE))
    }
}
