//! Package directories: installed versions of packages, of which one is active.
//!
//! What is in a package directory is complete: a change is prepared in a directory of its own (`staging`) and takes effect with the
//! renaming of a directory or of the link to the active version (`change`). Readers need no lock.
#![forbid(unsafe_code)]

mod change;
mod describe;
mod install;
mod staging;
mod verify;
mod versions;

use crate::files::{self, Trusted};
use crate::log;
use crate::package::directory::change::Change;
use crate::package::directory::staging::{Lock, Staging};
use crate::package::directory::versions::Versions;
use crate::plugin::file::manifest::check_name;
use crate::plugin::package::Installed;
use crate::plugin::registry::search::{self, Surroundings};
use crate::plugin::{Inspection, PluginRegistry, Version};
use crate::status::{Error, Result};
use crate::text;
pub use install::Install;
use libvm_abi as abi;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is done in a call that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for another process that changes the directory.
    Wait,
    /// Reading, checking and unpacking the archive.
    Unpack,
    /// Reading installed files.
    Verify,
}

/// How far a call is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What is being done.
    pub stage: Stage,
    /// The file that is being read or written; empty while waiting.
    pub entry: &'a str,
    /// Bytes that are done.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
}

/// Hears of the progress of a call; an error ends the call.
pub type Hears<'a> = &'a mut dyn FnMut(Progress<'_>) -> Result<()>;

/// An installed version in a list.
#[derive(Debug)]
pub struct Listed {
    /// The version.
    pub installed: Installed,
    /// Whether it is the active one.
    pub is_active: bool,
    /// The description in the manifest of its library.
    pub description: String,
    /// Why its library cannot be loaded here, as far as the files tell.
    pub refusal: Option<Error>,
}

/// A package directory. It is shared, and may be used on any thread.
pub struct PackageDirectory {
    path: PathBuf,
    registry: Option<Arc<PluginRegistry>>,
}

impl PackageDirectory {
    /// Creates it: the directory with this path, or that of the registry, or that of the user. It need not exist. The conditions of
    /// the registry hold for what is installed and verified.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty path, `STATUS_NOT_FOUND` if there is no default directory.
    pub fn new(path: Option<&Path>, registry: Option<Arc<PluginRegistry>>) -> Result<Self> {
        let set = || registry.as_ref().and_then(|registry| registry.package_directory());
        let path = match path {
            Some(path) => search::absolute(path).map_err(|error| {
                let message = format!("\"{}\" is not a valid path of a package directory: {error}", path.display());
                Error::new(abi::STATUS_INVALID_ARGUMENT, message)
            })?,
            None => set().or_else(|| Surroundings::of_process().packages()).ok_or_else(|| {
                let message = "there is no default package directory: the process has no home directory or has raised privileges; pass \
                               a path, or set one with VM_PluginRegistrySetPackageDirectory";
                Error::new(abi::STATUS_NOT_FOUND, message)
            })?,
        };
        Ok(Self { path, registry })
    }

    /// Returns its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn trusted(&self) -> Trusted {
        self.registry.as_ref().map(|registry| registry.trusted()).unwrap_or_default()
    }

    /// Lists the installed versions, by name and version.
    ///
    /// # Errors
    /// Those of the system. A directory that does not exist is empty.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let mut list = Vec::new();
        for name in self.names()? {
            let package = self.path.join(&name);
            let versions = Versions::read(&package)?;
            for entry in &versions.entries {
                let is_active = versions.active.as_ref() == Some(entry);
                let directory = package.join(&entry.directory);
                let installed = Installed { directory, name: name.clone(), version: Version::new(&entry.version) };
                let found = installed.library().and_then(|library| Inspection::of_file(&library));
                let (description, refusal) = match found {
                    Ok(found) => {
                        let description = found.manifest().map(|manifest| manifest.description.clone()).unwrap_or_default();
                        (description, found.refusal().cloned())
                    }
                    Err(error) => (String::new(), Some(error)),
                };
                list.push(Listed { installed, is_active, description, refusal });
            }
        }
        Ok(list)
    }

    /// Returns the names of the packages, sorted; some may have no version.
    fn names(&self) -> Result<Vec<String>> {
        let failed = |error| Error::io("read the package directory", &self.path, &error);
        let entries = match std::fs::read_dir(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            names.extend(
                name.to_str().filter(|name| check_name(name).is_ok() && self.path.join(name).is_dir()).map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// Returns an installed version of a package; without one, the active version.
    ///
    /// # Errors
    /// `STATUS_PACKAGE_NOT_FOUND`, naming what is installed; `STATUS_BAD_PACKAGE` if its record is damaged; those of the system.
    pub fn find(&self, name: &str, version: Option<&str>) -> Result<Installed> {
        check(name)?;
        let package = self.path.join(name);
        let versions = Versions::read(&package)?;
        let entry = match version {
            Some(version) => versions.find(version),
            None => versions.active.as_ref(),
        };
        let entry = entry.ok_or_else(|| self.not_found(name, version, &versions))?;
        let missing = || self.not_found(name, version, &Versions::default());
        Installed::in_directory(&package.join(&entry.directory))?.ok_or_else(missing)
    }

    fn not_found(&self, name: &str, version: Option<&str>, versions: &Versions) -> Error {
        let (shown, place) = (text::name(name), self.path.display());
        let message = match version {
            _ if versions.entries.is_empty() => {
                let names = self.names().unwrap_or_default();
                let installed =
                    if names.is_empty() { "no package is".to_owned() } else { format!("installed are {}", names.join(", ")) };
                format!("the package `{shown}` is not installed in {place}; {installed}")
            }
            Some(version) => {
                let version = text::name(version);
                format!(
                    "version {version} of the package `{shown}` is not installed in {place}; installed are {}",
                    versions.describe()
                )
            }
            None => format!(
                "no version of the package `{shown}` in {place} is active; make one active with VM_PackageDirectoryUse: {}",
                versions.describe()
            ),
        };
        Error::new(abi::STATUS_PACKAGE_NOT_FOUND, message).of_plugin(name).at_path(&self.path)
    }

    /// Makes an installed version active; a load call finds the previous version until this returns, or the new one.
    ///
    /// # Errors
    /// `STATUS_PACKAGE_NOT_FOUND`; those of a change.
    pub fn activate(&self, name: &str, version: &str) -> Result<()> {
        self.change(name, |change, versions| {
            let entry = versions.find(version).ok_or_else(|| self.not_found(name, Some(version), versions))?;
            if versions.active.as_ref() == Some(entry) { Ok(()) } else { change.activate(&entry.directory) }
        })?;
        log::log(abi::LOG_INFO, None, &format!("the package `{name}` {version} is active in {}", self.path.display()));
        Ok(())
    }

    /// Removes a version, or all versions of a package. If the active one is removed, `next` becomes active, or none. Data of the
    /// plug-in is kept; a plug-in that is loaded stays loaded, without its files.
    ///
    /// # Errors
    /// `STATUS_PACKAGE_NOT_FOUND`; `STATUS_INVALID_ARGUMENT` if `next` is what is removed; those of a change.
    pub fn remove(&self, name: &str, version: Option<&str>, next: Option<&str>) -> Result<()> {
        let removed = self.change(name, |change, versions| {
            let find = |version| versions.find(version).ok_or_else(|| self.not_found(name, Some(version), versions));
            let next = next.map(find).transpose()?;
            let Some(version) = version else {
                if versions.entries.is_empty() {
                    return Err(self.not_found(name, None, versions));
                }
                if next.is_some() {
                    let message =
                        "no version can become active if all versions are removed; pass the version to remove, or no next one";
                    return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
                }
                return change.put_all_away().map(|()| self.path.join(name));
            };
            let entry = find(version)?;
            if next == Some(entry) {
                let message =
                    format!("version {} of the package `{name}` cannot become active, because it is removed", entry.version);
                return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
            let path = change.path(&entry.directory);
            if versions.entries.len() == 1 {
                return change.put_all_away().map(|()| path);
            }
            if versions.active.as_ref() == Some(entry) {
                change.set_pending(&entry.directory)?;
                match next {
                    Some(next) => change.activate(&next.directory),
                    None => change.deactivate(),
                }
                .inspect_err(|_| change.forget_pending())?;
            }
            let done = change.put_away(&entry.directory);
            change.forget_pending();
            done.map(|()| path)
        })?;
        self.warn_of_loaded(&removed);
        let what = version.map_or_else(|| "all versions".to_owned(), |version| format!("version {version}"));
        log::log(abi::LOG_INFO, None, &format!("removed {what} of the package `{name}`"));
        Ok(())
    }

    /// Logs a warning for each loaded plug-in whose files were removed.
    fn warn_of_loaded(&self, directory: &Path) {
        for plugin in self.registry.iter().flat_map(|registry| registry.plugins()) {
            if plugin.path().is_some_and(|path| path.starts_with(directory)) {
                let message =
                    format!("{} is loaded, and stays loaded; its package was removed, with its other files", plugin.what());
                log::log(abi::LOG_WARNING, None, &message);
            }
        }
    }

    /// Changes an installed package.
    fn change<T>(&self, name: &str, change: impl FnOnce(&Change<'_>, &Versions) -> Result<T>) -> Result<T> {
        check(name)?;
        if !self.path.join(name).is_dir() {
            return Err(self.not_found(name, None, &Versions::default()));
        }
        self.require_trusted()?;
        let lock = Lock::take(&self.path, &mut || Ok(()))?;
        let staging = Staging::begin(&self.path, &lock)?;
        let (begun, versions) = Change::begin(&staging, &self.path, name)?;
        let done = change(&begun, &versions);
        drop(lock);
        done
    }

    /// Creates the directory unless it exists, and refuses one that others can change.
    fn create(&self) -> Result<()> {
        files::make_directory(&self.path).map_err(|error| Error::io("create the package directory", &self.path, &error))?;
        self.require_trusted()
    }

    fn require_trusted(&self) -> Result<()> {
        self.trusted().require_directory(&self.path, &format!("the package directory {}", self.path.display()))
    }
}

/// Refuses what is not the name of a package, before it becomes part of a path.
fn check(name: &str) -> Result<()> {
    let why = |why| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("not the name of a package: {why}"));
    check_name(name).map(drop).map_err(why)
}
