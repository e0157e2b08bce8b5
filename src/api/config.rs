//! Configurations: settings that a host leaves to its operator.
#![forbid(unsafe_code)]

use super::context_config::ContextConfig;
use super::engine::EngineConfig;
use super::error::{Error, Result, guard};
use super::plugin::{PluginRegistry, PluginReport, load};
use crate::config;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration in TOML, by which an operator sets where plug-ins are, which of them may be loaded, their options, and the limits of
/// guests. [docs/configuration.md](https://docs.rs/crate/libvm/latest/source/docs/configuration.md) lists the keys. It takes effect
/// where it is applied; what it does not mention stays as it is.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// use vm::{Config, ContextConfig, EngineConfig, Limit, PluginRegistry, Status};
///
/// let config = Config::from_buffer("[limits]\nmemory-bytes = 65536\n\n[plugins]\nallow = [\"calc\"]\n", None)?;
/// let (mut engine, mut context, plugins) = (EngineConfig::new(), ContextConfig::new(), PluginRegistry::new());
/// config.apply_to_engine(&mut engine)?;
/// config.apply_to_context(&mut context);
/// config.apply_to_registry(&plugins)?;
/// assert_eq!(context.limit(Limit::Memory), 65536);
///
/// let error = Config::from_buffer("[limits]\nmemory = 1\n", None).unwrap_err();
/// assert_eq!(error.status(), Status::BAD_CONFIG);
/// assert!(error.message().starts_with("configuration:2:1: "), "{error}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Config(config::Config);

impl Config {
    /// Loads a configuration from a file. Relative paths in it are relative to its directory.
    ///
    /// # Errors
    /// [`BAD_CONFIG`](crate::Status::BAD_CONFIG): the message begins with file, line and column;
    /// [`LIMIT`](crate::Status::LIMIT) for more than 1 MiB, and those of the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        guard(|| config::Config::from_file(path.as_ref()).map(Self))
    }

    /// Loads a configuration from memory. Relative paths in it are relative to `directory`, or else to the working directory.
    ///
    /// # Errors
    /// As for [`from_file`](Self::from_file); the message begins with `configuration`, line and column.
    pub fn from_buffer(data: impl AsRef<[u8]>, directory: Option<&Path>) -> Result<Self> {
        guard(|| config::Config::from_bytes(data.as_ref(), directory).map(Self))
    }

    /// Returns the directories in which it says that plug-ins are.
    pub fn plugin_directories(&self) -> impl Iterator<Item = &Path> {
        self.0.plugins.directories.iter().map(PathBuf::as_path)
    }

    /// Returns the names of the plug-ins that it allows, orders or has settings of, without those that it denies.
    pub fn plugin_names(&self) -> impl Iterator<Item = &str> {
        let plugins = &self.0.plugins;
        let lists = [&plugins.order, &plugins.allow].into_iter().flatten().flat_map(|names| &names.items);
        let mut known = BTreeSet::new();
        let denied = |name: &&String| plugins.deny.as_ref().is_some_and(|deny| deny.has(name));
        lists.chain(plugins.tables.keys()).filter(move |name| !denied(name) && known.insert(*name)).map(String::as_str)
    }

    /// Applies what the configuration says about plug-ins to a registry.
    ///
    /// # Errors
    /// [`UNTRUSTED_PATH`](crate::Status::UNTRUSTED_PATH), [`REENTRANT`](crate::Status::REENTRANT) inside a plug-in that is being loaded,
    /// and those of [`PluginRegistry::set_lock`] and [`PluginRegistry::set_state_file`]. Then nothing has changed.
    pub fn apply_to_registry(&self, registry: &PluginRegistry) -> Result<()> {
        guard(|| self.0.apply_to_registry(registry.inner()))
    }

    /// Applies what the configuration says about where plug-ins are and which may be loaded, but not where they keep their state: a program
    /// that inspects or installs plug-ins leaves that file to those that use them.
    ///
    /// # Errors
    /// Those of [`apply_to_registry`](Self::apply_to_registry).
    pub fn apply_conditions_to_registry(&self, registry: &PluginRegistry) -> Result<()> {
        let mut conditions = self.0.clone();
        conditions.plugins.state_file = None;
        guard(|| conditions.apply_to_registry(registry.inner()))
    }

    /// As [`apply_to_registry`](Self::apply_to_registry), with a report: a line with
    /// [`PLUGIN_NOT_FOUND`](crate::Status::PLUGIN_NOT_FOUND) for each plug-in that the configuration names and that does not exist.
    pub fn apply_to_registry_with_report(&self, registry: &PluginRegistry) -> (PluginReport, Result<()>) {
        load(|| self.0.apply_and_report(registry.inner()))
    }

    /// Sets the limits of contexts.
    pub fn apply_to_context(&self, context: &mut ContextConfig) {
        self.0.apply_to_context(Arc::make_mut(&mut context.inner_mut().limits));
    }

    /// Sets the tier, the cache of compiled code, and the limits of engines.
    ///
    /// # Errors
    /// [`UNTRUSTED_PATH`](crate::Status::UNTRUSTED_PATH) for a `cache-directory` in a file that another user could have put in its place;
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for limits that do not go together with those of the configuration of the
    /// engine.
    pub fn apply_to_engine(&self, engine: &mut EngineConfig) -> Result<()> {
        self.0.apply_to_engine(engine.inner_mut()).map_err(Error::from)
    }
}
