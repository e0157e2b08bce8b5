//! A plug-in that a module needs.
#![forbid(unsafe_code)]

use crate::plugin::file::version::Version;
use semver::VersionReq;
use std::path::PathBuf;

/// A plug-in that a module needs, and why.
#[derive(Clone, Debug)]
pub struct Want {
    /// Its name.
    pub name: String,
    /// The accepted versions; `None` for any.
    pub range: Option<VersionReq>,
    /// Its file, inside the directories of the registry; `None` if it is looked up by its name there.
    pub file: Option<PathBuf>,
    /// The reason, as in ``the module imports `calc.add` ``.
    pub why: String,
}

impl Want {
    /// Returns whether a version is accepted.
    pub fn accepts(&self, version: &Version) -> bool {
        self.range.as_ref().is_none_or(|range| version.is_in(range))
    }

    /// Returns its name with the range, as in `` `calc` >=1.2``.
    pub fn title(&self) -> String {
        match &self.range {
            Some(range) => format!("`{}` {range}", self.name),
            None => format!("`{}`", self.name),
        }
    }
}
