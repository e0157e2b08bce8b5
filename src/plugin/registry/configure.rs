//! Applies a configuration to a registry.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::Manifest;
use crate::plugin::permissions::Grants;
use crate::plugin::registry::rules::{ModulePlugins, Settings};
use crate::plugin::registry::trust::lock_file::LockFile;
use crate::plugin::registry::{PluginRegistry, Policy};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

impl PluginRegistry {
    /// Applies a configuration: adds directories, grants and keys, sets options and the state file, and replaces the policy and
    /// the lists that it contains. What it does not mention is unchanged. It takes effect for what is loaded or registered from
    /// now on.
    ///
    /// # Errors
    /// `STATUS_REENTRANT` from inside a plug-in that is being loaded into this registry; `STATUS_UNTRUSTED_PATH` for a file
    /// that others could have put in its place; those of [`PluginRegistry::set_lock`] and [`PluginRegistry::set_state_file`].
    /// Then nothing is changed.
    pub fn configure(&self, settings: &Settings) -> Result<()> {
        let _turn = self.take_turn()?;
        settings.require_trusted(&self.trusted())?;
        let lock = settings.lock.as_ref().map(|path| LockFile::read(path, &self.trusted())).transpose()?;
        let mut grants = Grants::new();
        for (name, plugin) in &settings.tables {
            plugin.permissions.iter().flat_map(|names| &names.items).try_for_each(|permission| grants.add(name, permission))?;
        }
        // The last operation that can fail.
        if let Some(path) = &settings.state_file {
            self.set_state_file(path)?;
        }
        if let Some(file) = &settings.index {
            self.index.set_file(file.clone());
        }
        self.demand(lock, &settings.keys);
        self.shared.grant_all(grants);
        let mut directories = self.directories.write().unwrap_or_else(PoisonError::into_inner);
        let mut known: HashSet<PathBuf> = directories.iter().cloned().collect();
        directories.extend(settings.directories.iter().filter(|directory| known.insert((*directory).clone())).cloned());
        drop(directories);
        if let Some(path) = &settings.package_directory {
            self.set_package_directory(Some(path));
        }
        if let Some(allow) = &settings.allow {
            self.set_policy(Policy::Named(allow.items.iter().cloned().collect()));
        }
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        rules.allow = settings.allow.clone().or_else(|| rules.allow.take());
        rules.deny = settings.deny.clone().or_else(|| rules.deny.take());
        rules.module_plugins = settings.module_plugins.unwrap_or(rules.module_plugins);
        rules.order = settings.order.clone().or_else(|| rules.order.take());
        for (name, plugin) in &settings.tables {
            rules.tables.insert(name.clone(), plugin.position.clone());
            self.shared.set_options(name, &plugin.options);
        }
        Ok(())
    }

    /// Sets how modules may bring plug-ins: `MODULE_PLUGINS_*`. The default is none.
    pub fn set_module_plugins(&self, flags: ModulePlugins) {
        self.rules.write().unwrap_or_else(PoisonError::into_inner).module_plugins = flags;
    }

    /// Denies a plug-in: it is not loaded, whatever the policy and the configuration say.
    pub fn deny(&self, name: &str) {
        self.rules.write().unwrap_or_else(PoisonError::into_inner).denied.insert(name.to_owned());
    }

    /// Returns how modules may bring plug-ins.
    pub fn module_plugins(&self) -> ModulePlugins {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).module_plugins
    }

    /// Sets the file that keeps the index of its plug-ins; `None` for none.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty path.
    pub fn set_index_file(&self, path: Option<&Path>) -> Result<()> {
        let path = path
            .map(std::path::absolute)
            .transpose()
            .map_err(|error| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("not a valid path of a plug-in index: {error}")))?;
        self.index.set_file(path);
        Ok(())
    }

    /// Returns why a plug-in is denied, if it is in the list of denied ones.
    pub(in crate::plugin) fn denial(&self, manifest: &Manifest, place: &str) -> Option<Error> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let why = match rules.deny.as_ref().filter(|deny| deny.has(&manifest.name)) {
            Some(deny) => format!("`deny` in {} contains its name; remove it to load the plug-in", deny.position),
            None => rules.denied.contains(&manifest.name).then(|| "the host has denied it".to_owned())?,
        };
        let message = format!("{} {place} is not loaded: {why}", manifest.title());
        Some(Error::new(abi::STATUS_PLUGIN_NOT_ALLOWED, message).of_plugin(&manifest.name))
    }

    /// Returns the names of the plug-ins that are loaded before the others; none with a lock file, which defines the order.
    pub(in crate::plugin) fn order(&self) -> Vec<String> {
        if self.lock().is_some() {
            return Vec::new();
        }
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.order.as_ref().map(|order| order.items.clone()).unwrap_or_default()
    }
}
