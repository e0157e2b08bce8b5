//! Files of plug-ins, read without running their code.
#![forbid(unsafe_code)]

use super::error::{Error, Result, guard};
use super::plugin::Plugin;
use crate::plugin::{Inspection, Manifest};
use std::path::{Path, PathBuf};

/// What the file of a plug-in says, read without running its code.
#[derive(Clone, Debug)]
pub struct PluginInspection {
    /// The absolute path of the file.
    pub path: PathBuf,
    /// The platform that it was built for, as in `aarch64 Linux`; `None` if it is not a shared library.
    pub platform: Option<String>,
    /// The manifest; `None` if it cannot be read.
    pub manifest: Option<PluginManifest>,
    /// Why it cannot be loaded here, in any registry.
    pub refusal: Option<Error>,
}

/// The manifest of a plug-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginManifest {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// One line about it.
    pub description: String,
    /// Its licence.
    pub license: String,
    /// The names of the wasm modules that it provides.
    pub modules: Vec<String>,
    /// The permissions that it asks for.
    pub permissions: Vec<String>,
    /// The plug-ins that it needs, each with the accepted versions; empty for any.
    pub dependencies: Vec<(String, String)>,
    /// The versions of libvm that it accepts; empty for any.
    pub host_version: String,
    /// The major version of the ABI.
    pub abi_major: u32,
    /// The minor version of the ABI that it was built with.
    pub abi_minor_built: u32,
    /// The minor version of the ABI that it needs.
    pub abi_minor_required: u32,
    /// `VM_PLUGIN_*` of the C header.
    pub flags: u32,
}

impl PluginManifest {
    fn new(manifest: &Manifest) -> Self {
        Self {
            name: manifest.name.clone(),
            version: manifest.version.to_string(),
            description: manifest.description.clone(),
            license: manifest.license.clone(),
            modules: manifest.modules.clone(),
            permissions: manifest.permissions.clone(),
            dependencies: manifest.depends.iter().map(|needed| (needed.name.clone(), needed.versions())).collect(),
            host_version: manifest.host_version.as_ref().map(ToString::to_string).unwrap_or_default(),
            abi_major: manifest.abi_major,
            abi_minor_built: manifest.abi_minor_built,
            abi_minor_required: manifest.abi_minor_required,
            flags: manifest.flags,
        }
    }
}

impl Plugin {
    /// Reads the file of a plug-in without running its code. If it is damaged, or cannot be loaded here, that is part of the result.
    ///
    /// # Errors
    /// [`PLUGIN_NOT_FOUND`](crate::Status::PLUGIN_NOT_FOUND), [`PLUGIN_BAD_FILE`](crate::Status::PLUGIN_BAD_FILE) if it is not a regular
    /// file, and those of the file system.
    pub fn inspect_file(path: impl AsRef<Path>) -> Result<PluginInspection> {
        guard(|| {
            let found = Inspection::of_file(path.as_ref())?;
            Ok(PluginInspection {
                path: found.path().to_owned(),
                platform: found.platform().map(str::to_owned),
                manifest: found.manifest().map(PluginManifest::new),
                refusal: found.refusal().cloned().map(Error::from),
            })
        })
    }
}
