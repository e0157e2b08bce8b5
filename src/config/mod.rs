//! Configuration files: what a host leaves to the one who runs it. docs/configuration.md lists the keys.
#![forbid(unsafe_code)]

mod read;
#[cfg(test)]
mod tests;

use crate::engine::{EngineConfig, StoreLimits};
use crate::limits::MAX_CONFIG_FILE;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::configure::Settings;
use crate::plugin::registry::trust::writable;
use crate::status::{Error, Result};
use crate::toml_file::TomlFile;
use libvm_abi as abi;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a configuration says; what it does not say is `None` or empty. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// What it says of plug-ins.
    pub plugins: Settings,
    /// How much guests may take.
    pub limits: Limits,
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
                config.plugins.untrusted = Some(error.message().to_owned());
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
        read::config(&TomlFile::new(bytes, name, abi::STATUS_BAD_CONFIG)?, base)
    }

    /// Does what it says of plug-ins. What it does not mention stays as it is.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::configure`]; then nothing has changed.
    pub fn apply_to_registry(&self, registry: &PluginRegistry) -> Result<()> {
        registry.configure(&self.plugins)
    }

    /// Sets the limits of contexts that it has, where a context keeps them. The others stay.
    pub fn apply_to_context(&self, to: &mut StoreLimits) {
        let from = &self.limits;
        to.memory_bytes = from.memory_bytes.unwrap_or(to.memory_bytes);
        to.table_elements = from.table_elements.unwrap_or(to.table_elements);
        to.instances = from.instances.unwrap_or(to.instances);
    }

    /// Sets the limits of engines that it has. The others stay.
    ///
    /// # Errors
    /// None for limits that were read from a configuration.
    pub fn apply_to_engine(&self, config: &mut EngineConfig) -> Result<()> {
        let mut changed = config.clone();
        self.limits.stack_bytes.map_or(Ok(()), |bytes| changed.set_stack_size(bytes))?;
        self.limits.recursion_depth.map_or(Ok(()), |calls| changed.set_recursion_depth(calls))?;
        *config = changed;
        Ok(())
    }
}
