//! The installed versions of a package, as they are on disk.
//!
//! The directory of a version is named after it, with `,2` and so on for further installations of the same version. The file
//! `.pending` names a directory that counts only while it is active: an update writes it before the new version is moved into its
//! place, and a removal before another version becomes active. So the link to the active version decides, in one step.
#![forbid(unsafe_code)]

use crate::files;
use crate::plugin::Version;
use crate::plugin::package::{ACTIVE, is_installed, target_of_active};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The file that names a directory which counts only while it is active.
pub const PENDING: &str = ".pending";

/// Maximum length of the name in it: longer names are not those of files.
const MAX_PENDING: u64 = 255;

/// Separates the version and the number of the installation in the name of a directory.
const SEPARATOR: char = ',';

/// An installed version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of its directory.
    pub directory: String,
    /// The version.
    pub version: String,
    /// The number of the installation, from 1.
    revision: u32,
}

impl Entry {
    /// Parses the name of a directory.
    fn parse(directory: &str) -> Self {
        let numbered = directory.split_once(SEPARATOR).and_then(|(version, digits)| Some((version, digits.parse().ok()?)));
        let (version, revision) = numbered.unwrap_or((directory, 1));
        Self { directory: directory.to_owned(), version: version.to_owned(), revision }
    }
}

/// The installed versions of a package.
#[derive(Debug, Default)]
pub struct Versions {
    /// The versions, the lowest one first.
    pub entries: Vec<Entry>,
    /// The active one.
    pub active: Option<Entry>,
    /// The names of directories of versions that do not count, left by a process that was killed.
    pub leftovers: Vec<String>,
    /// Whether there is a link or a file left by a process that was killed.
    pub has_remains: bool,
    /// The names of all that is in the directory, also of what is no version.
    names: BTreeSet<String>,
}

impl Versions {
    /// Reads the directory of a package; one that does not exist has none.
    ///
    /// # Errors
    /// Those of the system.
    pub fn read(package: &Path) -> Result<Self> {
        let failed = |error| Error::io("read the package directory", package, &error);
        let names = match std::fs::read_dir(package) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            entries => entries.and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect()),
        };
        let names: Vec<_> = names.map_err(failed)?;
        let pending = read_pending(package);
        let active = target_of_active(package).filter(|target| is_installed(&package.join(target)));
        let mut by_version: BTreeMap<String, Entry> = BTreeMap::new();
        let mut leftovers = Vec::new();
        for name in names.iter().filter_map(|name| name.to_str()) {
            if name.starts_with('.') || !is_installed(&package.join(name)) || package.join(name).is_symlink() {
                continue;
            }
            let is_active = active.as_deref() == Some(name);
            if pending.as_deref() == Some(name) && !is_active {
                leftovers.push(name.to_owned());
                continue;
            }
            let entry = Entry::parse(name);
            match by_version.get(&entry.version) {
                Some(other) if !is_active && (active.as_ref() == Some(&other.directory) || other.revision > entry.revision) => {
                    leftovers.push(entry.directory);
                }
                _ => leftovers.extend(by_version.insert(entry.version.clone(), entry).map(|other| other.directory)),
            }
        }
        let mut entries: Vec<Entry> = by_version.into_values().collect();
        entries.sort_by_key(|entry| Version::new(&entry.version));
        let active = active.and_then(|active| entries.iter().find(|entry| entry.directory == active).cloned());
        let has_link = package.join(ACTIVE).symlink_metadata().is_ok();
        let has_remains = pending.is_some() || (has_link && active.is_none());
        let names = names.into_iter().filter_map(|name| name.into_string().ok()).collect();
        Ok(Self { entries, active, leftovers, has_remains, names })
    }

    /// Returns a version.
    pub fn find(&self, version: &str) -> Option<&Entry> {
        let version = Version::new(version);
        self.entries.iter().find(|entry| entry.version == version.as_str())
    }

    /// Returns a name for the directory of a version that nothing else has, not even what is no version, such as a directory whose
    /// record was removed.
    pub fn free_name(&self, version: &str) -> String {
        let mut name = version.to_owned();
        for revision in 2.. {
            if !self.names.contains(&name) {
                break;
            }
            name = format!("{version}{SEPARATOR}{revision}");
        }
        name
    }

    /// Formats the versions for messages.
    pub fn describe(&self) -> String {
        let names: Vec<&str> = self.entries.iter().map(|entry| &*entry.version).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// Reads which directory counts only while it is active; a file that is none of this library's names none.
fn read_pending(package: &Path) -> Option<String> {
    let path = package.join(PENDING);
    path.symlink_metadata().ok()?;
    let mut name = String::new();
    // Links, pipes and whatever else it may be are removed with the other remains.
    if let Ok(opened) = files::open(&path, "read", abi::STATUS_IO) {
        let _ = opened.file.take(MAX_PENDING).read_to_string(&mut name);
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_a_version_and_a_number() {
        let parse = |name| {
            let Entry { version, revision, .. } = Entry::parse(name);
            (version, revision)
        };
        assert_eq!(parse("1.0.0"), ("1.0.0".to_owned(), 1));
        assert_eq!(parse("1.0.0,12"), ("1.0.0".to_owned(), 12));
        assert_eq!(parse("1.0.0,x"), ("1.0.0,x".to_owned(), 1));
        let names = ["1", "2,2"].map(str::to_owned).into();
        let mut versions = Versions { names, ..Versions::default() };
        assert_eq!(
            (versions.free_name("1"), versions.free_name("2"), versions.free_name("3")),
            ("1,2".into(), "2".into(), "3".into())
        );
        versions.names.insert("1,2".to_owned());
        assert_eq!(versions.free_name("1"), "1,3");
    }
}
