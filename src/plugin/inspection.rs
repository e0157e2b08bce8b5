//! What a file holds, told without running any of it.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::registry::{load, search};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// What a file holds.
#[derive(Debug)]
pub struct Inspection {
    path: PathBuf,
    platform: Option<String>,
    manifest: Option<Manifest>,
    refusal: Option<Error>,
}

impl Inspection {
    /// Reads a file, which is found as a load call finds it. That it is no plug-in, damaged, or cannot be loaded by this
    /// library, is part of the result.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty path, `STATUS_PLUGIN_NOT_FOUND` naming what was tried,
    /// `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` when it is no regular file.
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

    /// Why this library cannot load a plug-in of its platform.
    fn refusal_of(&self, manifest: &Manifest) -> Option<Error> {
        let checked = manifest.check(&format!("in {}", self.path.display()));
        checked.and_then(|()| load::check_file_name(&self.path, manifest)).err().map(|error| error.at_path(&self.path))
    }

    /// The file, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For what it was built, as in `aarch64 Linux`; `None` when it is no shared library.
    pub fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// What the plug-in says about itself; `None` when that cannot be read.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Why it cannot be loaded here, whatever the registry.
    pub fn refusal(&self) -> Option<&Error> {
        self.refusal.as_ref()
    }
}

/// Whether an error is about reading the file, and not about what it holds.
fn is_of_system(error: &Error) -> bool {
    !matches!(
        error.status(),
        abi::STATUS_PLUGIN_BAD_FILE
            | abi::STATUS_PLUGIN_NO_MANIFEST
            | abi::STATUS_PLUGIN_BAD_MANIFEST
            | abi::STATUS_PLUGIN_WRONG_PLATFORM
    )
}
