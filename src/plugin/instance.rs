//! A plug-in's presence in a context, and moving it to another version of the plug-in.
#![forbid(unsafe_code)]

use crate::engine::{HostFunction, InstancePointers, Module};
use crate::hooks::Owner;
use crate::log::Logger;
use crate::plugin::host::permission;
use crate::plugin::host::presence::SelfObject;
use crate::plugin::made::Made;
use crate::plugin::native::answer::Provided;
use crate::plugin::native::extension::Snapshot;
use crate::plugin::native::gated::{Home, gated};
use crate::plugin::options::OptionInfo;
use crate::plugin::options::given::GivenOptions;
use crate::plugin::parameters;
use crate::plugin::permissions::{Grants, Permissions};
use crate::plugin::plugin::Plugin;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::any::Any;
use std::sync::Arc;

/// A plug-in's presence in one context. Dropping it calls the plug-in's `destroy`, unless it is a singleton; on that thread,
/// unless the plug-in is thread-affine.
pub struct PluginInstance {
    /// Taken when this is dropped.
    presence: Option<Presence>,
    /// The permissions granted by the context and the registry.
    permissions: Arc<Permissions>,
    plugin: Arc<Plugin>,
}

/// The part that belongs to a context.
enum Presence {
    /// An instance of the context.
    Own(Made),
    /// The data of services for the context; the instance belongs to the registry.
    OfSingleton(Arc<SelfObject>),
}

impl PluginInstance {
    fn new(plugin: &Arc<Plugin>, presence: Presence, permissions: Arc<Permissions>) -> Self {
        Self { presence: Some(presence), permissions, plugin: Arc::clone(plugin) }
    }

    fn made(&self) -> &Made {
        match &self.presence {
            Some(Presence::Own(made)) => made,
            _ => self.plugin.made_singleton().expect("a singleton's was created before"),
        }
    }

    /// Returns the pointers that the plug-in's callbacks are passed.
    pub fn pointers(&self) -> InstancePointers {
        let made = self.made();
        let myself = match &self.presence {
            Some(Presence::OfSingleton(presence)) => presence,
            _ => made.presence(),
        };
        InstancePointers { instance: made.pointer(), myself: myself.as_abi(), parameters: None }
    }

    /// Returns the thread on which the plug-in's instance was created.
    pub(in crate::plugin) fn home(&self) -> u64 {
        self.made().home()
    }

    /// Returns the plug-in.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// Returns a function of the plug-in as a context provides it to a guest of a module with these addresses, and its first parameter:
    /// one that refuses calls if its permission is not granted; one that calls it through the gate, if there is one. This is
    /// decided when a guest is linked, so that the calls of all others have no additional cost.
    pub fn offer(
        &self,
        function: &Arc<HostFunction>,
        is_64: Option<bool>,
        module: Option<&Module>,
    ) -> (Arc<HostFunction>, InstancePointers) {
        let owner = Arc::clone(&self.plugin) as Arc<_>;
        self.offer_for(function, self.plugin.permission_of(function), is_64, module, owner)
    }

    /// As [`PluginInstance::offer`], with a function that the plug-in provides for the guest's module alone.
    pub fn offer_provided(
        &self,
        provided: &Provided,
        is_64: Option<bool>,
        module: Option<&Module>,
    ) -> (Arc<HostFunction>, InstancePointers) {
        let owners = (Arc::clone(&provided.function), Arc::clone(&self.plugin));
        self.offer_for(&provided.function, provided.permission.as_deref(), is_64, module, Arc::new(owners))
    }

    /// `owner` is what a function that calls it through the gate keeps.
    fn offer_for(
        &self,
        function: &Arc<HostFunction>,
        needed: Option<&str>,
        is_64: Option<bool>,
        module: Option<&Module>,
        owner: Arc<dyn Any + Send + Sync>,
    ) -> (Arc<HostFunction>, InstancePointers) {
        if let Some(needed) = needed.filter(|needed| !self.permissions.has(needed)) {
            let why = self.permissions.refusal(needed);
            return (permission::refusing(function, is_64.unwrap_or_default(), why), InstancePointers::NONE);
        }
        let parameters = module.and_then(|module| parameters::compiled(&self.plugin, module));
        let pointers = InstancePointers { parameters, ..self.pointers() };
        if self.plugin.gate().is_open() {
            return (Arc::clone(function), pointers);
        }
        let home =
            Home { name: self.plugin.name().into(), gate: self.plugin.gate().clone(), thread: self.made().home(), _owner: owner };
        (gated(function, pointers.instance, home), pointers)
    }

    /// Creates an instance of another version of the plug-in, and passes it this one's state; this one is unchanged.
    ///
    /// # Errors
    /// Those of [`Plugin::create_instance`]; `STATUS_UNSUPPORTED` if the state cannot be moved; the errors of the plug-ins' own
    /// functions fail with, `STATUS_LIMIT`, `STATUS_WRONG_THREAD`.
    pub fn succeed(
        &self,
        plugin: &Arc<Plugin>,
        logger: &Logger,
        scope: Option<&str>,
        given: &GivenOptions,
        grants: &Grants,
    ) -> Result<Self> {
        if self.plugin.is_singleton() && plugin.is_singleton() {
            return plugin.create_instance(logger, scope, given, grants);
        }
        let movable = movable(&self.plugin, plugin)?;
        let saved = movable.map(|(from, to)| Ok((save(&self.plugin, &from, self.made())?, to))).transpose()?;
        let made = plugin.create_instance(logger, scope, given, grants)?;
        if let Some((state, to)) = saved {
            restore(plugin, &to, made.made(), &state)?;
        }
        Ok(made)
    }
}

impl Owner for PluginInstance {
    fn plugin(&self) -> Option<&str> {
        Some(self.plugin.name())
    }

