//! The signed hashes of an installed package: `SHA256SUMS` and `SHA256SUMS.sig` beside the library are a signature of it, and of the
//! options of the package.
#![forbid(unsafe_code)]

use crate::files;
use crate::limits::{MAX_CONFIG_FILE, MAX_PACKAGE_TEXT};
use crate::plugin::file::hash::{Hash, hash, hash_of};
use crate::plugin::file::manifest::Manifest;
use crate::plugin::registry::trust::signature::{Key, Signature};
use crate::plugin::registry::trust::sums::{FILE, SIGNATURE_FILE, Sums};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::io::Read;
use std::path::Path;

/// Returns whether there are signed hashes beside a library.
pub fn exist_beside(library: &Path) -> bool {
    library.with_file_name(SIGNATURE_FILE).symlink_metadata().is_ok()
}

/// Checks that the hashes beside a library are signed by one of the keys, and contain the hash of the library, and that of the
/// options of the package if it has any. `what` names the plug-in.
///
/// # Errors
/// `STATUS_PLUGIN_SIGNATURE`; those of opening a file.
pub fn require(library: &Path, library_hash: &Hash, manifest: &Manifest, keys: &[Key], what: &str) -> Result<()> {
    let refused = |why: String| Error::new(abi::STATUS_PLUGIN_SIGNATURE, format!("{what} {why}"));
    let (path, signature_path) = (library.with_file_name(FILE), library.with_file_name(SIGNATURE_FILE));
    let bytes = read(&path)?;
    let of_sums = format!("{}, with the hashes of {what},", path.display());
    let signature = Signature::of_bytes(read(&signature_path)?, &signature_path, &of_sums)?;
    signature.require(keys, &bytes, &hash(&bytes), &of_sums)?;
    let sums = Sums::parse(&bytes).map_err(|why| refused(format!("cannot be checked: {why}")))?;
    let mut files = vec![(library.to_owned(), Some(*library_hash))];
    let options = library.with_file_name(format!("{}.toml", manifest.name));
    if options.symlink_metadata().is_ok() {
        files.push((options, None));
    }
    for (file, known) in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hash = match known {
            Some(hash) => hash,
            None => {
                let opened = files::open(&file, "read", abi::STATUS_PLUGIN_SIGNATURE)?.file;
                let most = MAX_CONFIG_FILE as u64 + 1;
                hash_of(&mut opened.take(most)).map_err(|error| Error::io("read", &file, &error))?
            }
        };
        match sums.hash_of(&name) {
            Some(expected) if *expected == hash => {}
            Some(_) => {
                let why =
                    format!("was changed after it was signed: the hash of {} is not that in {}", file.display(), path.display());
                return Err(refused(format!("{why}; install the package again")));
            }
            None => {
                let why = format!("is not signed: {} has no hash of `{name}`", path.display());
                return Err(refused(format!("{why}; get a signed package from the author of the plug-in")));
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let opened = files::open(path, "read the signed hashes", abi::STATUS_PLUGIN_SIGNATURE)?;
    let mut bytes = Vec::new();
    let read = opened.file.take(MAX_PACKAGE_TEXT as u64).read_to_end(&mut bytes);
    read.map_err(|error| Error::io("read the signed hashes", path, &error))?;
    Ok(bytes)
}
