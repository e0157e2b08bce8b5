//! Requirements of a registry on the files of plug-ins.
#![forbid(unsafe_code)]

use crate::files::Trusted;
use crate::plugin::file::hash::Hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::frozen::Frozen;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::trust::Key;
use crate::plugin::registry::trust::lock_file::{self, LockFile};
use crate::status::Result;
use std::path::Path;
use std::sync::{Arc, PoisonError};

impl PluginRegistry {
    /// Checks a plug-in's file, and returns its bytes if there are conditions on them.
    pub(in crate::plugin) fn require_trusted(&self, file: PluginFile, manifest: &Manifest) -> Result<Option<Frozen>> {
        self.trust().read().unwrap_or_else(PoisonError::into_inner).check(file, manifest, &self.trusted())
    }

    /// Checks that a file with this manifest and this hash may be loaded, as far as policy and lock file tell; `place` is for
    /// messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_ALLOWED`, `STATUS_PLUGIN_HASH`.
    pub fn require_acceptable(&self, manifest: &Manifest, hash: &Hash, place: &str) -> Result<()> {
        if let Some(denial) = self.denial(manifest, place) {
            return Err(denial);
        }
        self.require_allowed(manifest, place)?;
        let Some(lock) = self.lock() else { return Ok(()) };
        let what = format!("{} {place}", manifest.title());
        let checked = lock.require_entry(manifest, &what).and_then(|entry| entry.require(hash, &what));
        checked.map_err(|error| error.of_plugin(&manifest.name))
    }

    /// Returns the keys of which one must have signed what is loaded.
    pub fn keys(&self) -> Vec<Key> {
        self.trust().read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    /// The lock file.
    pub(in crate::plugin) fn lock(&self) -> Option<Arc<LockFile>> {
        self.trust().read().unwrap_or_else(PoisonError::into_inner).lock.clone()
    }

    /// Sets whether files that users other than root and this user could have put in their place are refused: plug-ins, lock
    /// files, configurations, state files. The default is on; off is for file systems without permissions.
    pub fn set_file_checks(&self, on: bool) {
        self.shared().trusted.write().unwrap_or_else(PoisonError::into_inner).set_everyone(!on);
    }

    /// Accepts files and directories that the members of a group can change.
    pub fn add_trusted_group(&self, group: u32) {
        self.shared().trusted.write().unwrap_or_else(PoisonError::into_inner).add_group(group);
    }

    /// Reads a lock file: from now on only files whose hash is in it are loaded, in its order. The file is not read again.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_LOCK` with line and column; `STATUS_UNTRUSTED_PATH`; those of opening a file. Then the registry
    /// is unchanged.
    pub fn set_lock(&self, path: &Path) -> Result<()> {
        self.demand(Some(LockFile::read(path, &self.trusted())?), &[]);
        Ok(())
    }

    /// Writes a lock file with the plug-ins that are loaded from files, in load order. It replaces an old one atomically.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH` if a file was changed since it was loaded; `STATUS_BAD_UTF8` if a path is not valid UTF-8;
    /// those of reading and writing files. Then an old lock file is unchanged.
    pub fn write_lock(&self, path: &Path) -> Result<()> {
        lock_file::write(path, &self.plugins(), &self.trusted())
    }

    /// Returns whose changes to files are accepted.
    pub fn trusted(&self) -> Trusted {
        self.shared().trusted.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the lock file, if there is one, and adds keys.
    pub(in crate::plugin) fn demand(&self, lock: Option<LockFile>, keys: &[Key]) {
        let mut trust = self.trust().write().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = lock {
            trust.lock = Some(Arc::new(lock));
        }
        for key in keys {
            if !trust.keys.contains(key) {
                trust.keys.push(key.clone());
            }
        }
    }

    /// Adds an Ed25519 key: from now on only files that are signed with one of the registry's keys are loaded.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if it is not a public key.
    pub fn add_key(&self, key: &[u8; 32]) -> Result<()> {
        self.demand(None, &[Key::new(key)?]);
        Ok(())
    }

    /// Like [`PluginRegistry::add_key`], with a key as text: 64 hexadecimal digits, base64 of 32 bytes, or the output of
    /// `openssl pkey -pubout`.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if it is none of these.
    pub fn add_key_text(&self, key: &str) -> Result<()> {
        self.demand(None, &[Key::from_text(key)?]);
        Ok(())
    }
}