    fn is_open(&self) -> bool {
        self.plugin.gate().is_open()
    }

    fn run(&self, work: &mut dyn FnMut()) -> Result<()> {
        let _turn = self.plugin.gate().enter(Some(self.made().home()))?;
        work();
        Ok(())
    }

    fn finish(&self, what: Box<dyn Send>) {
        self.plugin.gate().finish(self.plugin.name(), "a suspended event", Some(self.made().home()), what);
    }
}

impl Drop for PluginInstance {
    fn drop(&mut self) {
        let home = self.made().home();
        match self.presence.take() {
            // No code of the plug-in runs.
            Some(Presence::OfSingleton(presence)) if !presence.has_data() => {}
            presence => {
                self.plugin.gate().finish(self.plugin.name(), "an instance", Some(home), (presence, Arc::clone(&self.plugin)))
            }
        }
    }
}

impl Plugin {
    /// Creates the plug-in's instance in a context, whose log receives the plug-in's lines for it. `scope` is the context's
    /// name, `given` the options and `grants` the permissions that the host has set there. A singleton has one instance for all
    /// contexts.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_OPTION`, `STATUS_PLUGIN_PERMISSION`; `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason;
    /// `STATUS_BUSY` if the plug-in is still being loaded, or waits for this thread; `STATUS_REENTRANT` from inside
    /// a singleton's `create`.
    pub fn create_instance(
        self: &Arc<Self>,
        logger: &Logger,
        scope: Option<&str>,
        given: &GivenOptions,
        grants: &Grants,
    ) -> Result<PluginInstance> {
        self.create_instance_with(logger, scope, given, grants, &[])
    }

    /// Creates an instance that has the plug-in's options and `others`: those of a source or sink.
    ///
    /// # Errors
    /// Those of [`Plugin::create_instance`].
    pub(in crate::plugin) fn create_instance_with(
        self: &Arc<Self>,
        logger: &Logger,
        scope: Option<&str>,
        given: &GivenOptions,
        grants: &Grants,
        others: &[OptionInfo],
    ) -> Result<PluginInstance> {
        let permissions = self.permissions(grants)?;
        if !self.is_singleton() {
            let made = self.make(logger, scope, given, &permissions, others)?;
            return Ok(PluginInstance::new(self, Presence::Own(made), permissions));
        }
        if let Some(key) = given.keys().find(|key| self.options().iter().any(|option| option.key == **key)) {
            let message = format!(
                "plug-in `{}` is a singleton, whose only instance is shared by all contexts and streams: its option `{key}` cannot be \
                 set in a context or stream; set it in the registry's configuration",
                self.name()
            );
            return Err(self.blame(Error::new(abi::STATUS_PLUGIN_OPTION, message)));
        }
        let made = self.singleton(|_| Ok(()))?;
        let options = match (given.is_empty(), others) {
            (true, []) => Arc::clone(made.presence().options()),
            _ => self.resolve_options(given, others)?,
        };
        let presence = self.presence(logger, scope, options, &permissions);
        Ok(PluginInstance::new(self, Presence::OfSingleton(presence), permissions))
    }

    /// Creates a singleton's instance with the state of the instance of an older version, if there is one. If the state cannot
    /// be moved, returns the reason.
    ///
    /// # Errors
    /// The errors of the plug-ins' own functions, `STATUS_LIMIT`, `STATUS_WRONG_THREAD`.
    pub(in crate::plugin) fn inherit(&self, old: &Self) -> Result<Option<Error>> {
        let Some(former) = old.made_singleton() else { return Ok(None) };
        let (from, to) = match movable(old, self) {
            Ok(Some(movable)) => movable,
            Ok(None) => return Ok(None),
            Err(error) if error.status() == abi::STATUS_UNSUPPORTED => return Ok(Some(error)),
            Err(error) => return Err(error),
        };
        let state = save(old, &from, former)?;
        self.singleton(|made| restore(self, &to, made, &state))?;
        Ok(None)
    }
}

/// Returns how the state of an instance moves from one version to another; `None` if instances have no state of their own.
fn movable(old: &Plugin, new: &Plugin) -> Result<Option<(Snapshot, Snapshot)>> {
    if !old.has_instances() {
        return Ok(None);
    }
    let refused = |why: String| {
        let message = format!("the instance of {} cannot move to version {}: {why}", old.what(), new.version());
        old.blame(Error::new(abi::STATUS_UNSUPPORTED, message))
    };
    if old.is_singleton() != new.is_singleton() {
        return Err(refused("one of them is a singleton, the other is not".to_owned()));
    }
    let lacks = |plugin: &Plugin| {
        let id = abi::SNAPSHOT_EXTENSION;
        refused(format!("{} has no extension {id}, and the instance's state would be lost", plugin.what()))
    };
    match (old.snapshot()?, new.snapshot()?) {
        (Some(from), Some(to)) => Ok(Some((from, to))),
        (None, _) => Err(lacks(old)),
        (_, None) => Err(lacks(new)),
    }
}

fn save(plugin: &Plugin, snapshot: &Snapshot, made: &Made) -> Result<Vec<u8>> {
    let saved =
        plugin.gate().enter(Some(made.home())).and_then(|_turn| snapshot.save(plugin.host(), made.data(), &plugin.what()));
    saved.map_err(|error| plugin.blame(error))
}

fn restore(plugin: &Plugin, snapshot: &Snapshot, made: &Made, state: &[u8]) -> Result<()> {
    let turn = plugin.gate().enter(Some(made.home()));
    let restored = turn.and_then(|_turn| snapshot.restore(plugin.host(), made.data(), state, &plugin.what()));
    restored.map_err(|error| plugin.blame(error))
}
