//! Unpacking a package into a directory.
#![forbid(unsafe_code)]

use crate::files::{self, NewFiles};
use crate::package::opened::Package;
use crate::package::progress::Progress;
use crate::plugin::file::hash::Hash;
use crate::plugin::file::manifest::Manifest;
use crate::status::{Error, Result};
use std::path::Path;

/// What was unpacked.
pub struct Unpacked {
    /// The library, at the root.
    pub library: String,
    /// Its manifest.
    pub manifest: Manifest,
    /// All files, sorted by name.
    pub files: Vec<UnpackedFile>,
}

/// A file that was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpackedFile {
    /// Its path in the package and in the directory.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its contents.
    pub hash: Hash,
}

impl Package {
    /// Writes the files into an empty directory that only this user can change, except the libraries for other machines; their
    /// contents are on the disk after `new` was synchronized. On failure, what was written stays.
    ///
    /// # Errors
    /// Those of [`Package::library`]; `STATUS_BAD_PACKAGE`, `STATUS_PLUGIN_HASH`; those of writing files; that of the report.
    pub fn unpack(
        &self,
        into: &Path,
        new: &mut NewFiles,
        report: &mut dyn FnMut(&Progress<'_>) -> Result<()>,
    ) -> Result<Unpacked> {
        let library = self.library()?;
        let mut meter = self.meter(report);
        let mut files = vec![UnpackedFile { name: library.file.clone(), size: library.bytes.len() as u64, hash: library.hash }];
        write(new, into, &library.file, &library.bytes, true)?;
        for (name, size) in self.contents().files().filter(|(name, _)| !self.is_library(name)) {
            // What is not written is checked nevertheless: the package is refused whole.
            let (bytes, hash) = self.contents().unpack(name)?;
            if !self.is_foreign(name) {
                write(new, into, name, &bytes, false)?;
                files.push(UnpackedFile { name: name.to_owned(), size: size as u64, hash });
            }
            meter.add(name, size)?;
        }
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(Unpacked { library: library.file.clone(), manifest: library.manifest.clone(), files })
    }
}

fn write(new: &mut NewFiles, into: &Path, name: &str, bytes: &[u8], executable: bool) -> Result<()> {
    let path = into.join(name);
    if let Some(folder) = path.parent().filter(|_| name.contains('/')) {
        files::make_directory(folder).map_err(|error| Error::io("create the directory", folder, &error))?;
    }
    new.add(&path, bytes, executable, "write the file")
}
