//! The context: a store with its host modules, plug-ins and WASI, and the instances that run in it.
#![forbid(unsafe_code)]

mod link;
mod update;

use crate::engine::{Engine, Extern, Guest, Handle, Kind, Module, Store, StoreLimits};
use crate::host::HostModule;
use crate::log::Logger;
use crate::plugin::{GivenOptions, Grants, OptionValue, Plugin, PluginInstance, PluginRegistry};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi::{self as abi, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a context is made from.
#[derive(Clone, Debug, Default)]
pub struct ContextConfig {
    /// The scope of plug-ins' state: contexts of one name share it.
    pub name: Option<String>,
    /// How much its guests may take.
    pub limits: StoreLimits,
}

/// Who provides the imports of a module name.
enum Provider {
    /// A host module, or a plug-in's.
    Host {
        module: Arc<HostModule>,
        /// Index of the plug-in instance that its functions belong to.
        plugin: Option<usize>,
        /// Its memories, tables and globals that exist so far, by index of the item.
        made: HashMap<usize, Extern>,
    },
    /// An instance that was registered under the name.
    Instance(Handle),
    /// WASI preview 1.
    #[cfg(feature = "wasi")]
    Wasi,
}

/// The instances of plug-ins: unmade in reverse order.
#[derive(Default)]
struct PluginStack(Vec<PluginInstance>);

impl Drop for PluginStack {
    fn drop(&mut self) {
        while self.0.pop().is_some() {}
    }
}

/// All that runs together. One thread at a time.
pub struct Context {
    // The store goes first: then nothing can call the plug-ins any more.
    store: Store,
    plugins: PluginStack,
    /// The versions that it had before: what they gave to the store may need them until that is gone.
    former: Vec<Arc<Plugin>>,
    providers: HashMap<String, Provider>,
    instances: Vec<Handle>,
    name: Option<String>,
    logger: Logger,
    /// What the host gave, by plug-in.
    options: BTreeMap<String, GivenOptions>,
    grants: Grants,
}

/// The options of a plug-in of which the host says none.
static NOTHING: GivenOptions = GivenOptions::new();

static LAST_ID: AtomicU64 = AtomicU64::new(0);

impl Context {
    /// An empty context. `table` is what callers of its host functions can do.
    pub fn new(engine: &Engine, config: ContextConfig, table: &'static abi::CallerTable) -> Self {
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            store: Store::new(engine, id, config.limits, table),
            plugins: PluginStack::default(),
            former: Vec::new(),
            providers: HashMap::new(),
            instances: Vec::new(),
            name: config.name,
            logger: Logger::default(),
            options: BTreeMap::new(),
            grants: Grants::new(),
        }
    }

    /// Its store.
    #[inline]
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Its name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its own log.
    pub fn logger(&self) -> &Logger {
        &self.logger
    }

    fn check_free(&self, name: &str) -> Result<()> {
        let mend = match self.providers.get(name) {
            None => return Ok(()),
            Some(Provider::Host { .. }) => "choose another name",
            Some(Provider::Instance(_)) => "choose another name, or remove the instance that has it (VM_ContextRemoveInstance)",
            #[cfg(feature = "wasi")]
            Some(Provider::Wasi) => "WASI is registered once in a context",
        };
        let message = format!("the context has a module `{}` already; {mend}", text::name(name));
        Err(Error::new(abi::STATUS_ALREADY_EXISTS, message))
    }

    /// Registers and seals a host module.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`.
    pub fn register_module(&mut self, module: Arc<HostModule>) -> Result<()> {
        self.check_free(module.name())?;
        self.provide(module, None);
        Ok(())
    }

    fn provide(&mut self, module: Arc<HostModule>, plugin: Option<usize>) {
        module.seal();
        self.providers.insert(module.name().to_owned(), Provider::Host { module, plugin, made: HashMap::new() });
    }

    /// Gives an option of a plug-in a value in this context; it is checked when the plug-in is registered.
    ///
    /// # Errors
    /// `STATUS_SEALED` when the plug-in is registered already.
    pub fn set_option(&mut self, plugin: &str, key: &str, value: OptionValue) -> Result<()> {
        self.check_unregistered(plugin, || format!("set its option `{key}` before"))?;
        self.options.entry(plugin.to_owned()).or_default().insert(key.to_owned(), value.into());
        Ok(())
    }

    /// Grants a plug-in a permission in this context, beside those of its registry.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a text that is no permission, `STATUS_SEALED` when the plug-in is registered already. That
    /// the plug-in wants it is checked when it is registered.
    pub fn grant(&mut self, plugin: &str, permission: &str) -> Result<()> {
        self.check_unregistered(plugin, || format!("grant it `{permission}` before"))?;
        self.grants.add(plugin, permission)
    }

    fn check_unregistered(&self, plugin: &str, what_to_do: impl FnOnce() -> String) -> Result<()> {
        if !self.plugins.0.iter().any(|instance| instance.plugin().name() == plugin) {
            return Ok(());
        }
        let message = format!("plug-in `{plugin}` is registered in this context; {}", what_to_do());
        Err(Error::new(abi::STATUS_SEALED, message).of_plugin(plugin))
    }

    /// Makes an instance of a plug-in and registers its modules; one that is registered already stays as it is.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS` for a module name that is taken or another version of it, and what the plug-in's create fails
    /// with: then nothing of the plug-in is registered.
    pub fn register_plugin(&mut self, plugin: &Arc<Plugin>) -> Result<()> {
        if let Some(instance) = self.instance_of(plugin) {
            let registered = instance.plugin();
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
        let of_plugin = |error: Error| error.of_plugin(plugin.name());
        plugin.modules().iter().try_for_each(|module| self.check_free(module.name())).map_err(of_plugin)?;
        let index = self.plugins.0.len();
        let given = self.options.get(plugin.name()).unwrap_or(&NOTHING);
        let instance = plugin.create_instance(&self.logger, self.name.as_deref(), given, &self.grants)?;
        self.plugins.0.push(instance);
        plugin.modules().iter().for_each(|module| self.provide(Arc::clone(module), Some(index)));
        Ok(())
    }

    /// The instance of a plug-in, or of another version of it.
    fn instance_of(&self, plugin: &Plugin) -> Option<&PluginInstance> {
        self.plugins.0.iter().find(|instance| instance.plugin().is_version_of(plugin))
    }

    /// Registers all plug-ins of a registry, in load order; one of which it has another version keeps that.
    ///
    /// # Errors
    /// As `register_plugin`; the plug-ins before the one that fails stay registered.
    pub fn register_plugins(&mut self, registry: &Arc<PluginRegistry>) -> Result<()> {
        let plugins = registry.plugins();
        plugins.iter().try_for_each(|plugin| match self.instance_of(plugin) {
            Some(_) => Ok(()),
            None => self.register_plugin(plugin),
        })
    }

    /// Registers WASI preview 1.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, and what opening its directories and files fails with.
    #[cfg(feature = "wasi")]
    pub fn register_wasi(&mut self, wasi: &crate::wasi::Wasi) -> Result<()> {
        self.check_free(WASI_MODULE)?;
        let state = wasi.instantiate()?;
        self.store.set_wasi(state);
        self.providers.insert(WASI_MODULE.to_owned(), Provider::Wasi);
        Ok(())
    }

    /// Instantiates a module, and initializes it if it is a reactor.
    ///
    /// # Errors
    /// `STATUS_WRONG_CONTEXT` for a module of another engine, `STATUS_UNRESOLVED_IMPORT`, `STATUS_INCOMPATIBLE_IMPORT`,
    /// `STATUS_INSTANTIATION`, and all by which a start function or `_initialize` ends.
    pub fn instantiate(&mut self, module: &Arc<Module>) -> Result<Handle> {
        let handle = self.link_and_instantiate(module)?;
        self.instances.push(handle);
        Ok(handle)
    }

    /// Instantiates a module whose exports others import under `name`.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, and as `instantiate`.
    pub fn register_wasm(&mut self, name: &str, module: &Arc<Module>) -> Result<Handle> {
        self.check_free(name)?;
        let handle = self.link_and_instantiate(module)?;
        self.instances.push(handle);
        self.providers.insert(name.to_owned(), Provider::Instance(handle));
        Ok(handle)
    }

    /// Registers an instance under a name, beside those that it has.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, and those of a bad handle.
    pub fn register_instance(&mut self, name: &str, instance: Handle) -> Result<()> {
        self.check_free(name)?;
        self.store.module_of(instance)?;
        self.providers.insert(name.to_owned(), Provider::Instance(instance));
        Ok(())
    }

    fn link_and_instantiate(&mut self, module: &Arc<Module>) -> Result<Handle> {
        if !module.engine().is(self.store.engine()) {
            let message = "the module was loaded by another engine; load it with the engine of this context";
            return Err(Error::new(abi::STATUS_WRONG_CONTEXT, message));
        }
        let guest = Guest::new(module.memory());
        let imports = self.resolve(module, &guest)?;
        let instance = self.store.instantiate(module, &imports, &guest)?;
        if module.is_reactor() {
            self.initialize(instance)?;
        }
        Ok(instance)
    }

    /// Runs what a reactor has for a start function; when that fails, there is no instance.
    fn initialize(&mut self, instance: Handle) -> Result<()> {
        let initialized = self.execute(instance, "_initialize", &[], &mut []);
        if initialized.is_err() {
            self.store.remove_instance(instance)?;
        }
        initialized.map_err(|error| error.while_doing("`_initialize`, which comes first in a reactor, failed"))
    }

    /// Calls an export of an instance.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE`, `STATUS_WRONG_COUNT`, those of a bad handle, and all by which a guest ends.
    pub fn execute(&mut self, instance: Handle, name: &str, args: &[Value], results: &mut [Value]) -> Result<()> {
        let func = self.store.find(instance, Kind::Func, name)?;
        self.store.call(func, args, results)
    }

    /// Instantiates a WASI command and runs it; gives its exit code.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` when it is no command, and as `instantiate` and `execute`; leaving by `proc_exit` is none.
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

    /// Its instances in the order in which they were made.
    pub fn instances(&self) -> &[Handle] {
        &self.instances
    }

    /// The instance that is registered under a name.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`.
    pub fn find_instance(&self, name: &str) -> Result<Handle> {
        match self.providers.get(name) {
            Some(Provider::Instance(handle)) => Ok(*handle),
            _ => {
                let name = text::name(name);
                Err(Error::new(abi::STATUS_NOT_FOUND, format!("no instance is registered as `{name}` in this context")))
            }
        }
    }

    /// Removes an instance: its names are free again and its handles are stale. Instances that import from it keep working.
    ///
    /// # Errors
    /// Those of a bad handle.
    pub fn remove_instance(&mut self, instance: Handle) -> Result<()> {
        self.store.remove_instance(instance)?;
        self.instances.retain(|handle| *handle != instance);
        self.providers.retain(|_, provider| !matches!(provider, Provider::Instance(handle) if *handle == instance));
        Ok(())
    }
}

/// The name by which WASI preview 1 is imported.
#[cfg(feature = "wasi")]
const WASI_MODULE: &str = "wasi_snapshot_preview1";
