//! Moving a context to another version of a plug-in, with all that is linked to the old one.
#![forbid(unsafe_code)]

use super::{Context, NOTHING, Provider};
use crate::engine::trampoline::HostFunction;
use crate::host::Item;
use crate::plugin::Plugin;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::sync::Arc;

impl Context {
    /// Makes an instance of another version of a registered plug-in, gives it the state of the one that is there, and lets
    /// guests call it in the place of that, also those that are linked already. On failure all stays as it was.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_FOUND` when no version of it is registered; `STATUS_ALREADY_EXISTS` for a module name that is taken;
    /// `STATUS_INCOMPATIBLE_IMPORT` when a guest imports what it does not have; those of `PluginInstance::succeed`.
    pub fn update_plugin(&mut self, plugin: &Arc<Plugin>) -> Result<()> {
        let of_plugin = |error: Error| error.of_plugin(plugin.name());
        let Some(index) = self.plugins.0.iter().position(|instance| instance.plugin().is_version_of(plugin)) else {
            let message = format!("no version of plug-in `{}` is registered in this context; register it", plugin.name());
            return Err(of_plugin(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message)));
        };
        let instance = &self.plugins.0[index];
        let old = Arc::clone(instance.plugin());
        if Arc::ptr_eq(&old, plugin) {
            return Ok(());
        }
        let mut added = plugin.modules().iter().filter(|module| old.find_module(module.name()).is_none());
        added.try_for_each(|module| self.check_free(module.name())).map_err(of_plugin)?;
        for function in self.store.bound().filter(|function| is_of(function, &old)) {
            same_function(function, &old, plugin)?;
        }
        let given = self.options.get(plugin.name()).unwrap_or(&NOTHING);
        let new = instance.succeed(plugin, &self.logger, self.name.as_deref(), given, &self.grants)?;

        // Nothing fails from here on.
        self.store.rebind(|function, is_64| {
            let found = same_function(function, &old, plugin).ok().filter(|_| is_of(function, &old));
            found.map(|function| new.offer(function, is_64))
        });
        self.providers.retain(|_, provider| !matches!(provider, Provider::Host { plugin, .. } if *plugin == Some(index)));
        plugin.modules().iter().for_each(|module| self.provide(Arc::clone(module), Some(index)));
        let former = std::mem::replace(&mut self.plugins.0[index], new);
        self.former.push(old);
        drop(former);
        Ok(())
    }
}

/// Whether a function that a guest imports is the plug-in's: module names are taken once in a context.
fn is_of(function: &HostFunction, plugin: &Plugin) -> bool {
    function.plugin.as_deref() == Some(plugin.name()) && plugin.find_module(&function.module).is_some()
}

/// The plug-in's own function of the same names.
fn find<'a>(plugin: &'a Plugin, function: &HostFunction) -> Option<&'a Arc<HostFunction>> {
    let module = plugin.find_module(&function.module)?;
    match module.item(module.find(&function.name)?) {
        Item::Function(found) => Some(found),
        _ => None,
    }
}

/// What another version of a plug-in has in the place of a function.
fn same_function<'a>(function: &HostFunction, old: &Plugin, plugin: &'a Plugin) -> Result<&'a Arc<HostFunction>> {
    // What is bound may stand for the plug-in's own, with another signature: one that refuses takes no buffers.
    let own = find(old, function).map_or(&function.signature, |own| &own.signature);
    let why = match find(plugin, function) {
        Some(found) if found.signature == *own => return Ok(found),
        Some(_) => "has it with another signature",
        None => "does not have it",
    };
    let (name, version) = (plugin.name(), plugin.version());
    let message = format!(
        "a guest in this context imports `{}.{}`, and version {version} of plug-in `{name}` {why}; make a new context for it",
        function.module, function.name
    );
    let error = Error::new(abi::STATUS_INCOMPATIBLE_IMPORT, message).of_plugin(name);
    Err(error.in_function(&function.module, &function.name))
}
