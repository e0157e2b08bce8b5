//! Moving a context to another version of a plug-in, with all that is linked to the old one.
#![forbid(unsafe_code)]

use super::link::{Problem, compare_functions};
use super::{Context, NOTHING, Provider};
use crate::engine::{Guest, HostFunction};
use crate::host::Item;
use crate::plugin::Plugin;
use crate::status::{Error, Result};
use crate::value::ExternType;
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
        for (function, guest) in self.store.bound().filter(|(function, _)| is_of(function, &old)) {
            same_function(function, guest, plugin)?;
        }
        let given = self.options.get(plugin.name()).unwrap_or(&NOTHING);
        let new = instance.succeed(plugin, &self.logger, self.name.as_deref(), given, &self.grants)?;

        // Nothing fails from here on.
        self.store.rebind(|function, guest| {
            let found = same_function(function, guest, plugin).ok().filter(|_| is_of(function, &old));
            found.map(|function| new.offer(function, guest.is_64()))
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

/// What another version of a plug-in has in the place of a function that a guest imports.
fn same_function<'a>(function: &HostFunction, guest: &Guest, plugin: &'a Plugin) -> Result<&'a Arc<HostFunction>> {
    let module = plugin.find_module(&function.module);
    let item = module.and_then(|module| module.find(&function.name).map(|index| module.item(index)));
    let why = match item {
        Some(Item::Function(found)) => {
            let wanted = ExternType::Func(function.signature.func_type(guest.is_64().unwrap_or_default()));
            match compare_functions(&found.signature, guest.is_64(), &wanted) {
                Ok(()) => return Ok(found),
                Err(Problem::Missing(why) | Problem::Incompatible(why)) => format!("is another: {why}"),
                Err(Problem::Failed(error)) => return Err(error),
            }
        }
        _ => "is not there".to_owned(),
    };
    let (name, version) = (plugin.name(), plugin.version());
    let message = format!(
        "a guest in this context imports `{}.{}`, which in version {version} of plug-in `{name}` {why}; make a new context",
        function.module, function.name
    );
    let error = Error::new(abi::STATUS_INCOMPATIBLE_IMPORT, message).of_plugin(name);
    Err(error.in_function(&function.module, &function.name))
}
