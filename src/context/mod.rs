//! The context: a store with its host modules, plug-ins and WASI, and the instances that run in it.
#![forbid(unsafe_code)]

mod examine;
mod hook_list;
mod hooks;
mod instantiate;
mod link;
mod links;
mod list;
mod module_plugins;
mod parameters;
mod own_hooks;
mod pooled;
mod prepared;
mod providers;
mod recording;
mod register;
mod reset;
mod stages;
mod unresolved;
mod update;

pub use examine::Examined;
pub use hook_list::HookPlace;
pub use instantiate::NewInstance;
pub use links::Links;
pub use list::{Offer, Origin};

use crate::engine::watch::{Statistics, WatchConfig};
use crate::engine::{Engine, Handle, Kind, Module, Store, StoreLimits};
use crate::log::Logger;
use crate::plugin::{GivenOptions, Grants, OptionValue, Plugin, PluginInstance, PluginRegistry};
use crate::recording::Replayed;
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi::{self as abi, Value};
use providers::{Providers, Source};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The settings of a context.
#[derive(Clone)]
pub struct ContextConfig {
    /// The scope of plug-ins' state: contexts with the same name share it.
    pub name: Option<String>,
    /// The resource limits of its guests.
    pub limits: Arc<StoreLimits>,
    /// Whether imported functions that nothing provides are bound to functions that fail when they are called.
    pub unknown_imports_trap: bool,
    /// What is watched of its calls.
    pub watch: WatchConfig,
    /// How often hooks may ask for their event to be passed to all hooks again; the default if `None`.
    pub hook_retries: Option<u32>,
}

impl Default for ContextConfig {
    fn default() -> Self {
        Self {
            name: None,
            limits: StoreLimits::shared_default(),
            unknown_imports_trap: false,
            watch: WatchConfig::default(),
            hook_retries: None,
        }
    }
}

/// A registered plug-in with its instance, which is dropped by a reset until a guest imports from the plug-in again.
struct Registered {
    // The instance is dropped before its plug-in.
    instance: Option<Arc<PluginInstance>>,
    plugin: Arc<Plugin>,
}

impl Registered {
    fn new(plugin: &Arc<Plugin>) -> Self {
        Self { instance: None, plugin: Arc::clone(plugin) }
    }
}

/// The plug-ins in the order in which they were registered: their instances are destroyed in reverse.
#[derive(Default)]
struct Plugins {
    ordered: Vec<Registered>,
    /// Several have one name if they are of different registries.
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Plugins {
    fn push(&mut self, plugin: &Arc<Plugin>) {
        self.by_name.entry(plugin.name().to_owned()).or_default().push(self.ordered.len());
        self.ordered.push(Registered::new(plugin));
    }

    fn pop(&mut self) {
        let Some(last) = self.ordered.pop() else { return };
        self.by_name.entry(last.plugin.name().to_owned()).and_modify(|indices| _ = indices.pop());
    }

    /// The names in the order of registration.
    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.ordered.iter().map(|registered| registered.plugin.name())
    }

    fn has_name(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|indices| !indices.is_empty())
    }

    /// Returns the index of a version of a plug-in.
    fn version_of(&self, plugin: &Plugin) -> Option<usize> {
        let mut indices = self.by_name.get(plugin.name())?.iter().copied();
        indices.find(|index| self.ordered[*index].plugin.is_version_of(plugin))
    }

    fn instance(&self, index: usize) -> Option<&PluginInstance> {
        self.ordered[index].instance.as_deref()
    }

    fn end_instances(&mut self) {
        self.ordered.iter_mut().rev().for_each(|registered| registered.instance = None);
    }
}

impl Drop for Plugins {
    fn drop(&mut self) {
        self.end_instances();
        while self.ordered.pop().is_some() {}
    }
}

