//! Registration: host modules, plug-ins, instances and WASI become providers of imports.
#![forbid(unsafe_code)]

use super::providers::Source;
use super::{Context, NOTHING};
use crate::engine::{Handle, Module};
use crate::host::HostModule;
use crate::limits::MAX_SHOWN_NAMES;
use crate::plugin::{Plugin, PluginRegistry};
use crate::similar;
use crate::status::{Error, Result, counted};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Context {
    /// Registers and seals a host module.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS` for an item that another provider of the same module name has.
    pub fn register_module(&mut self, module: &Arc<HostModule>) -> Result<()> {
        if self.providers.of(module.name()).any(|source| source.is_module(module)) {
            let message = format!("host module `{}` is already registered in this context", text::name(module.name()));
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message));
        }
        let source = Source::host(module, None);
        self.check_free(module.name(), &source, || format!("host module `{}`", text::name(module.name())), |_| false)?;
        self.providers.add(module.name(), source);
        Ok(())
    }

    /// Returns whether a registered host module with this name has functions that require permissions.
    pub(super) fn needs_permissions(&self, name: &str) -> bool {
        let needs = |source: &Source| matches!(source, Source::Host { module, plugin: None, .. } if module.has_permissions());
        self.providers.of(name).any(needs)
    }

    /// Checks that no other provider of a module name has an item of a source; `what` is the name of the source in messages, and
    /// providers for which `except` returns true are ignored.
    pub(super) fn check_free(
        &self,
        name: &str,
        source: &Source,
        what: impl FnOnce() -> String,
        except: impl Fn(&Source) -> bool,
    ) -> Result<()> {
        let Some((first, item)) = self.providers.conflict(name, source, except) else { return Ok(()) };
        let message = format!(
            "`{}.{}` is provided twice: by {}, and by {}; {}",
            text::name(name),
            text::name(item),
            self.describe(first),
            what(),
            match first {
                Source::Instance { .. } => "rename one of them, or remove the registered instance (VM_ContextRemoveInstance)",
                _ => "rename one of them, or register only one of the two",
            }
        );
        Err(Error::new(abi::STATUS_ALREADY_EXISTS, message).in_function(name, item))
    }

    /// Returns the name of a provider in messages.
    pub(super) fn describe(&self, source: &Source) -> String {
        match source {
            Source::Host { module, plugin: None, .. } => format!("the registered host module `{}`", text::name(module.name())),
            Source::Host { plugin: Some(index), .. } => format!("the registered {}", self.plugins.ordered[*index].plugin.what()),
            Source::Instance { .. } => "a registered wasm instance".to_owned(),
            #[cfg(feature = "wasi")]
            Source::Wasi => "WASI preview 1".to_owned(),
        }
    }

    /// Creates an instance of a plug-in and registers its modules; a plug-in that is already registered is unchanged.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS` for an item that another provider has, or another version of the plug-in, and the errors of the plug-in's
    /// create function: then nothing of the plug-in is registered.
    pub fn register_plugin(&mut self, plugin: &Arc<Plugin>) -> Result<()> {
        if let Some(index) = self.plugins.version_of(plugin) {
            let registered = &self.plugins.ordered[index].plugin;
            if Arc::ptr_eq(registered, plugin) {
                return Ok(());
            }
            let message = format!(
                "version {} of plug-in `{}` is registered in this context; VM_ContextUpdatePlugin moves it to {}",
                registered.version(),
                plugin.name(),
                plugin.version()
            );
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message).of_plugin(plugin.name()));
        }
        let index = self.plugins.ordered.len();
        let sources = plugin.modules().iter().map(|module| (module.name(), Source::host(module, Some(index))));
        let sources = sources.collect::<Vec<_>>();
        let mut checked = sources.iter().map(|(name, source)| self.check_free(name, source, || plugin.what(), |_| false));
        checked.try_for_each(|result| result.map_err(|error| error.of_plugin(plugin.name())))?;
        self.plugins.push(plugin);
        if let Err(error) = self.make_instance(index) {
            self.plugins.pop();
            return Err(error);
        }
        sources.into_iter().for_each(|(name, source)| self.providers.add(name, source));
        let told = self.note_hooks(index).and_then(|()| self.tell_registered(index));
        told.map_err(|error| self.unregister_last(index, error))
    }

    /// Ensures that a registered plug-in has an instance in this context.
    ///
    /// # Errors
    /// The errors of its create function.
    pub(super) fn make_instance(&mut self, index: usize) -> Result<()> {
        let registered = &self.plugins.ordered[index];
        if registered.instance.is_none() {
            let plugin = &registered.plugin;
            let given = self.options_of(plugin.name()).unwrap_or(&NOTHING);
            let instance = plugin.create_instance(self.logger(), self.name.as_deref(), given, &self.grants)?;
            self.plugins.ordered[index].instance = Some(Arc::new(instance));
        }
        Ok(())
    }

    /// Registers all plug-ins of a registry, in load order; a plug-in of which the context has another version keeps that.
    ///
    /// # Errors
    /// If one plug-in fails, its error as from `register_plugin`, else the status of the first and the messages of all; the
    /// other plug-ins are registered.
    pub fn register_plugins(&mut self, registry: &Arc<PluginRegistry>) -> Result<()> {
        let plugins = registry.plugins();
        let mut refused = Vec::new();
        for plugin in &plugins {
            if self.plugins.version_of(plugin).is_some() {
                continue;
            }
            if let Err(error) = self.register_plugin(plugin) {
                refused.push((plugin, error));
            }
        }
        self.warn_of_unknown_names();
        match refused.len() {
            0 => Ok(()),
            1 => Err(refused.remove(0).1),
            count => {
                let (_, first) = &refused[0];
                let what = format!("{count} of {} cannot be registered", counted(plugins.len(), "plug-in"));
                let mut error = first.clone().with_message(&what);
                for (plugin, why) in refused.iter().take(MAX_SHOWN_NAMES) {
                    error = error.with_line(&format!("  `{}`: {}", plugin.name(), why.message()));
                }
                if count > MAX_SHOWN_NAMES {
                    error = error.with_line(&format!("  and {} more", count - MAX_SHOWN_NAMES));
                }
                Err(error)
            }
        }
    }

    /// Logs a warning for each name that options or permissions are set for and that no registered plug-in has, if one has a
    /// similar name. A plug-in of that name may still be registered, so that this is not an error.
    fn warn_of_unknown_names(&self) {
        let named: BTreeSet<&str> =
            self.rare.iter().flat_map(|rare| rare.options.keys()).map(String::as_str).chain(self.grants.names()).collect();
        let is_known = |name: &str| self.plugins.has_name(name) || self.needs_permissions(name);
        for name in named.into_iter().filter(|name| !is_known(name)) {
            if let Some(similar) = similar::nearest(name, self.plugins.names()) {
                let message = format!(
                    "options or permissions are set for plug-in `{}`, which is not registered in this context; did you mean `{similar}`?",
                    text::name(name)
                );
                self.logger().log(abi::LOG_WARNING, None, &message);
            }
        }
    }

    /// Registers WASI preview 1. Its environment is opened now; after a reset, when a guest first imports from it.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, and the errors of opening its directories and files.
    #[cfg(feature = "wasi")]
    pub fn register_wasi(&mut self, wasi: &crate::wasi::Wasi) -> Result<()> {
        if self.wasi.is_some() {
            let message = "WASI is already registered in this context; a context has one WASI environment";
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message));
        }
        self.check_free(WASI_MODULE, &Source::Wasi, || "WASI preview 1".to_owned(), |_| false)?;
        let setup = wasi.snapshot();
        self.store.set_wasi(crate::engine::wasi::WasiState::new(
            &setup,
            self.store.limits().open_files,
            self.store.engine().config().interruptible(),
        )?);
        self.wasi = Some(Box::new(setup));
        self.providers.add(WASI_MODULE, Source::Wasi);
        Ok(())
    }

    /// Ensures that the context has its WASI environment.
    #[cfg(feature = "wasi")]
    pub(super) fn make_wasi(&mut self) -> Result<()> {
        match &self.wasi {
            Some(setup) if !self.store.has_wasi() => {
                let made = crate::engine::wasi::WasiState::new(
                    setup,
                    self.store.limits().open_files,
                    self.store.engine().config().interruptible(),
                )?;
                self.store.set_wasi(made);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Instantiates a module whose exports other modules import under `name`.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, and those of `instantiate`.
    pub fn register_wasm(&mut self, name: &str, module: &Arc<Module>) -> Result<Handle> {
        let instance = Handle { context: 0, slot: 0, generation: 0 };
        let source = Source::Instance { module: Arc::clone(module), instance: Ok(instance), renewed: true };
        self.check_free(name, &source, || "the new instance".to_owned(), Source::is_failed)?;
        let instance = self.link_and_instantiate(module)?;
        self.instances.push(instance);
        self.add_instance(name, Source::Instance { module: Arc::clone(module), instance: Ok(instance), renewed: true });
        Ok(instance)
    }

    /// Registers an instance under a name, in addition to its other names.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, and those of an invalid handle.
    pub fn register_instance(&mut self, name: &str, instance: Handle) -> Result<()> {
        let module = Arc::clone(self.store.module_of(instance)?);
        let source = Source::Instance { module, instance: Ok(instance), renewed: false };
        self.check_free(name, &source, || "the instance".to_owned(), Source::is_failed)?;
        self.add_instance(name, source);
        Ok(())
    }

    /// Adds an instance under a name. It replaces those with one of its items that could not be created again after a reset: they
    /// have no handle with which they could be removed.
    fn add_instance(&mut self, name: &str, source: Source) {
        let is_replaced = |known: &Source| known.is_failed() && known.shared_item(&source).is_some();
        self.providers.remove(|provider| *provider.name == *name && is_replaced(&provider.source));
        self.providers.add(name, source);
    }
}

/// The module name of WASI preview 1.
#[cfg(feature = "wasi")]
const WASI_MODULE: &str = "wasi_snapshot_preview1";
