//! What a plug-in's file must be for it to load, besides having a name that the policy allows: not open to everyone's changes,
//! in the lock file, signed. All conditions that are set must hold.
//!
//! A lock and signatures are about bytes: the file is read once, through one descriptor, and what was read is hashed, checked,
//! and opened ([`Frozen`]). Without them nothing is read or hashed.
#![forbid(unsafe_code)]

use crate::plugin::file::hash::hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::frozen::Frozen;
use crate::plugin::registry::PluginRegistry;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::Path;
use std::sync::{Arc, PoisonError};

pub mod lock;
mod signature;
pub(crate) mod writable;

use lock::Lock;
pub use signature::Key;
use signature::Signature;

/// The conditions of a registry.
pub struct Trust {
    file_checks: bool,
    lock: Option<Arc<Lock>>,
    keys: Vec<Key>,
}

impl Default for Trust {
    fn default() -> Self {
        Self { file_checks: true, lock: None, keys: Vec::new() }
    }
}

impl Trust {
    /// Checks a file with this manifest, and gives its bytes when the conditions are about them.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_WORLD_WRITABLE`, `STATUS_PLUGIN_NOT_ALLOWED` when it is not in the lock, `STATUS_PLUGIN_HASH`,
    /// `STATUS_PLUGIN_SIGNATURE`.
    fn check(&self, file: PluginFile, manifest: &Manifest) -> Result<Option<Frozen>> {
        let place = format!("{} in {}", manifest.title(), file.path().display());
        if self.file_checks {
            writable::require_private(file.path(), file.file(), &place)?;
        }
        // What can be refused without reading all of the file comes first.
        let entry = self.lock.as_ref().map(|lock| lock.require_entry(manifest, &place)).transpose()?;
        let signature = if self.keys.is_empty() { None } else { Some(Signature::read(file.path(), &place)?) };
        if entry.is_none() && signature.is_none() {
            return Ok(None);
        }
        let bytes = file.read_all()?;
        let hash = hash(&bytes);
        if let Some(entry) = entry {
            entry.require(&hash, &place)?;
        }
        if let Some(signature) = signature {
            signature.require(&self.keys, &bytes, &hash, &place)?;
        }
        let frozen = Frozen::new(file, &bytes, hash)?;
        if frozen.file().read_manifest()?.bytes != manifest.bytes {
            let message = format!("{place} was changed while it was read; load it again when it is whole");
            return Err(Error::new(abi::STATUS_PLUGIN_HASH, message));
        }
        Ok(Some(frozen))
    }
}

impl PluginRegistry {
    /// Checks a plug-in's file, and gives its bytes when there are conditions on them.
    pub(in crate::plugin) fn require_trusted(&self, file: PluginFile, manifest: &Manifest) -> Result<Option<Frozen>> {
        self.trust().read().unwrap_or_else(PoisonError::into_inner).check(file, manifest)
    }

    /// The lock file.
    pub(in crate::plugin) fn lock(&self) -> Option<Arc<Lock>> {
        self.trust().read().unwrap_or_else(PoisonError::into_inner).lock.clone()
    }

    /// Whether plug-ins (and lock files) that every user of the machine may change are refused: they are, unless this says
    /// otherwise. It is for file systems without permissions.
    pub fn set_file_checks(&self, on: bool) {
        self.trust().write().unwrap_or_else(PoisonError::into_inner).file_checks = on;
    }

    /// Reads a lock file: from now on only files load whose hash stands in it, in its order. The file is not read again.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_LOCK` with line and column; `STATUS_PLUGIN_WORLD_WRITABLE`; those of opening a file. Then the registry
    /// stays as it was.
    pub fn set_lock(&self, path: &Path) -> Result<()> {
        self.demand(Some(Lock::read(path, self.file_checks())?), &[]);
        Ok(())
    }

    /// Writes a lock file with the plug-ins that are loaded from files, in load order. It replaces an old one in one step.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH` when a file is not the one any more that was loaded; `STATUS_BAD_UTF8` when a path is not UTF-8;
    /// those of reading and writing files. Then an old lock file stays as it was.
    pub fn write_lock(&self, path: &Path) -> Result<()> {
        lock::write(path, &self.plugins())
    }

    /// Whether files are checked for who may change them.
    pub(in crate::plugin) fn file_checks(&self) -> bool {
        self.trust().read().unwrap_or_else(PoisonError::into_inner).file_checks
    }

    /// Replaces the lock file, where there is one, and adds keys.
    pub(in crate::plugin) fn demand(&self, lock: Option<Lock>, keys: &[Key]) {
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

    /// Adds an Ed25519 key: from now on only files load that are signed with one of the registry's keys.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` when it is no public key.
    pub fn add_key(&self, key: &[u8; 32]) -> Result<()> {
        self.demand(None, &[Key::new(key)?]);
        Ok(())
    }

    /// As [`PluginRegistry::add_key`], of a key as text: 64 hexadecimal digits, base64 of 32 bytes, or what
    /// `openssl pkey -pubout` writes.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` when it is none of these.
    pub fn add_key_text(&self, key: &str) -> Result<()> {
        self.demand(None, &[Key::from_text(key)?]);
        Ok(())
    }
}