/// What few contexts have.
#[derive(Default)]
struct Rare {
    /// Previous versions of its plug-ins: what they passed to the store may need them until the store is dropped.
    former: Vec<Arc<Plugin>>,
    /// The registry from which modules bring plug-ins.
    module_plugins: Option<Arc<PluginRegistry>>,
    /// The plug-ins that provide functions for the module of an instance alone.
    providing: BTreeSet<usize>,
    /// The recording that is replayed.
    replayed: Option<Replayed>,
    /// The host's settings, by plug-in.
    options: BTreeMap<String, GivenOptions>,
    /// Functions of plug-ins that are bound as stages: index of the plug-in, module, name.
    stages: BTreeMap<(usize, String, String), Handle>,
    companion: Option<Box<dyn Send>>,
}

/// Everything that runs together. Used by one thread at a time.
pub struct Context {
    // The store is dropped first: then nothing can call the plug-ins any more.
    store: Store,
    // Before the plug-ins: it has their instances too.
    hooks: hook_list::Hooks,
    plugins: Plugins,
    rare: Option<Box<Rare>>,
    providers: Providers,
    instances: Vec<Handle>,
    name: Option<Box<str>>,
    unknown_imports_trap: bool,
    logger: OnceCell<Logger>,
    grants: Grants,
    changes: prepared::Changes,
    /// If it is a context of a pool.
    prepared: Option<Box<prepared::Prepared>>,
    /// The settings of the WASI environment, if WASI is registered.
    #[cfg(feature = "wasi")]
    wasi: Option<Box<crate::engine::wasi::Setup>>,
}

/// The options of a plug-in for which the host has set none.
static NOTHING: GivenOptions = GivenOptions::new();

static LAST_ID: AtomicU64 = AtomicU64::new(0);

impl Context {
    /// Creates an empty context. `table` has the functions available to callers of its host functions.
    pub fn new(engine: &Engine, config: ContextConfig, table: &'static abi::CallerTable) -> Self {
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            store: Store::new(engine, id, config.limits, config.watch, table),
            plugins: Plugins::default(),
            rare: None,
            hooks: hook_list::Hooks::new(config.hook_retries),
            providers: Providers::default(),
            instances: Vec::new(),
            name: config.name.map(String::into_boxed_str),
            unknown_imports_trap: config.unknown_imports_trap,
            logger: OnceCell::new(),
            grants: Grants::new(),
            changes: prepared::Changes::default(),
            prepared: None,
            #[cfg(feature = "wasi")]
            wasi: None,
        }
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Returns the recording that is replayed.
    fn replayed(&self) -> Option<&Replayed> {
        self.rare.as_ref()?.replayed.as_ref()
    }

    /// Returns the store.
    #[inline]
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Returns the counters of a plug-in.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` if calls are not counted, `STATUS_PLUGIN_NOT_FOUND` if it is not registered.
    pub fn plugin_statistics(&self, name: &str) -> Result<Statistics> {
        if !self.plugins.has_name(name) {
            let known = similar::listed(name, self.plugins.names());
            let message = format!("plug-in `{}` is not registered in this context, which has {known}", text::name(name));
            return Err(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message));
        }
        self.store.statistics(Some(name)).ok_or_else(|| {
            let message = "the context does not count calls; create it with VM_ContextConfigSetStatistics";
            Error::new(abi::STATUS_UNSUPPORTED, message)
        })
    }

    /// Returns the name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the context's own log.
    pub fn logger(&self) -> &Logger {
        self.logger.get_or_init(Logger::default)
    }

    /// Sets an option of a plug-in in this context; it is checked when the plug-in is registered.
    ///
    /// # Errors
    /// `STATUS_SEALED` if the plug-in is already registered.
    pub fn set_option(&mut self, plugin: &str, key: &str, value: OptionValue) -> Result<()> {
        self.check_unregistered(plugin, || format!("set its option `{key}` before"))?;
        self.changes.settings += 1;
        self.rare().options.entry(plugin.to_owned()).or_default().insert(key.to_owned(), value.into());
        Ok(())
    }

    /// Grants a plug-in a permission in this context, in addition to those of its registry, or grants it to a host module.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an invalid permission, `STATUS_SEALED` if the plug-in or the host module is already registered.
    /// Whether the plug-in requests it is checked when it is registered.
    pub fn grant(&mut self, plugin: &str, permission: &str) -> Result<()> {
        self.check_unregistered(plugin, || format!("grant it `{permission}` before"))?;
        if self.needs_permissions(plugin) {
            let name = text::name(plugin);
            let message = format!("host module `{name}` is registered in this context; grant it `{permission}` before");
            return Err(Error::new(abi::STATUS_SEALED, message));
        }
        self.changes.settings += 1;
        self.grants.add(plugin, permission)
    }

    fn check_unregistered(&self, plugin: &str, what_to_do: impl FnOnce() -> String) -> Result<()> {
        if !self.plugins.has_name(plugin) {
            return Ok(());
        }
        let message = format!("plug-in `{plugin}` is registered in this context; {}", what_to_do());
        Err(Error::new(abi::STATUS_SEALED, message).of_plugin(plugin))
    }

    /// Calls an export of an instance.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE`, `STATUS_WRONG_COUNT`, those of an invalid handle, and every failure of a guest.
    pub fn execute(&mut self, instance: Handle, name: &str, args: &[Value], results: &mut [Value]) -> Result<()> {
        self.call_export(instance, name, args, results).map_err(|error| called_as(name, error))
    }

