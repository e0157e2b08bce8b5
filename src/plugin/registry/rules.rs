//! The settings of plug-ins in a configuration, and what a registry keeps of them.
#![forbid(unsafe_code)]

use crate::files::{Provenance, Trusted};
use crate::plugin::options::given::GivenOptions;
use crate::plugin::registry::trust::Key;
use crate::status::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The settings of plug-ins in a configuration; what it does not set is `None` or empty. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Directories that are searched first.
    pub directories: Vec<PathBuf>,
    /// The directory of installed packages.
    pub package_directory: Option<PathBuf>,
    /// The file for plug-ins' state.
    pub state_file: Option<PathBuf>,
    /// The only plug-ins that may be loaded.
    pub allow: Option<Names>,
    /// Plug-ins that may not be loaded.
    pub deny: Option<Names>,
    /// The plug-ins that are loaded before the others, in this order.
    pub order: Option<Names>,
    /// The file with the hashes of the plug-ins that may be loaded.
    pub lock: Option<PathBuf>,
    /// The keys of which one must have signed a plug-in.
    pub keys: Vec<Key>,
    /// How modules may bring plug-ins.
    pub module_plugins: Option<ModulePlugins>,
    /// The file of the index; `None` inside for none.
    pub index: Option<Option<PathBuf>>,
    /// The settings of single plug-ins, by name.
    pub tables: BTreeMap<String, PluginSettings>,
    /// The configuration file, and who could have put it in its place.
    pub source: Option<(PathBuf, Provenance)>,
}

impl Settings {
    /// Checks that only trusted users can have put the configuration file in its place.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`.
    pub(super) fn require_trusted(&self, trusted: &Trusted) -> Result<()> {
        let Some((path, provenance)) = &self.source else { return Ok(()) };
        provenance.require(trusted, &format!("the configuration {}", path.display())).map_err(|error| error.at_path(path))
    }
}

/// How modules may bring plug-ins into a registry: `MODULE_PLUGINS_*`.
pub type ModulePlugins = u32;
/// Those that the custom section `libvm.plugins` names.
pub const MODULE_PLUGINS_DECLARED: ModulePlugins = 1;
/// Those that provide the modules that they import.
pub const MODULE_PLUGINS_IMPORTS: ModulePlugins = 2;
/// Those that other plug-ins require for them (`libvm.dependencies/1`).
pub const MODULE_PLUGINS_DEPENDENCIES: ModulePlugins = 4;
/// Each with its name in a configuration.
pub const MODULE_PLUGINS: &[(&str, ModulePlugins)] =
    &[("declared", MODULE_PLUGINS_DECLARED), ("imports", MODULE_PLUGINS_IMPORTS), ("dependencies", MODULE_PLUGINS_DEPENDENCIES)];

/// A list of names without duplicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Names {
    /// In the order of the file.
    pub items: Vec<String>,
    /// Its position, as in `/etc/app.toml:3:8`.
    pub position: Arc<str>,
    known: HashSet<String>,
}

impl Names {
    /// Creates a list of distinct names.
    pub fn new(items: Vec<String>, position: Arc<str>) -> Self {
        let known = items.iter().cloned().collect();
        Self { items, position, known }
    }

    /// Returns whether a name is in the list.
    pub fn has(&self, name: &str) -> bool {
        self.known.contains(name)
    }
}

/// The settings of one plug-in in a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginSettings {
    /// The position of its table.
    pub position: Arc<str>,
    /// Its permissions.
    pub permissions: Option<Names>,
    /// Values of its options.
    pub options: GivenOptions,
}

/// What a registry keeps of its configuration.
#[derive(Default)]
pub(super) struct Rules {
    pub module_plugins: ModulePlugins,
    pub allow: Option<Names>,
    pub deny: Option<Names>,
    /// Plug-ins that the host denies, whatever the configuration says.
    pub denied: BTreeSet<String>,
    pub order: Option<Names>,
    /// The plug-ins with a table of their own, and its position.
    pub tables: BTreeMap<String, Arc<str>>,
}
