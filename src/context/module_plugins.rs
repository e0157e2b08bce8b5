//! The plug-ins that modules bring into a context.
#![forbid(unsafe_code)]

use super::Context;
use crate::engine::Module;
use crate::plugin::PluginRegistry;
use crate::status::Result;
use std::sync::Arc;

impl Context {
    /// Sets the registry from which modules bring the plug-ins that they need, as far as its flags allow it; `None` for none.
    pub fn set_module_plugins(&mut self, registry: Option<Arc<PluginRegistry>>) {
        self.changes.settings += 1;
        self.module_plugins = registry;
    }

    /// Loads and registers the plug-ins that a module needs.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::load_for_module`] and `register_plugin`.
    pub(super) fn bring_plugins(&mut self, module: &Arc<Module>) -> Result<()> {
        let Some(registry) = self.module_plugins.clone() else { return Ok(()) };
        let provided = |import: &crate::engine::Import| self.providers.find(&import.module, &import.name).is_some();
        let (_, needed) = registry.load_for_module(module, &provided);
        needed?.plugins.iter().try_for_each(|plugin| self.register_plugin(plugin))
    }
}
