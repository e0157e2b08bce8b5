//! Functions that the host calls itself, without a guest: the stages of streams.
#![forbid(unsafe_code)]

use super::Context;
use crate::engine::{Handle, HostFunction, InstancePointers, Kind};
use crate::host::Item;
use crate::plugin::{GivenOptions, Grants, Plugin};
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use crate::value::FuncType;
use libvm_abi as abi;
use std::sync::Arc;

impl Context {
    /// Returns the function that a guest exports as a stage.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, those of an invalid handle, `STATUS_WRONG_TYPE` if it has parameters or results.
    pub fn guest_stage(&mut self, instance: Handle, export: &str) -> Result<Handle> {
        let function = self.store.find(instance, Kind::Func, export)?;
        check_type(&self.store.func_type(function)?, &format!("the export `{}`", text::name(export)))?;
        Ok(function)
    }

    /// Binds a host's function as a stage.
    pub fn host_stage(&mut self, function: &Arc<HostFunction>) -> Handle {
        self.store.bind_called(function, InstancePointers::NONE)
    }

    /// Binds a function of a registered plug-in as a stage. It is found again if it was bound before.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_FOUND` if the plug-in is not registered, `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE`, and the errors of creating
    /// the plug-in's instance.
    pub fn plugin_stage(&mut self, plugin: &Plugin, module: Option<&str>, name: &str) -> Result<Handle> {
        let title = plugin.what();
        let not_registered = || {
            let message = format!("{title} is not registered in the context of the stream (VM_ContextRegisterPlugin)");
            Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(plugin.name())
        };
        let index = self.plugins.version_of(plugin).ok_or_else(not_registered)?;
        let plugin = Arc::clone(&self.plugins.ordered[index].plugin);
        let module = module.unwrap_or(plugin.name());
        let not_found = |what: String, known: String| {
            let message = format!("{} has no {what}; it has {known}", plugin.what());
            Error::new(abi::STATUS_NOT_FOUND, message).of_plugin(plugin.name())
        };
        let found = plugin.find_module(module).ok_or_else(|| {
            let known = similar::listed(module, plugin.modules().iter().map(|module| module.name()));
            not_found(format!("module `{}`", text::name(module)), known)
        })?;
        let function = match found.find(name).map(|index| found.item(index)) {
            Some(Item::Function(function)) => function,
            _ => {
                let known = similar::listed(name, found.items().map(|(name, _)| name));
                return Err(not_found(format!("function `{}.{}`", text::name(module), text::name(name)), known));
            }
        };
        check_type(&function.signature.func_type(false), &format!("the function `{module}.{name}`"))?;
        let key = (index, module.to_owned(), name.to_owned());
        if let Some(handle) = self.rare.as_ref().and_then(|rare| rare.stages.get(&key)) {
            return Ok(*handle);
        }
        self.make_instance(index)?;
        let instance = self.plugins.instance(index).expect("it was created above");
        let (function, pointers) = instance.offer(function, None, None);
        let handle = self.store.bind_called(&function, pointers);
        self.rare().stages.insert(key, handle);
        Ok(handle)
    }

    /// Returns the options that the host has set for a plug-in in this context.
    pub fn options_of(&self, plugin: &str) -> Option<&GivenOptions> {
        self.rare.as_ref()?.options.get(plugin)
    }

    /// Returns the permissions that the host has granted in this context.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }
}

/// Checks that a function handles events: it has no parameters and no results.
fn check_type(ty: &FuncType, what: &str) -> Result<()> {
    if ty.params.is_empty() && ty.results.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{what} cannot be a stage of a stream, because it is a function {ty}: a stage has no parameters and no results, and reads \
         its event through `libvm_stream` or the VM_Caller"
    );
    Err(Error::new(abi::STATUS_WRONG_TYPE, message))
}
