//! Moving a context to another version of a plug-in, with everything that is linked to the old one.
#![forbid(unsafe_code)]

use super::link::{Problem, compare_functions};
use super::providers::Source;
use super::{Context, NOTHING};
use crate::engine::{Guest, HostFunction, InstancePointers, Receiver};
use crate::host::Item;
use crate::plugin::Plugin;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use crate::value::ExternType;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;

impl Context {
    /// Creates an instance of another version of a registered plug-in, passes it the state of the current instance, and replaces
    /// that, also for guests that are already linked. On failure nothing is changed.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_FOUND` if no version of it is registered; `STATUS_ALREADY_EXISTS` for a module name that is taken;
    /// `STATUS_INCOMPATIBLE_IMPORT` if a guest imports something that it does not have; `STATUS_BAD_PARAMETER` if a guest has a
    /// parameter that it does not compile; those of `PluginInstance::succeed`.
    pub fn update_plugin(&mut self, plugin: &Arc<Plugin>) -> Result<()> {
        let of_plugin = |error: Error| error.of_plugin(plugin.name());
        let Some(index) = self.plugins.version_of(plugin) else {
            let message = format!("no version of plug-in `{}` is registered in this context; register it", plugin.name());
            return Err(of_plugin(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message)));
        };
        let old = Arc::clone(&self.plugins.ordered[index].plugin);
        if Arc::ptr_eq(&old, plugin) {
            return Ok(());
        }
        if self.rare.as_ref().is_some_and(|rare| rare.providing.contains(&index)) {
            let message = format!(
                "{} provides functions for the module of a guest in this context alone, which version {} was not shown; create a new context",
                old.what(),
                plugin.version()
            );
            return Err(of_plugin(Error::new(abi::STATUS_INCOMPATIBLE_IMPORT, message)));
        }
        let is_old = |source: &Source| source.plugin() == Some(index);
        let sources = plugin.modules().iter().map(|module| (module.name(), Source::host(module, Some(index))));
        let mut sources = sources.collect::<Vec<_>>();
        let mut checked = sources.iter().map(|(name, source)| self.check_free(name, source, || plugin.what(), is_old));
        checked.try_for_each(|result| result.map_err(of_plugin))?;
        let bound = self.store.bound().filter(|(function, guest)| !guest.is_gone() && is_of(function, &old));
        for (function, guest) in bound {
            same_function(function, guest, plugin)?;
        }
        self.compile_parameters_with(index, plugin)?;
        let given = self.options_of(plugin.name()).unwrap_or(&NOTHING);
        let new = match self.plugins.instance(index) {
            Some(instance) => Some(instance.succeed(plugin, self.logger(), self.name.as_deref(), given, &self.grants)?),
            None => None,
        };

        // Nothing fails from here on.
        if let Some(new) = &new {
            self.store.rebind(|function, guest, module| {
                is_of(function, &old).then(|| match same_function(function, guest, plugin) {
                    Ok(function) => new.offer(function, guest.is_64(), module),
                    Err(_) => (missing(function, guest), InstancePointers::NONE),
                })
            });
        }
        let known: Vec<_> = self
            .providers
            .iter()
            .filter(|(_, provider)| is_old(&provider.source))
            .map(|(id, provider)| (id, Arc::clone(&provider.name)))
            .collect();
        for (id, name) in known {
            // The new version takes the old one's place in the order.
            if let Some(found) = sources.iter().position(|(new, _)| **new == *name) {
                self.providers.replace(id, sources.remove(found).1);
            }
        }
        self.providers.remove(|provider| is_old(&provider.source) && plugin.find_module(&provider.name).is_none());
        sources.into_iter().for_each(|(name, source)| self.providers.add(name, source));
        self.changes.settings += 1;
        let registered = &mut self.plugins.ordered[index];
        registered.plugin = Arc::clone(plugin);
        let former = std::mem::replace(&mut registered.instance, new.map(Arc::new));
        self.rare().former.push(old);
        let noted = self.note_hooks(index);
        drop(former);
        noted
    }
}

/// Returns whether a function that a guest imports is the plug-in's: an item has one provider in a context.
fn is_of(function: &HostFunction, plugin: &Plugin) -> bool {
    let has_item = || plugin.find_module(&function.module).is_some_and(|module| module.find(&function.name).is_some());
    function.plugin.as_deref() == Some(plugin.name()) && has_item()
}

/// Creates a stand-in for a function that a new version does not have, where only code left behind by a failed or removed
/// instance can call it.
fn missing(function: &HostFunction, guest: &Guest) -> Arc<HostFunction> {
    extern "C-unwind" fn fail(_: *mut c_void, _: *mut abi::Caller, _: *const abi::Value, _: *mut abi::Value) -> abi::Status {
        abi::STATUS_INCOMPATIBLE_IMPORT
    }
    Arc::new(HostFunction {
        module: Arc::clone(&function.module),
        name: function.name.clone(),
        signature: function.signature.func_type(guest.is_64().unwrap_or_default()).into(),
        flags: function.flags,
        callback: fail,
        data: UserData::new(std::ptr::null_mut(), None),
        receiver: Receiver::Instance,
        plugin: function.plugin.clone(),
    })
}

/// Returns the item of another version of a plug-in that replaces a function that a guest imports.
fn same_function<'a>(function: &HostFunction, guest: &Guest, plugin: &'a Plugin) -> Result<&'a Arc<HostFunction>> {
    let module = plugin.find_module(&function.module);
    let item = module.and_then(|module| module.find(&function.name).map(|index| module.item(index)));
    let why = match item {
        Some(Item::Function(found)) => {
            let wanted = ExternType::Func(function.signature.func_type(guest.is_64().unwrap_or_default()));
            match compare_functions(&found.signature, guest.is_64(), &wanted) {
                Ok(()) => return Ok(found),
                Err(Problem::Incompatible(why)) => format!("differs: {why}"),
                Err(Problem::Missing) => "does not exist".to_owned(),
            }
        }
        _ => "does not exist".to_owned(),
    };
    let (name, version) = (plugin.name(), plugin.version());
    let message = format!(
        "a guest in this context imports `{}.{}`, which in version {version} of plug-in `{name}` {why}; create a new context",
        function.module, function.name
    );
    let error = Error::new(abi::STATUS_INCOMPATIBLE_IMPORT, message).of_plugin(name);
    Err(error.in_function(&function.module, &function.name))
}
