//! Registries: which plug-ins are loaded, and which are allowed.
#![forbid(unsafe_code)]

mod calls;
mod conditions;
mod configure;
pub(super) mod load;
pub(super) mod loaded;
mod mentions;
mod multiarch;
pub(super) mod order;
pub(super) mod report;
pub mod rules;
pub mod search;
pub mod trust;
pub(super) mod update;

use crate::event_loop::EventLoop;
use crate::hooks;
use crate::limits::MAX_SHOWN_NAMES;
use crate::log;
use crate::plugin::directories::Kind;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::FileId;
use crate::plugin::index::Index;
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::loaded::Loaded;
use crate::plugin::registry::rules::Rules;
use crate::plugin::registry::trust::Trust;
use crate::plugin::shared::Shared;
use crate::plugin::threading::turn::{Turn, TurnGuard};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Which plug-ins may be loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// All.
    #[default]
    Any,
    /// Those with one of these names. No code of any other plug-in runs: the name is read from the file.
    Named(BTreeSet<String>),
}

/// A registry of plug-ins. It is shared through an `Arc` and may be used on any thread. Load calls on it take turns.
///
/// Dropping it releases its plug-ins in the reverse order in which they were loaded; a plug-in that a context uses is kept until
/// the context is dropped.
pub struct PluginRegistry {
    policy: RwLock<Policy>,
    directories: RwLock<Vec<PathBuf>>,
    packages: RwLock<Option<PathBuf>>,
    rules: RwLock<Rules>,
    loaded: Arc<Loaded>,
    shared: Arc<Shared>,
    trust: RwLock<Trust>,
    index: Index,
    turn: Turn,
}

impl PluginRegistry {
    /// Creates an empty registry.
    pub fn new(policy: Policy, directories: Vec<PathBuf>) -> Arc<Self> {
        Arc::new(Self {
            policy: RwLock::new(policy),
            directories: RwLock::new(directories),
            packages: RwLock::default(),
            rules: RwLock::default(),
            loaded: Loaded::new(),
            shared: Arc::default(),
            trust: RwLock::default(),
            index: Index::default(),
            turn: Turn::default(),
        })
    }

    /// Returns the state shared by its plug-ins.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Keeps the state of plug-ins in contexts with a name in a file, which is created if it does not exist. It stays open as
    /// long as the registry or any of its plug-ins, and belongs to this registry alone.
    ///
    /// # Errors
    /// `STATUS_SEALED` if it is already kept elsewhere: in another file, or, once a context with a name has registered a plug-in,
    /// in memory. `STATUS_BUSY` if another registry or process uses the file. `STATUS_BAD_STATE_FILE`, `STATUS_INVALID_ARGUMENT`,
    /// `STATUS_UNTRUSTED_PATH`, `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_UNSUPPORTED` in a build
    /// without state files.
    pub fn set_state_file(&self, path: &Path) -> Result<()> {
        self.shared.states.set_file(path, &self.trusted())
    }

    /// Sets the event loop of its plug-ins.
    ///
    /// # Errors
    /// `STATUS_SEALED` if it has another one.
    pub fn set_event_loop(&self, event_loop: Arc<EventLoop>) -> Result<()> {
        let set = self.shared.event_loop.get_or_init(|| Arc::clone(&event_loop));
        if Arc::ptr_eq(set, &event_loop) {
            return Ok(());
        }
        let message = "the registry already has another event loop, which its plug-ins may use; create a new registry";
        Err(Error::new(abi::STATUS_SEALED, message))
    }

    /// Declares a hook point: hooks of its plug-ins at points that are not declared are reported, and not called.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an invalid name, `STATUS_SEALED` if a plug-in is loaded.
    pub fn declare_point(&self, point: &str, description: &str) -> Result<()> {
        hooks::check_point(point)?;
        let _turn = self.take_turn()?;
        if self.count() > 0 {
            let message = format!("a plug-in is loaded; declare the hook point `{point}` before loading plug-ins");
            return Err(Error::new(abi::STATUS_SEALED, message));
        }
        self.shared.declare_point(point, description);
        Ok(())
    }

    /// Grants a plug-in a permission in all contexts that register it from now on; one that ends in `*` covers every permission
    /// with that prefix.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an invalid permission. Whether the plug-in requests it is checked when a context registers it.
    pub fn grant(&self, plugin: &str, permission: &str) -> Result<()> {
        self.shared.grant(plugin, permission)
    }

