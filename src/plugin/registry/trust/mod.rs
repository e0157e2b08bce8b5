//! Requirements on a plug-in's file, besides a name that the policy allows: others cannot change it, it is
//! in the lock file, it is signed. All conditions that are set must hold.
//!
//! A lock and signatures are about bytes: the file is read once, through one descriptor, and the bytes that were read are hashed,
//! checked, and opened ([`Frozen`]). Without them nothing is read or hashed.
#![forbid(unsafe_code)]

use crate::files::Trusted;
use crate::plugin::file::hash::hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::frozen::Frozen;
use crate::status::Result;
use std::sync::Arc;

pub mod lock_file;
mod signature;
pub mod sums;

use lock_file::LockFile;
pub use signature::{Key, Signature};

/// The conditions of a registry.
#[derive(Default)]
pub struct Trust {
    /// The lock file in which they must be.
    pub lock: Option<Arc<LockFile>>,
    /// The keys of which one must have signed them.
    pub keys: Vec<Key>,
}

impl Trust {
    /// Checks a file with this manifest, and returns its bytes if the conditions are about them.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`, `STATUS_PLUGIN_NOT_ALLOWED` if it is not in the lock, `STATUS_PLUGIN_HASH`,
    /// `STATUS_PLUGIN_SIGNATURE`.
    pub fn check(&self, file: PluginFile, manifest: &Manifest, trusted: &Trusted) -> Result<Option<Frozen>> {
        let what = format!("{} in {}", manifest.title(), file.path().display());
        trusted.require(file.path(), &file.metadata()?, &what)?;
        // Reasons for refusal that do not require the whole file come first.
        let entry = self.lock.as_ref().map(|lock| lock.require_entry(manifest, &what)).transpose()?;
        let signature = if self.keys.is_empty() { None } else { Some(Signature::read(file.path(), &what)?) };
        if entry.is_none() && signature.is_none() {
            return Ok(None);
        }
        let bytes = file.read_all()?;
        let hash = hash(&bytes);
        if let Some(entry) = entry {
            entry.require(&hash, &what)?;
        }
        if let Some(signature) = signature {
            signature.require(&self.keys, &bytes, &hash, &what)?;
        }
        Frozen::checked(file, &bytes, hash, manifest, &what).map(Some)
    }
}
