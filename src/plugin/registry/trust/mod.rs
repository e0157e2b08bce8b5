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
mod signed_sums;
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
        // A package is signed as a whole, and its library need not be signed too.
        let is_packaged = !self.keys.is_empty() && !Signature::exists_of(file.path()) && signed_sums::exist_beside(file.path());
        let is_single = !self.keys.is_empty() && !is_packaged;
        let signature = is_single.then(|| Signature::read(file.path(), &what)).transpose()?;
        if entry.is_none() && self.keys.is_empty() {
            return Ok(None);
        }
        let bytes = file.read_all()?;
        let hash = hash(&bytes);
        if let Some(entry) = entry {
            entry.require(&hash, &what)?;
        }
        if let Some(signature) = signature {
            signature.require(&self.keys, &bytes, &hash, &what)?;
        } else if is_packaged {
            signed_sums::require(file.path(), &hash, manifest, &self.keys, &what)?;
        }
        Frozen::checked(file, &bytes, hash, manifest, &what).map(Some)
    }
}
