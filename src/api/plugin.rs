//! Plug-ins.
#![forbid(unsafe_code)]

use super::error::{Error, Result, Status, guard};
use crate::plugin::{self, OptionInfo, Policy};
use crate::{similar, status, text};
use libvm_abi as abi;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::plugin::directories::Kind as DirectoryKind;
pub use crate::plugin::stream::{SinkInfo, SourceInfo};
pub use crate::plugin::{FunctionInfo as PluginFunction, ModuleInfo as PluginModule};

/// Finds, checks and loads plug-ins; [`Context::register_plugins`](crate::Context::register_plugins) makes their modules available in a context. Clones share it.
///
/// Loading a plug-in runs its code: load only plug-ins that you trust. No code of a file runs before its manifest was read and the
/// policy of the registry allows it.
#[derive(Clone)]
pub struct PluginRegistry(Arc<plugin::PluginRegistry>);

/// What a load call did with each file.
#[derive(Clone, Debug, Default)]
pub struct PluginReport {
    /// A line for each file.
    pub lines: Vec<PluginReportLine>,
}

/// What a load call did with a file.
#[derive(Clone, Debug)]
pub struct PluginReportLine {
    /// The file.
    pub path: PathBuf,
    /// The name of the plug-in, if it is known.
    pub name: Option<String>,
    /// The version of the plug-in, if it is known.
    pub version: Option<String>,
    /// The path of an earlier line, if that has the same file.
    pub same_as: Option<PathBuf>,
    /// Whether it is loaded; in the report of an examination, whether it would be.
    pub loaded: bool,
    /// [`Status::OK`], or why it was not loaded.
    pub status: Status,
    /// The same in words.
    pub message: String,
}

impl PluginReport {
    fn new(report: &plugin::Report) -> Self {
        let line = |line: &plugin::Line| PluginReportLine {
            path: line.path().to_owned(),
            name: line.name().map(str::to_owned),
            version: line.version().map(str::to_owned),
            same_as: line.same_as().map(Path::to_owned),
            loaded: line.loaded(),
            status: Status::from_number(line.status()),
            message: line.message().to_owned(),
        };
        Self { lines: report.lines().iter().map(line).collect() }
    }
}

pub(super) type Loaded = (PluginReport, Result<()>);

impl PluginRegistry {
    /// Creates a registry without plug-ins, which may load any.
    pub fn new() -> Self {
        crate::capi::watch_forks();
        Self(plugin::PluginRegistry::new(Policy::Any, Vec::new()))
    }

    /// Allows plug-ins with these names only: no code of any other runs.
    pub fn allow_only<S: Into<String>>(&self, names: impl IntoIterator<Item = S>) {
        self.0.set_policy(Policy::Named(names.into_iter().map(Into::into).collect()));
    }

    /// Allows all plug-ins, as initially.
    pub fn allow_all(&self) {
        self.0.set_policy(Policy::Any);
    }

    /// Denies a plug-in: it is not loaded, whatever a configuration says.
    pub fn deny(&self, name: &str) {
        self.0.deny(name);
    }

    /// Adds a directory to those that [`load_with_default_paths`](Self::load_with_default_paths) searches.
    pub fn add_search_directory(&self, directory: impl AsRef<Path>) {
        self.0.add_directory(directory.as_ref());
    }

    /// Sets the file in which plug-ins keep their state.
    ///
    /// # Errors
    /// [`SEALED`](Status::SEALED), [`UNSUPPORTED`](Status::UNSUPPORTED), and those of the file.
    pub fn set_state_file(&self, path: impl AsRef<Path>) -> Result<()> {
        guard(|| self.0.set_state_file(path.as_ref()))
    }

    /// Sets the directory in which plug-ins have their directories of a kind; `None` for none.
    ///
    /// # Errors
    /// [`SEALED`](Status::SEALED), and those of the directory.
    pub fn set_data_directory(&self, kind: DirectoryKind, directory: Option<&Path>) -> Result<()> {
        guard(|| self.0.set_directory(kind, directory))
    }

