//! The plug-ins and functions that modules bring into a context.
#![forbid(unsafe_code)]

use super::Context;
use super::providers::Source;
use crate::engine::{Import, Module};
use crate::plugin::native::answer::Provided;
use crate::plugin::{Answered, Plugin, PluginRegistry};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::sync::Arc;

/// The functions that registered plug-ins provide for one module.
#[derive(Default)]
pub(super) struct Brought(Vec<(usize, Answered)>);

impl Brought {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the function for an import, with the index of its plug-in.
    pub fn find(&self, import: &Import) -> Option<(usize, &Provided)> {
        self.0.iter().find_map(|(plugin, by)| Some((*plugin, by.answer.find(&import.module, &import.name)?)))
    }

    /// Returns the plug-ins that have a function for an import.
    fn providers<'a>(&'a self, import: &'a Import) -> impl Iterator<Item = &'a Arc<Plugin>> {
        let answers = self.0.iter().filter(|(_, by)| by.answer.find(&import.module, &import.name).is_some());
        answers.map(|(_, by)| &by.plugin)
    }
}

impl Context {
    /// Sets the registry from which modules bring the plug-ins that they need, as far as its flags allow it; `None` for none.
    pub fn set_module_plugins(&mut self, registry: Option<Arc<PluginRegistry>>) {
        self.changes.settings += 1;
        if self.rare.is_some() || registry.is_some() {
            self.rare().module_plugins = registry;
        }
    }

    /// Returns that registry.
    pub(super) fn module_plugins(&self) -> Option<&Arc<PluginRegistry>> {
        self.rare.as_ref()?.module_plugins.as_ref()
    }

    /// Loads and registers the plug-ins that a module needs; returns what they provide for it alone.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::load_for_module`] and `register_plugin`; `STATUS_ALREADY_EXISTS` for an import with another provider.
    pub(super) fn bring_plugins(&mut self, module: &Arc<Module>) -> Result<Brought> {
        let Some(registry) = self.module_plugins().cloned() else { return Ok(Brought::default()) };
        let provided = |import: &Import| self.providers.find(&import.module, &import.name).is_some();
        let registered = self.plugins.ordered.iter().map(|registered| &registered.plugin);
        let asked: Vec<_> = registered.filter(|plugin| registry.has_loaded(plugin)).cloned().collect();
        let (_, needed) = registry.load_for_module(module, &provided, &asked);
        let needed = needed?;
        for plugin in needed.plugins.iter().filter(|plugin| self.plugins.version_of(plugin).is_none()).collect::<Vec<_>>() {
            self.register_plugin(plugin)?;
        }
        let mut brought = Brought::default();
        for by in needed.answers.into_iter().filter(|by| by.answer.function_count() > 0) {
            self.register_plugin(&by.plugin)?;
            brought.0.extend(self.plugins.version_of(&by.plugin).map(|index| (index, by)));
        }
        if !brought.is_empty() {
            module.imports().iter().try_for_each(|import| self.require_one_provider(import, &brought))?;
        }
        Ok(brought)
    }

    /// Checks that an import with a function for the module alone has no other provider.
    fn require_one_provider(&self, import: &Import, brought: &Brought) -> Result<()> {
        let mut plugins = brought.providers(import);
        let Some(plugin) = plugins.next() else { return Ok(()) };
        let known = self.providers.find(&import.module, &import.name).map(|(_, source): (_, &Source)| self.describe(source));
        let Some(other) = known.or_else(|| plugins.next().map(|plugin| plugin.what())) else { return Ok(()) };
        let message = format!(
            "`{}.{}` is provided twice: by {other}, and for this module by {}",
            text::name(&import.module),
            text::name(&import.name),
            plugin.what()
        );
        let error = Error::new(abi::STATUS_ALREADY_EXISTS, message).in_function(&import.module, &import.name);
        Err(error.of_plugin(plugin.name()))
    }
}
