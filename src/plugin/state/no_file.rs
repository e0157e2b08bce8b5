//! In place of state files, in a build without them.
#![forbid(unsafe_code)]

use super::outcome::Outcome;
use crate::files::Trusted;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::Path;
use std::sync::Arc;

/// Belongs to nobody.
#[derive(Clone)]
pub struct Scope;

impl Scope {
    pub fn new(_plugin: &str, _name: &str) -> Self {
        Self
    }
}

/// There is none.
pub enum StateFile {}

impl StateFile {
    pub fn open(path: &Path, _trusted: &Trusted) -> Result<Self> {
        let message = format!(
            "cannot keep state in {}: this build of libvm has no state files; build it with the cargo feature `state-file`",
            path.display()
        );
        Err(Error::new(abi::STATUS_UNSUPPORTED, message).at_path(path))
    }

    pub fn path(&self) -> &Path {
        match *self {}
    }

    pub fn is_at(&self, _path: &Path) -> bool {
        match *self {}
    }

    pub fn put(&self, _scope: &Scope, _key: &str, _value: &[u8]) -> Outcome<()> {
        match *self {}
    }

    pub fn get(&self, _scope: &Scope, _key: &str) -> Outcome<Option<Arc<[u8]>>> {
        match *self {}
    }

    pub fn remove(&self, _scope: &Scope, _key: &str) -> Outcome<bool> {
        match *self {}
    }

    pub fn increment(&self, _scope: &Scope, _key: &str, _by: i64) -> Outcome<Option<i64>> {
        match *self {}
    }

    pub fn counter(&self, _scope: &Scope, _key: &str) -> Outcome<Option<i64>> {
        match *self {}
    }

    pub fn keys(&self, _scope: &Scope, _prefix: &str) -> Outcome<Vec<String>> {
        match *self {}
    }
}