    /// Sets the directory of installed packages; `None` for the default.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for a path that is not possible.
    pub fn set_package_directory(&self, directory: Option<&Path>) -> Result<()> {
        let directory = directory.map(std::path::absolute).transpose().map_err(|error| {
            Error::with_status(Status::INVALID_ARGUMENT, format!("not a valid path of a package directory: {error}"))
        })?;
        self.0.set_package_directory(directory.as_deref());
        Ok(())
    }

    /// Sets the file in which it is remembered which plug-ins are in which files; `None` for none.
    ///
    /// # Errors
    /// Those of the file.
    pub fn set_index_file(&self, path: Option<&Path>) -> Result<()> {
        guard(|| self.0.set_index_file(path))
    }

    /// Sets whether files that another user could have written are refused.
    pub fn set_file_checks(&self, on: bool) {
        self.0.set_file_checks(on);
    }

    /// Adds a group whose members may write files of plug-ins.
    pub fn add_trusted_group(&self, group: u32) {
        self.0.add_trusted_group(group);
    }

    /// Requires that plug-ins are in a lock file.
    ///
    /// # Errors
    /// Those of the file.
    pub fn set_lock(&self, path: impl AsRef<Path>) -> Result<()> {
        guard(|| self.0.set_lock(path.as_ref()))
    }

    /// Writes a lock file of the plug-ins that are loaded.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write_lock(&self, path: impl AsRef<Path>) -> Result<()> {
        guard(|| self.0.write_lock(path.as_ref()))
    }

    /// Requires that plug-ins are signed with one of the added keys, which are 64 hexadecimal digits each.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) if it is not a key.
    pub fn add_key(&self, key: &str) -> Result<()> {
        guard(|| self.0.add_key_text(key))
    }

    /// Grants a plug-in a permission in all contexts.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an invalid permission.
    pub fn grant_permission(&self, plugin: &str, permission: &str) -> Result<()> {
        guard(|| self.0.grant(plugin, permission))
    }

    /// Declares a point of the host at which plug-ins may have hooks.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an invalid name.
    pub fn declare_hook_point(&self, point: &str, description: &str) -> Result<()> {
        guard(|| self.0.declare_point(point, description))
    }

    /// Loads a plug-in from a file, or all of a directory.
    ///
    /// # Errors
    /// Every failure with a file, the first one if there are several.
    pub fn load_from_path(&self, path: impl AsRef<Path>) -> Result<()> {
        self.load_from_path_with_report(path).1
    }

    /// As [`load_from_path`](Self::load_from_path), with a report of each file.
    pub fn load_from_path_with_report(&self, path: impl AsRef<Path>) -> Loaded {
        load(|| self.0.load_from_path(path.as_ref()))
    }

    /// Loads the plug-ins of the environment, of the search directories, and of the directory where libvm is installed.
    ///
    /// # Errors
    /// As for [`load_from_path`](Self::load_from_path).
    pub fn load_with_default_paths(&self) -> Result<()> {
        self.load_with_default_paths_with_report().1
    }

    /// As [`load_with_default_paths`](Self::load_with_default_paths), with a report of each file.
    pub fn load_with_default_paths_with_report(&self) -> Loaded {
        load(|| self.0.load_with_default_paths())
    }

    /// Reports what [`load_from_path_with_report`](Self::load_from_path_with_report) would do, as far as the files tell. No code of a
    /// plug-in runs, and nothing is loaded.
    pub fn examine_path(&self, path: impl AsRef<Path>) -> Loaded {
        load(|| self.0.examine_path(path.as_ref()))
    }

    /// Reports what [`load_with_default_paths_with_report`](Self::load_with_default_paths_with_report) would do, as far as the files
    /// tell. No code of a plug-in runs, and nothing is loaded.
    pub fn examine_default_paths(&self) -> Loaded {
        load(|| self.0.examine_default_paths())
    }

    /// Loads the plug-in with a name from the directories of [`load_with_default_paths`](Self::load_with_default_paths), with those that it
    /// depends on, and no other.
    ///
    /// # Errors
    /// [`PLUGIN_NOT_FOUND`](Status::PLUGIN_NOT_FOUND), and as for [`load_from_path`](Self::load_from_path).
    pub fn load_by_name(&self, name: &str) -> Result<()> {
        load(|| self.0.load_by_name(name)).1
    }

    /// Loads newer versions of plug-ins that are loaded; contexts move to them with [`Context::update_plugin`](crate::Context::update_plugin).
    ///
    /// # Errors
    /// As for [`load_from_path`](Self::load_from_path).
    pub fn update_from_path(&self, path: impl AsRef<Path>) -> Result<()> {
        load(|| self.0.update_from_path(path.as_ref())).1
    }

    /// Returns the plug-ins that are loaded, in their order of dependencies.
    pub fn plugins(&self) -> Vec<Plugin> {
        self.0.plugins().into_iter().map(Plugin).collect()
    }

    /// Returns the loaded plug-in with a name.
    ///
    /// # Errors
    /// [`PLUGIN_NOT_FOUND`](Status::PLUGIN_NOT_FOUND).
    pub fn find(&self, name: &str) -> Result<Plugin> {
        self.0.find(name).map(Plugin).ok_or_else(|| {
            let plugins = self.0.plugins();
            let known = similar::listed(name, plugins.iter().map(|plugin| plugin.name()));
            let message = format!("no plug-in `{}` is loaded in this registry; it has {known}", text::name(name));
            status::Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(name).into()
        })
    }

    pub(super) fn inner(&self) -> &Arc<plugin::PluginRegistry> {
        &self.0
    }
}

