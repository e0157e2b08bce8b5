//! The files of a package, and the hashes that it states of them.
#![forbid(unsafe_code)]

use crate::json::Json;
use crate::limits::{MAX_CONFIG_FILE, MAX_PACKAGE_TEXT};
use crate::package::archive::Archive;
use crate::package::info::Info;
use crate::plugin::file::hash::{Hash, hash};
use crate::plugin::package::options_in;
use crate::plugin::registry::trust::Signature;
use crate::plugin::registry::trust::sums::{FILE, SIGNATURE_FILE, Sums};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// The files of a package.
pub struct Contents {
    path: PathBuf,
    archive: Archive,
    /// The hashes of all files except themselves and their signature.
    pub sums: Option<Sums>,
    /// The bytes of the hashes, which are signed.
    pub signed: Option<Vec<u8>>,
    /// Their signature.
    pub signature: Option<Vec<u8>>,
}

impl Contents {
    /// Reads the hashes; `path` is that of the package.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE`, `STATUS_PLUGIN_SIGNATURE` if the signature has a wrong size.
    pub fn new(archive: Archive, path: &Path) -> Result<Self> {
        let mut made = Self { path: path.to_owned(), archive, sums: None, signed: None, signature: None };
        made.signed = made.text_file(FILE)?;
        made.signature = made.text_file(SIGNATURE_FILE)?;
        if let Some(signed) = &made.signed {
            let sums = Sums::parse(signed).map_err(|why| made.bad(format!("is damaged: {why}")))?;
            made.check_complete(&sums)?;
            made.sums = Some(sums);
        } else if made.signature.is_some() {
            return Err(made.bad(format!("has a `{SIGNATURE_FILE}`, but no `{FILE}`, which it would sign")));
        }
        if let Some(signature) = &made.signature {
            let what = format!("the package {}", path.display());
            Signature::of_bytes(signature.clone(), &path.join(SIGNATURE_FILE), &what).map_err(|error| error.at_path(path))?;
        }
        Ok(made)
    }

    fn bad(&self, why: impl std::fmt::Display) -> Error {
        let path = self.path.display();
        Error::new(abi::STATUS_BAD_PACKAGE, format!("the package {path} {why}")).at_path(&self.path)
    }

    /// Checks that the hashes are those of the files in the package.
    fn check_complete(&self, sums: &Sums) -> Result<()> {
        let named = |name: &str| name != FILE && name != SIGNATURE_FILE;
        if let Some(name) = self.names().filter(|name| named(name)).find(|name| sums.hash_of(name).is_none()) {
            return Err(self.bad(format!("has a file `{}` that is not in its `{FILE}`", text::name(name))));
        }
        match sums.names().find(|name| !named(name) || self.archive.find(name).is_none()) {
            Some(name) if !named(name) => {
                Err(self.bad(format!("has a line of `{name}` in its `{FILE}`, which cannot contain itself")))
            }
            Some(name) => Err(self.bad(format!("does not have the file `{}` of its `{FILE}`", text::name(name)))),
            None => Ok(()),
        }
    }

    /// Returns the names of the files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.archive.entries().iter().map(|entry| entry.name.as_str())
    }

    /// Returns the names and sizes of the files, sorted by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, usize)> {
        self.archive.entries().iter().map(|entry| (entry.name.as_str(), entry.size))
    }

    /// Returns the size of all files in bytes.
    pub fn total(&self) -> u64 {
        self.files().map(|(_, size)| size as u64).sum()
    }

    /// Unpacks a file, and checks its CRC-32 and its hash.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE`, `STATUS_PLUGIN_HASH`.
    pub fn unpack(&self, name: &str) -> Result<(Vec<u8>, Hash)> {
        let entry = self.archive.find(name).ok_or_else(|| self.bad(format!("has no file `{}`", text::name(name))))?;
        let bytes = self.archive.unpack(entry).map_err(|why| self.bad(why))?;
        let found = hash(&bytes);
        let same = self.sums.as_ref().map_or(Ok(()), |sums| sums.require(name, &found));
        same.map_err(|why| {
            let message = format!("the package {} was changed: {why}; get it again", self.path.display());
            Error::new(abi::STATUS_PLUGIN_HASH, message).at_path(&self.path)
        })?;
        Ok((bytes, found))
    }

    /// Returns the contents of a file that libvm reads itself, if it is there.
    fn text_file(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(entry) = self.archive.find(name) else { return Ok(None) };
        if entry.size > MAX_PACKAGE_TEXT {
            return Err(self.bad(format!("has a `{name}` of {} bytes, and it may have {MAX_PACKAGE_TEXT}", entry.size)));
        }
        self.unpack(name).map(|(bytes, _)| Some(bytes))
    }

    /// Reads the description of the plug-in, if it is there.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE`, with line and column if it is not JSON; `STATUS_PLUGIN_HASH`.
    pub fn info(&self, name: &str) -> Result<Option<Info>> {
        let Some(bytes) = self.text_file(name)? else { return Ok(None) };
        let json = Json::parse(&bytes, name, abi::STATUS_BAD_PACKAGE);
        let json = json.map_err(|error| self.bad(format!("has a description that cannot be read: {}", error.message())))?;
        let info =
            Info::from_json(&json).map_err(|why| self.bad(format!("has a description that cannot be read: `{name}` {why}")))?;
        Ok(Some(info))
    }

    /// Checks the default options, if they are there.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE`, with line and column; `STATUS_PLUGIN_HASH`.
    pub fn check_options(&self, name: &str) -> Result<()> {
        let Some(bytes) = self.text_file(name)? else { return Ok(()) };
        if bytes.len() > MAX_CONFIG_FILE {
            return Err(self.bad(format!("has a `{name}` of {} bytes, and it may have {MAX_CONFIG_FILE}", bytes.len())));
        }
        let read = options_in(&bytes, name).map(drop);
        read.map_err(|error| self.bad(format!("has default options that cannot be read: {}", error.message())))
    }
}