    fn call_export(&mut self, instance: Handle, name: &str, args: &[Value], results: &mut [Value]) -> Result<()> {
        let func = self.store.find(instance, Kind::Func, name)?;
        self.store.call(func, args, results)
    }

    /// Instantiates a WASI command and runs it; returns its exit code.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if it is not a command, and those of `instantiate` and `execute`; exiting with `proc_exit` is not an error.
    pub fn run_wasi(&mut self, module: &Arc<Module>) -> Result<i32> {
        if module.is_reactor() {
            let message = "the module has no exported function `_start`: it is a reactor, not a command; instantiate it and call \
                           its other exports";
            return Err(Error::new(abi::STATUS_NOT_FOUND, message));
        }
        let ran = self.instantiate(module).and_then(|instance| self.execute(instance, "_start", &[], &mut []));
        match ran {
            Ok(()) => Ok(0),
            Err(error) => error.exit_code().ok_or(error),
        }
    }

    /// Returns the instances in the order in which they were created.
    pub fn instances(&self) -> &[Handle] {
        &self.instances
    }

    /// Returns the instance that is registered under a name.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`.
    pub fn find_instance(&self, name: &str) -> Result<Handle> {
        let found = self.providers.of(name).find_map(|source| match source {
            Source::Instance { instance, .. } => Some(instance.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| {
            Err(Error::new(abi::STATUS_NOT_FOUND, format!("no instance is registered as `{}` in this context", text::name(name))))
        })
    }

    /// Removes an instance: its names are free again and its handles become stale. Instances that import from it keep working.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn remove_instance(&mut self, instance: Handle) -> Result<()> {
        self.store.remove_instance(instance)?;
        self.instances.retain(|handle| *handle != instance);
        let is_it = |source: &Source| matches!(source, Source::Instance { instance: Ok(handle), .. } if *handle == instance);
        self.providers.remove(|provider| is_it(&provider.source));
        Ok(())
    }
}

/// Names the export that was called in an error of the call itself, and in a trap or a limit of it or of a function that it called.
#[cold]
pub fn called_as(name: &str, error: Error) -> Error {
    if error.function().is_some() {
        return error;
    }
    let what = match error.status() {
        abi::STATUS_WRONG_COUNT | abi::STATUS_WRONG_TYPE => format!("cannot call `{}`", text::name(name)),
        abi::STATUS_TIMEOUT | abi::STATUS_CANCELLED | abi::STATUS_OUT_OF_FUEL => format!("in `{}`", text::name(name)),
        _ if error.is_guest_trap() => format!("in `{}`", text::name(name)),
        _ => return error,
    };
    error.in_guest_function(name).while_doing(&what)
}