impl Default for PluginRegistry {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn load(load: impl FnOnce() -> (plugin::Report, status::Result<()>)) -> Loaded {
    match guard(|| Ok(load())) {
        Ok((report, outcome)) => (PluginReport::new(&report), outcome.map_err(Error::from)),
        Err(error) => (PluginReport::default(), Err(error)),
    }
}

/// A plug-in that is loaded. It stays loaded as long as this exists.
#[derive(Clone)]
pub struct Plugin(Arc<plugin::Plugin>);

impl Plugin {
    pub(super) fn new(inner: Arc<plugin::Plugin>) -> Self {
        Self(inner)
    }

    pub(super) fn inner(&self) -> &Arc<plugin::Plugin> {
        &self.0
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Returns the version.
    pub fn version(&self) -> String {
        self.0.version().to_string()
    }

    /// Returns the description.
    pub fn description(&self) -> &str {
        &self.0.manifest().description
    }

    /// Returns the licence.
    pub fn license(&self) -> &str {
        &self.0.manifest().license
    }

    /// Returns the file; `None` for a built-in plug-in.
    pub fn path(&self) -> Option<&Path> {
        self.0.path()
    }

    /// Returns the minor version of the ABI that it was built for.
    pub fn abi_minor(&self) -> u32 {
        self.0.abi_minor()
    }

    /// Returns the wasm modules, with their functions.
    pub fn modules(&self) -> &[PluginModule] {
        self.0.module_infos()
    }

    /// Returns the options.
    pub fn options(&self) -> &[OptionInfo] {
        self.0.options()
    }

    /// Returns the permissions that it asks for.
    pub fn permissions(&self) -> &[String] {
        &self.0.manifest().permissions
    }

    /// Returns the plug-ins that it needs, each with the accepted versions; empty for any.
    pub fn dependencies(&self) -> Vec<(String, String)> {
        self.0.manifest().depends.iter().map(|needed| (needed.name.clone(), needed.versions())).collect()
    }

    /// Returns its sources of streams.
    pub fn sources(&self) -> impl Iterator<Item = &SourceInfo> {
        self.0.sources()
    }

    /// Returns its sinks of streams.
    pub fn sinks(&self) -> impl Iterator<Item = &SinkInfo> {
        self.0.sinks()
    }

    /// Returns the points at which it has hooks, each with its description.
    pub fn hooks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.hooks().iter().map(|hook| (&*hook.point, &*hook.description))
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({} {})", self.name(), self.version())
    }
}