    /// Sets the base directory for data, caches or temporary files of its plug-ins; `None` restores the default.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty path, and for the resources, which are where a plug-in was found.
    pub fn set_directory(&self, kind: Kind, path: Option<&Path>) -> Result<()> {
        if kind == Kind::Resource {
            let message = "a plug-in's resources are beside its library; install them there";
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.shared.bases.set(kind, path)
    }

    /// Sets which plug-ins may be loaded from now on.
    pub fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// Adds a directory, the last of the registry's own, to those in which default paths are searched first. It need not exist.
    pub fn add_directory(&self, path: &Path) {
        self.directories.write().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
    }

    /// Sets the package directory, which default paths search last; `None` restores that of the user.
    pub fn set_package_directory(&self, path: Option<&Path>) {
        *self.packages.write().unwrap_or_else(PoisonError::into_inner) = path.map(Path::to_owned);
    }

    /// Returns the package directory that was set.
    pub fn package_directory(&self) -> Option<PathBuf> {
        self.packages.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the directories that calls with default paths search, each with a description for the report.
    pub(in crate::plugin) fn search_directories(&self) -> Vec<(PathBuf, &'static str)> {
        let own = self.directories.read().unwrap_or_else(PoisonError::into_inner).clone();
        own.into_iter().map(|path| (path, "of the registry")).collect()
    }

    /// Returns the plug-ins in load order.
    pub fn plugins(&self) -> Vec<Arc<Plugin>> {
        self.loaded.all()
    }

    /// Returns the number of plug-ins.
    pub fn count(&self) -> usize {
        self.loaded.count()
    }

    /// Returns the plug-in at an index in load order.
    pub fn plugin_at(&self, index: usize) -> Option<Arc<Plugin>> {
        self.loaded.at(index)
    }

    /// Returns the directories that the last load call with default paths has searched, as in `/usr/lib/libvm (no plug-ins)`;
    /// none before the first.
    pub fn searched(&self) -> Vec<String> {
        self.loaded.searched()
    }

    /// Returns the requirements on files, in addition to the policy on names.
    pub(super) fn trust(&self) -> &RwLock<Trust> {
        &self.trust
    }

    /// Returns what is known of the plug-ins in files.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns whether it has loaded a plug-in, also one that was updated since.
    pub fn has_loaded(&self, plugin: &Plugin) -> bool {
        plugin.shares(&self.shared)
    }

    /// Returns a plug-in by name.
    pub fn find(&self, name: &str) -> Option<Arc<Plugin>> {
        self.loaded.find(name)
    }

    /// Returns the names of its plug-ins, for many lookups.
    pub(super) fn names(&self) -> HashSet<String> {
        self.plugins().iter().map(|plugin| plugin.name().to_owned()).collect()
    }

    /// Returns the plug-in that was loaded from a file.
    pub(super) fn find_by_id(&self, id: &FileId) -> Option<Arc<Plugin>> {
        self.loaded.find_by_id(id)
    }

    /// Adds a plug-in that has started.
    pub(super) fn add(&self, plugin: Arc<Plugin>) {
        let message = log::wants(abi::LOG_INFO).then(|| format!("loaded {} {}", plugin.manifest().title(), plugin.place()));
        self.loaded.add(plugin);
        if let Some(message) = message {
            log::log(abi::LOG_INFO, None, &message);
        }
    }

    /// Replaces the old version of a plug-in with a new one, which has started, and sets `order`.
    pub(super) fn replace(&self, old: &Arc<Plugin>, new: &Arc<Plugin>, order: &[usize]) {
        let message = format!("updated {} to version {} {}", old.manifest().title(), new.version(), new.place());
        let plugins = self.plugins();
        let exchanged: Vec<_> = plugins.iter().map(|plugin| if Arc::ptr_eq(plugin, old) { new } else { plugin }).collect();
        let ordered: Vec<_> = order.iter().map(|index| Arc::clone(exchanged[*index])).collect();
        self.loaded.replace(ordered.clone());
        // Outside of the lock, though `old` is not dropped yet: those that depend on it may be.
        ordered.iter().for_each(|plugin| plugin.exchange_need(old, new));
        log::log(abi::LOG_INFO, None, &message);
    }

    /// Checks a plug-in against the policy.
    pub(super) fn require_allowed(&self, manifest: &Manifest, place: &str) -> Result<()> {
        let policy = self.policy.read().unwrap_or_else(PoisonError::into_inner);
        let Policy::Named(names) = &*policy else { return Ok(()) };
        if names.contains(&manifest.name) {
            return Ok(());
        }
        let shown = names.iter().take(MAX_SHOWN_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        let allowed = match names.len() {
            0 => "none".to_owned(),
            count if count > MAX_SHOWN_NAMES => format!("{shown} and {} more", count - MAX_SHOWN_NAMES),
            _ => shown,
        };
        let message = format!(
            "{} {place} may not be loaded: the registry allows {allowed}; add its name to the policy if you trust it",
            manifest.title()
        );
        Err(Error::new(abi::STATUS_PLUGIN_NOT_ALLOWED, message).of_plugin(&manifest.name))
    }

    /// Waits until no other thread loads.
    pub(in crate::plugin) fn take_turn(&self) -> Result<TurnGuard<'_>> {
        let Some(turn) = self.turn.take() else {
            let message = "another thread is loading plug-ins into the registry, and waits for a plug-in that this thread is in; \
                           try again";
            return Err(Error::new(abi::STATUS_BUSY, message));
        };
        if turn.is_nested() {
            let message = "a plug-in that is being loaded cannot configure its registry, nor load others into it; name those in \
                           VM_PLUGIN_DEPENDS";
            return Err(Error::new(abi::STATUS_REENTRANT, message));
        }
        Ok(turn)
    }
}

impl Drop for PluginRegistry {
    fn drop(&mut self) {
        let mut plugins = self.loaded.end();
        while let Some(last) = plugins.pop() {
            drop(last);
        }
    }
}
