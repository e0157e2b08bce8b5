//! Ensures that the bytes that were read are the ones that are opened.
//!
//! A file can be replaced, and its bytes overwritten, between the check and the moment in which the system's
//! loader maps it, and mapped pages change with the file: `cp` and `cmake --install` overwrite an existing file.
//! Therefore on Linux the bytes that were read are opened from a copy of their own, which nobody can change (`sealed`).
//!
//! Under a lock or keys nothing else is opened. Otherwise the file is opened by its path if a copy is not possible, or would not
//! work: a library that requires others in its own directory does not find them from a copy.

use crate::files::Stamp;
use crate::plugin::file::hash::Hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::open::{self, Library};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::plugin::native::sealed;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use crate::plugin::native::sealed::Copy;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::Path;
use std::sync::Arc;

/// This system has no sealed copies.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) type Copy = std::convert::Infallible;

/// A plug-in's bytes as they were read, and perhaps checked.
pub struct Frozen {
    file: PluginFile,
    hash: Hash,
    /// Whether these bytes were checked, so that nothing else is opened.
    checked: bool,
    copy: Option<Arc<Copy>>,
}

impl Frozen {
    /// Keeps the bytes of a file with this manifest, which were checked; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH` if it was changed meanwhile; `STATUS_IO`, `STATUS_OUT_OF_MEMORY` and similar if no copy is
    /// possible.
    pub fn checked(file: PluginFile, bytes: &[u8], hash: Hash, manifest: &Manifest, what: &str) -> Result<Self> {
        let made = Self { copy: copy(&file, bytes, (None, hash))?, file, hash, checked: true };
        made.require_manifest(manifest, what)?;
        Ok(made)
    }

    /// Keeps the bytes of a file with this manifest, so that they do not change while they are mapped.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH` if it was changed meanwhile.
    pub fn unchecked(file: PluginFile, bytes: &[u8], hash: Hash, manifest: &Manifest, what: &str) -> Result<Self> {
        let copy =
            if looks_beside_itself(bytes) { None } else { copy(&file, bytes, (Some(file.id().clone()), hash)).unwrap_or(None) };
        let made = Self { copy, file, hash, checked: false };
        made.require_manifest(manifest, what)?;
        Ok(made)
    }

    /// Returns the SHA-256 hash of the bytes.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Returns the stamp that the file had before it was read.
    pub fn stamp(&self) -> &Stamp {
        self.file.stamp()
    }

    /// Returns whether the bytes were checked.
    pub fn is_checked(&self) -> bool {
        self.checked
    }

    /// Checks that the bytes to be opened have the manifest that was read before.
    fn require_manifest(&self, manifest: &Manifest, what: &str) -> Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let found = match &self.copy {
            Some(copy) => {
                let file = copy.file().map_err(|error| Error::io("read the copy in memory of", self.file.path(), &error))?;
                self.file.with_file(file).read_manifest()?
            }
            None => self.file.read_manifest()?,
        };
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let found = self.file.read_manifest()?;
        if found.bytes == manifest.bytes {
            return Ok(());
        }
        let message = format!("{what} was changed while it was read; load it again when it is complete");
        Err(Error::new(abi::STATUS_PLUGIN_HASH, message))
    }

    /// Opens the library, and returns it with what has to be kept as long as it; the error is the system's reason.
    pub(super) fn open(&self, path: &Path) -> Result<(Library, Option<Arc<Copy>>), String> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Some(copy) = &self.copy {
            match copy.open() {
                Ok(library) => return Ok((library, Some(Arc::clone(copy)))),
                Err(why) if self.checked => return Err(sealed::explain(&why, path)),
                // For instance where code must not run from memory: opening the file gives a better message, or works.
                Err(_) => {}
            }
        }
        let library =
            if self.checked { open_in_place(&self.file, path) } else { open::open_file(path, self.file.id(), &self.hash) }?;
        Ok((library, None))
    }
}

/// Returns a copy of a file's bytes, which is kept once for each `key`; `None` on systems without such copies.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn copy(file: &PluginFile, bytes: &[u8], key: sealed::Key) -> Result<Option<Arc<Copy>>> {
    let made = Copy::of(bytes, key, file.path());
    made.map(Some).map_err(|error| Error::io("create a copy in memory of", file.path(), &error))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn copy(_: &PluginFile, _: &[u8], _: (Option<crate::plugin::file::object_file::FileId>, Hash)) -> Result<Option<Arc<Copy>>> {
    Ok(None)
}

/// Returns whether a library may refer to others relative to its own directory.
fn looks_beside_itself(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'$').skip(1).any(|rest| rest.starts_with(b"ORIGIN") || rest.starts_with(b"{ORIGIN}"))
}

/// Opens a library by its path, which must refer to this file before and after.
fn open_in_place(file: &PluginFile, path: &Path) -> Result<Library, String> {
    let require_same = || match PluginFile::open(path) {
        Ok(found) if found.id() == file.id() => Ok(()),
        _ => Err("it was replaced by another file after it had been checked; load it again".to_owned()),
    };
    require_same()?;
    let library = open::open_library(path).map_err(open::reason)?;
    require_same()?;
    Ok(library)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;
    use std::process::Command;

    /// Builds a library that renames a file when it is opened.
    fn library(directory: &Path, name: &str, (from, to): (&Path, &Path)) -> PathBuf {
        let source = directory.join("source.c");
        let constructor = "#include <stdio.h>\n__attribute__((constructor)) static void start(void) { rename(FROM, TO); }\n";
        fs::write(&source, constructor).unwrap();
        let made = directory.join(name);
        let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args([format!("-DFROM={from:?}"), format!("-DTO={to:?}")]).args(["-shared", "-fPIC", "-o"]);
        assert!(command.arg(&made).arg(source).status().unwrap().success());
        made
    }

    /// On systems without sealed copies, a path that refers to another file before or after is detected.
    #[test]
    fn a_path_must_lead_to_the_file_that_was_checked() {
        let directory = std::env::temp_dir().join(format!("libvm-frozen-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let nowhere = directory.join("nowhere");
        let good = library(&directory, "good.so", (&nowhere, &nowhere));
        let file = PluginFile::open(&good).unwrap();
        open_in_place(&file, &good).map(std::mem::forget).unwrap();

        let other = library(&directory, "other.so", (&nowhere, &nowhere));
        let why = open_in_place(&file, &other).err().unwrap();
        assert!(why.contains("it was replaced by another file"), "{why}");

        let (target, spare) = (directory.join("target.so"), library(&directory, "spare.so", (&nowhere, &nowhere)));
        let sly = library(&directory, "target.so", (&spare, &target));
        let file = PluginFile::open(&sly).unwrap();
        assert!(open_in_place(&file, &sly).is_err(), "the file was replaced while it was opened");
        fs::remove_dir_all(directory).unwrap();
    }
}
