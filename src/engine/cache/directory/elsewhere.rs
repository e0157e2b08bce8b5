//! Systems without the permissions that make a directory private: there is no cache.
#![forbid(unsafe_code)]

use super::super::code::Code;
use super::super::format::Fault;
use super::super::key::Key;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

/// There is none.
pub struct Directory(Infallible);

impl Directory {
    /// Refuses the directory.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED`.
    pub fn open(_: &Path, _: u64) -> Result<Self> {
        Err(Error::new(abi::STATUS_UNSUPPORTED, "there is no cache of compiled code on this system"))
    }

    pub fn path_of(&self, _: &Key) -> PathBuf {
        match self.0 {}
    }

    pub fn read(&self, _: &Key) -> std::result::Result<Option<Code>, Fault> {
        match self.0 {}
    }

    pub fn write(&self, _: &Key, _: &str, _: &[u8]) -> std::io::Result<()> {
        match self.0 {}
    }

    pub fn remove(&self, _: &Key) {
        match self.0 {}
    }

    pub fn limit(&self) -> u64 {
        match self.0 {}
    }

    pub fn size(&self) -> u64 {
        match self.0 {}
    }
}
