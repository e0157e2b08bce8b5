//! The plug-ins that modules need, and their parameters.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Result, guard};
use super::module::Module;
use super::plugin::{Loaded, PluginRegistry, load};
use crate::plugin::registry::rules;
use crate::plugin::{end_waiting, parameters};
use std::sync::Arc;

/// How modules may bring plug-ins into a registry; by default they may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModulePlugins {
    /// Those that the custom section `libvm.plugins` of a module names.
    pub declared: bool,
    /// Those that provide what a module imports.
    pub imports: bool,
    /// Those that other plug-ins answer with when they are shown a module.
    pub dependencies: bool,
}

impl ModulePlugins {
    fn flags(self) -> rules::ModulePlugins {
        let flags = [
            (self.declared, rules::MODULE_PLUGINS_DECLARED),
            (self.imports, rules::MODULE_PLUGINS_IMPORTS),
            (self.dependencies, rules::MODULE_PLUGINS_DEPENDENCIES),
        ];
        flags.into_iter().filter(|(is_set, _)| *is_set).fold(0, |all, (_, flag)| all | flag)
    }
}

impl PluginRegistry {
    /// Sets how modules may bring plug-ins into the registry.
    pub fn set_module_plugins(&self, how: ModulePlugins) {
        self.inner().set_module_plugins(how.flags());
    }

    /// Loads the plug-ins that a module needs, as far as [`set_module_plugins`](Self::set_module_plugins) allows it, from the directories
    /// that [`load_with_default_paths`](Self::load_with_default_paths) searches. If one of them cannot be found, none is loaded.
    ///
    /// # Errors
    /// [`BAD_PARAMETER`](crate::Status::BAD_PARAMETER) if the custom section is not valid,
    /// [`PLUGIN_NOT_FOUND`](crate::Status::PLUGIN_NOT_FOUND), [`PLUGIN_NOT_ALLOWED`](crate::Status::PLUGIN_NOT_ALLOWED) for a file outside
    /// of the directories, [`PLUGIN_DEPENDENCY`](crate::Status::PLUGIN_DEPENDENCY) if another version is loaded, and as for
    /// [`load_from_path`](Self::load_from_path).
    pub fn load_for_module(&self, module: &Module) -> Result<()> {
        self.load_for_module_with_report(module).1
    }

    /// As [`load_for_module`](Self::load_for_module), with a report of each file.
    pub fn load_for_module_with_report(&self, module: &Module) -> Loaded {
        load(|| {
            let (report, needed) = self.inner().load_for_module(module.inner(), &|_| false, &self.inner().plugins());
            (report, needed.map(drop))
        })
    }

    /// Compiles the parameters of a module by the plug-ins of the registry, so that the first instantiation does not have to.
    ///
    /// # Errors
    /// [`BAD_PARAMETER`](crate::Status::BAD_PARAMETER) with the position of the parameter that is not valid, and those of the plug-ins.
    pub fn prepare_module(&self, module: &Module) -> Result<()> {
        guard(|| {
            end_waiting();
            parameters::prepare(self.inner(), module.inner())
        })
    }
}

impl Context {
    /// Sets the registry from which modules bring the plug-ins that they need into the context: before a module is linked, they are loaded
    /// as by [`PluginRegistry::load_for_module`], and registered. `None` for none.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_module_plugins(&mut self, registry: Option<&PluginRegistry>) -> Result<()> {
        self.with(|context| {
            end_waiting();
            context.set_module_plugins(registry.map(|registry| Arc::clone(registry.inner())));
            Ok(())
        })
    }
}
