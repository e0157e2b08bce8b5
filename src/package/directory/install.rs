//! Installing and updating packages.
#![forbid(unsafe_code)]

use crate::files::{NewFiles, sync_directory};
use crate::log;
use crate::package::Package;
use crate::package::directory::change::Change;
use crate::package::directory::staging::{Lock, Staging};
use crate::package::directory::verify::differences;
use crate::package::directory::versions::{Entry, Versions};
use crate::package::directory::{Hears, PackageDirectory, Progress, Stage};
use crate::plugin::Version;
use crate::plugin::package::{RECORD, Record};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs;
use std::path::Path;

/// How a package is installed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Install {
    /// Only if another version is installed.
    pub update: bool,
    /// Replace other files of the same version.
    pub replace: bool,
    /// Also if a higher version is active.
    pub downgrade: bool,
    /// Do not make it active.
    pub inactive: bool,
}

impl PackageDirectory {
    /// Installs a package from its archive, and makes it active. If exactly that is installed, it becomes active.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE` and others of reading an archive, those of the registry's conditions; `STATUS_ALREADY_EXISTS` if the same
    /// version with other files is installed, `STATUS_PLUGIN_SUPERSEDED` if a higher version is active, `STATUS_PACKAGE_NOT_FOUND` for
    /// an update of what is not installed, `STATUS_UNTRUSTED_PATH`, `STATUS_BUSY`; that of `hears`; those of the system. Then nothing
    /// has changed.
    pub fn install(&self, archive: &Path, how: Install, hears: Hears<'_>) -> Result<()> {
        let mut unpacking = |progress: &crate::package::Progress<'_>| {
            hears(Progress { stage: Stage::Unpack, entry: progress.file, done: progress.done, total: progress.total })
        };
        let package = Package::open(archive, &mut unpacking)?;
        package.library()?;
        if let Some(registry) = &self.registry {
            package.require_accepted(registry)?;
        }
        let (name, version) = (package.info().name.clone(), Version::new(package.version()));
        // Before the work is done; and again when nothing can change any more.
        self.require_wanted(&name, &version, how, &Versions::read(&self.path.join(&name))?)?;
        self.create()?;
        let lock = Lock::take(&self.path, &mut || wait(hears))?;
        let staging = Staging::begin(&self.path, &lock)?;
        drop(lock);
        let staged = staging.make("package")?;
        let mut unpacking = |progress: &crate::package::Progress<'_>| {
            hears(Progress { stage: Stage::Unpack, entry: progress.file, done: progress.done, total: progress.total })
        };
        let mut new = NewFiles::default();
        let unpacked = package.unpack(&staged, &mut new, &mut unpacking)?;
        drop(package);
        let files = unpacked.files.into_iter().map(|file| (file.name, file.hash)).collect();
        let record = Record { name: name.clone(), version: version.as_str().to_owned(), files };
        // The record marks it as a version.
        new.add(&staged.join(RECORD), record.to_text().as_bytes(), false, "write the record of the package")?;
        new.sync()?;
        sync_directories(&staged);

        let lock = Lock::take(&self.path, &mut || wait(hears))?;
        let (change, versions) = Change::begin(&staging, &self.path, &name)?;
        self.require_wanted(&name, &version, how, &versions)?;
        let done = self.put(&change, &versions, &staged, &record, how)?;
        drop(lock);
        log::log(abi::LOG_INFO, None, &format!("the package `{name}` {version} {done} in {}", self.path.display()));
        Ok(())
    }

    /// Refuses an update of what is not installed, and a downgrade.
    fn require_wanted(&self, name: &str, version: &Version, how: Install, versions: &Versions) -> Result<()> {
        if how.update && versions.entries.is_empty() {
            let error = self.not_found(name, None, versions);
            return Err(error.while_doing("nothing to update, install it with VM_PackageDirectoryInstall"));
        }
        let higher = versions.active.as_ref().filter(|active| Version::new(&active.version) > *version);
        match higher {
            Some(active) if !how.inactive && !how.downgrade => {
                let message = format!(
                    "version {version} of the package `{name}` is lower than the active version {}; to go back to an installed version \
                     use VM_PackageDirectoryUse, to install a lower one pass VM_PACKAGE_DOWNGRADE or VM_PACKAGE_INACTIVE",
                    active.version
                );
                Err(Error::new(abi::STATUS_PLUGIN_SUPERSEDED, message).of_plugin(name).at_path(&self.path))
            }
            _ => Ok(()),
        }
    }

    /// Moves a staged version into its place, unless it is there already; returns what was done.
    fn put(
        &self,
        change: &Change<'_>,
        versions: &Versions,
        staged: &Path,
        record: &Record,
        how: Install,
    ) -> Result<&'static str> {
        let Some(old) = versions.find(&record.version) else {
            change.put_in_place(staged, &versions.free_name(&record.version), !how.inactive)?;
            return Ok(if how.inactive { "is installed, and not active," } else { "is installed and active" });
        };
        let is_active = versions.active.as_ref() == Some(old);
        let path = change.path(&old.directory);
        match Record::read(&path) {
            Ok(installed) if installed == *record => {
                if differences(&path, record, &mut |_, _| Ok(()))?.is_empty() {
                    if is_active || how.inactive {
                        return Ok("was installed already");
                    }
                    change.activate(&old.directory)?;
                    return Ok("was installed already, and is active now");
                }
            }
            Ok(_) if !how.replace => return Err(self.other_files(old, record)),
            Ok(_) => {}
            // What was installed is not known; installing it again repairs it.
            Err(error) if error.status() == abi::STATUS_BAD_PACKAGE => {}
            Err(error) => return Err(error),
        }
        change.put_in_place(staged, &versions.free_name(&record.version), is_active || !how.inactive)?;
        // If it stays, it does not count any more, and the next change removes it.
        let _ = change.put_away(&old.directory);
        Ok("is installed again")
    }

    fn other_files(&self, old: &Entry, record: &Record) -> Error {
        let message = format!(
            "version {} of the package `{}` is installed in {} with other files; raise the version of the package, or pass \
             VM_PACKAGE_REPLACE to replace the installed one",
            old.version,
            record.name,
            self.path.join(&record.name).join(&old.directory).display()
        );
        Error::new(abi::STATUS_ALREADY_EXISTS, message).of_plugin(&record.name).at_path(&self.path)
    }
}

/// Reports that the call waits for another process.
fn wait(hears: Hears<'_>) -> Result<()> {
    hears(Progress { stage: Stage::Wait, entry: "", done: 0, total: 0 })
}

/// Waits until the names in a directory and those below persist.
fn sync_directories(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_directories(&entry.path());
        }
    }
    sync_directory(path);
}
