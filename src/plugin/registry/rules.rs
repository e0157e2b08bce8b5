//! What a configuration says of plug-ins, and what a registry keeps of it.
#![forbid(unsafe_code)]

use crate::files::{Provenance, Trusted};
use crate::plugin::options::given::GivenOptions;
use crate::plugin::registry::trust::Key;
use crate::status::Result;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What a configuration says of plug-ins; what it does not say is `None` or empty. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Where plug-ins are looked for first.
    pub directories: Vec<PathBuf>,
    /// Where plug-ins' state is kept.
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
    /// What it says of single plug-ins, by name.
    pub tables: BTreeMap<String, PluginSettings>,
    /// Its file, and who could have put it there.
    pub source: Option<(PathBuf, Provenance)>,
}

impl Settings {
    /// Checks that only those who are trusted can have put its file where it is.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`.
    pub(super) fn require_trusted(&self, trusted: &Trusted) -> Result<()> {
        let Some((path, provenance)) = &self.source else { return Ok(()) };
        provenance.require(trusted, &format!("the configuration {}", path.display())).map_err(|error| error.at_path(path))
    }
}

/// A list of names, each there once.
#[derive(Clone, Debug, PartialEq)]
pub struct Names {
    /// In the order of the file.
    pub items: Vec<String>,
    /// Where it stands, as in `/etc/app.toml:3:8`.
    pub position: Arc<str>,
    known: HashSet<String>,
}

impl Names {
    /// Names of which each is there once.
    pub fn new(items: Vec<String>, position: Arc<str>) -> Self {
        let known = items.iter().cloned().collect();
        Self { items, position, known }
    }

    /// Whether a name is in the list.
    pub fn has(&self, name: &str) -> bool {
        self.known.contains(name)
    }
}

/// What a configuration says of one plug-in.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginSettings {
    /// Where its table stands.
    pub position: Arc<str>,
    /// What it may do.
    pub permissions: Option<Names>,
    /// Values of its options.
    pub options: GivenOptions,
}

/// What a registry keeps of its configuration.
#[derive(Default)]
pub(super) struct Rules {
    pub allow: Option<Names>,
    pub deny: Option<Names>,
    pub order: Option<Names>,
    /// The plug-ins that have a table of their own, and where.
    pub tables: BTreeMap<String, Arc<str>>,
}
