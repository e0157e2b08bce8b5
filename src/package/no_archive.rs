//! Archives of a build without packages: there are none.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use libvm_abi as abi;
use std::convert::Infallible;

/// An archive.
pub struct Archive(Infallible);

/// A file in an archive.
pub struct Entry {
    /// Its path.
    pub name: String,
    /// Its size in bytes.
    pub size: usize,
}

/// Writes an archive.
pub struct Writer(Infallible);

/// Checks that this build has packages.
///
/// # Errors
/// `STATUS_UNSUPPORTED`.
pub fn require() -> Result<()> {
    Err(unsupported())
}

fn unsupported() -> Error {
    let message = "this build of libvm has no packages; build it with the cargo feature `packages`";
    Error::new(abi::STATUS_UNSUPPORTED, message)
}

impl Archive {
    /// Refuses every archive.
    ///
    /// # Errors
    /// Always.
    pub fn read(_: Vec<u8>) -> std::result::Result<Self, String> {
        Err("cannot be read by this build of libvm".to_owned())
    }

    /// Returns the files.
    pub fn entries(&self) -> &[Entry] {
        match self.0 {}
    }

    /// Returns a file by name.
    pub fn find(&self, _: &str) -> Option<&Entry> {
        match self.0 {}
    }

    /// Unpacks a file.
    ///
    /// # Errors
    /// None.
    pub fn unpack(&self, _: &Entry) -> std::result::Result<Vec<u8>, String> {
        match self.0 {}
    }
}

impl Writer {
    /// Creates a writer.
    ///
    /// # Errors
    /// Those of [`require`].
    pub fn new() -> Result<Self> {
        Err(unsupported())
    }

    /// Adds a file.
    ///
    /// # Errors
    /// None.
    pub fn add(&mut self, _: &str, _: &[u8], _: bool) -> std::result::Result<(), String> {
        match self.0 {}
    }

    /// Returns the bytes of the archive.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {}
    }
}
