//! The contents of a plug-in file, inspected without running its code.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::registry::{load, search};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// The contents of a plug-in file.
#[derive(Debug)]
pub struct Inspection {
    path: PathBuf,
    platform: Option<String>,
    manifest: Option<Manifest>,
    refusal: Option<Error>,
}

impl Inspection {
    /// Inspects a file, which is found like in a load call. If it is not a plug-in, is damaged, or cannot be loaded by this
    /// library, is part of the result.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty path, `STATUS_PLUGIN_NOT_FOUND` naming the paths that were tried,
    /// `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` if it is not a regular file.
    pub fn of_file(path: &Path) -> Result<Self> {
        let path = search::resolve(path)?;
        let file = PluginFile::open(&path)?;
        let made = Self { platform: None, manifest: None, refusal: None, path };
        let platform = match file.platform() {
            Ok(platform) => platform,
            Err(error) if is_of_system(&error) => return Err(error),
            Err(error) => return Ok(Self { refusal: Some(error), ..made }),
        };
        let made = Self { platform: Some(platform.to_string()), ..made };
        let foreign = file.require_platform(&platform).err();
        let (manifest, refusal) = match file.read_manifest_of_any_platform() {
            Ok(manifest) => (Some(manifest), None),
            Err(error) if is_of_system(&error) => return Err(error),
            Err(error) => (None, Some(error)),
        };
        let refusal = foreign.or(refusal).or_else(|| manifest.as_ref().and_then(|manifest| made.refusal_of(manifest)));
        Ok(Self { manifest, refusal, ..made })
    }

    /// Returns why this library cannot load a plug-in for its platform.
    fn refusal_of(&self, manifest: &Manifest) -> Option<Error> {
        let checked = manifest.check(&format!("in {}", self.path.display()));
        checked.and_then(|()| load::check_file_name(&self.path, manifest)).err().map(|error| error.at_path(&self.path))
    }

    /// Returns the absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the platform that it was built for, as in `aarch64 Linux`; `None` if it is not a shared library.
    pub fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// Returns the manifest; `None` if it cannot be read.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Returns why it cannot be loaded here, in any registry.
    pub fn refusal(&self) -> Option<&Error> {
        self.refusal.as_ref()
    }
}

/// Returns whether an error is about reading the file, as opposed to its contents.
fn is_of_system(error: &Error) -> bool {
    !matches!(
        error.status(),
        abi::STATUS_PLUGIN_BAD_FILE
            | abi::STATUS_PLUGIN_NO_MANIFEST
            | abi::STATUS_PLUGIN_BAD_MANIFEST
            | abi::STATUS_PLUGIN_WRONG_PLATFORM
    )
}
