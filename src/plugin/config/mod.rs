//! Configuration files: what a host leaves to the one who runs it. docs/configuration.md lists the keys.
#![forbid(unsafe_code)]

mod read;
mod source;
#[cfg(test)]
mod tests;

use crate::engine::{EngineConfig, StoreLimits};
use crate::limits::MAX_CONFIG_FILE;
use crate::plugin::options::given::GivenOptions;
use crate::plugin::registry::trust::{Key, writable};
use crate::status::{Error, Result};
use libvm_abi as abi;
use source::Source;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a configuration says; what it does not say is `None` or empty. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
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
    /// How much guests may take.
    pub limits: Limits,
    /// What it says of single plug-ins, by name.
    pub plugins: BTreeMap<String, PluginConfig>,
    /// Why its file is nobody's word: every user of the machine may change it.
    pub(super) world_writable: Option<String>,
}

/// A list of names, each there once.
#[derive(Clone, Debug, PartialEq)]
pub struct Names {
    /// In the order of the file.
    pub items: Vec<String>,
    /// Where it stands, as in `/etc/app.toml:3:8`.
    pub place: Arc<str>,
}

/// How much guests may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories of a context.
    pub memory_bytes: Option<u64>,
    /// Elements of all tables of a context.
    pub table_elements: Option<u64>,
    /// Instances of a context.
    pub instances: Option<usize>,
    /// Bytes of a value stack of an engine.
    pub stack_bytes: Option<usize>,
    /// Nested calls of a guest in an engine.
    pub recursion_depth: Option<usize>,
}

/// What a configuration says of one plug-in.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginConfig {
    /// Where its table stands.
    pub place: Arc<str>,
    /// What it may do.
    pub permissions: Option<Names>,
    /// Values of its options.
    pub options: GivenOptions,
}

impl Config {
    /// Reads a file; relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_LIMIT` when it is too large; `STATUS_BAD_CONFIG`
    /// with line and column.
    pub fn from_file(path: &Path) -> Result<Self> {
        let whole = std::path::absolute(path).map_err(|error| {
            Error::new(abi::STATUS_INVALID_ARGUMENT, format!("\"{}\" is no path of a file: {error}", path.display()))
        })?;
        let failed = |error: std::io::Error| Error::io("read the configuration file", &whole, &error);
        let file = File::open(&whole).map_err(failed)?;
        let mut bytes = Vec::new();
        (&file).take(MAX_CONFIG_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        let name = whole.display().to_string();
        let base = whole.parent().unwrap_or(&whole);
        let mut config = Self::read(&bytes, &name, base).map_err(|error| error.at_path(&whole))?;
        match writable::require_private(&whole, &file, &format!("the configuration {name}")) {
            Err(error) if error.status() == abi::STATUS_PLUGIN_WORLD_WRITABLE => {
                config.world_writable = Some(error.message().to_owned());
                Ok(config)
            }
            checked => checked.map(|()| config),
        }
    }

    /// Reads a configuration that is in memory; relative paths in it are relative to `base`, by default the working directory.
    ///
    /// # Errors
    /// As of [`Config::from_file`], and what the system says when there is no working directory.
    pub fn from_bytes(bytes: &[u8], base: Option<&Path>) -> Result<Self> {
        let base = base.unwrap_or(Path::new("."));
        let whole = if base.as_os_str().is_empty() {
            Err(Error::new(abi::STATUS_INVALID_ARGUMENT, "the directory of a configuration is empty; give a path, or none"))
        } else {
            std::path::absolute(base).map_err(|error| Error::io("find the directory", base, &error))
        };
        Self::read(bytes, "configuration", &whole?)
    }

    fn read(bytes: &[u8], name: &str, base: &Path) -> Result<Self> {
        if bytes.len() > MAX_CONFIG_FILE {
            let message = format!("{name} is larger than {MAX_CONFIG_FILE} bytes, the most a configuration may have");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        read::config(&Source::new(bytes, name)?, base)
    }
}

impl Limits {
    /// Sets the limits of a context that are given.
    pub fn apply_to_store(&self, limits: &mut StoreLimits) {
        limits.memory_bytes = self.memory_bytes.unwrap_or(limits.memory_bytes);
        limits.table_elements = self.table_elements.unwrap_or(limits.table_elements);
        limits.instances = self.instances.unwrap_or(limits.instances);
    }

    /// Sets the limits of an engine that are given.
    ///
    /// # Errors
    /// None for limits that were read from a configuration.
    pub fn apply_to_engine(&self, config: &mut EngineConfig) -> Result<()> {
        let mut changed = config.clone();
        self.stack_bytes.map_or(Ok(()), |bytes| changed.set_stack_size(bytes))?;
        self.recursion_depth.map_or(Ok(()), |calls| changed.set_recursion_depth(calls))?;
        *config = changed;
        Ok(())
    }
}
