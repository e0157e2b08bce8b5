//! Changes of a package, each of which takes effect in one step.
#![forbid(unsafe_code)]

use crate::files::sync_directory;
use crate::package::directory::staging::Staging;
use crate::package::directory::versions::{PENDING, Versions};
use crate::plugin::package::ACTIVE;
use crate::status::{Error, Result};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A package in a directory that is locked.
pub struct Change<'a> {
    staging: &'a Staging,
    package: PathBuf,
}

impl<'a> Change<'a> {
    /// Begins a change, and completes or reverts what a killed process has begun.
    ///
    /// # Errors
    /// Those of the system.
    pub fn begin(staging: &'a Staging, root: &Path, name: &str) -> Result<(Self, Versions)> {
        let change = Self { staging, package: root.join(name) };
        let mut versions = Versions::read(&change.package)?;
        for leftover in versions.leftovers.drain(..) {
            change.put_away(&leftover)?;
        }
        if versions.has_remains {
            if versions.active.is_none() {
                change.deactivate()?;
            }
            change.forget_pending();
        }
        Ok((change, versions))
    }

    /// Returns the path of a version.
    pub fn path(&self, directory: &str) -> PathBuf {
        self.package.join(directory)
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::io("change the package", &self.package, error)
    }

    /// Makes a version active.
    ///
    /// # Errors
    /// Those of the system; then the active version is the previous one.
    pub fn activate(&self, directory: &str) -> Result<()> {
        let link = self.staging.join(ACTIVE);
        make_link(&link, directory).and_then(|()| fs::rename(&link, self.path(ACTIVE))).map_err(|error| self.failed(&error))?;
        sync_directory(&self.package);
        Ok(())
    }

    /// Leaves no version active.
    ///
    /// # Errors
    /// Those of the system.
    pub fn deactivate(&self) -> Result<()> {
        match fs::remove_file(self.path(ACTIVE)) {
            // A directory cannot be the link.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => self.put_away(ACTIVE),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(&error)),
            _ => {
                sync_directory(&self.package);
                Ok(())
            }
        }
    }

    /// Makes a directory count only while it is active.
    ///
    /// # Errors
    /// Those of the system; then nothing has changed.
    pub fn set_pending(&self, directory: &str) -> Result<()> {
        let file = self.staging.join(PENDING);
        fs::write(&file, directory).and_then(|()| fs::rename(&file, self.path(PENDING))).map_err(|error| self.failed(&error))
    }

    /// Ends that; if it fails, the next change does it.
    pub fn forget_pending(&self) {
        let _ = fs::remove_file(self.path(PENDING));
    }

    /// Moves a version to where it is removed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn put_away(&self, directory: &str) -> Result<()> {
        self.staging.put_away(&self.path(directory)).map_err(|error| self.failed(&error))?;
        sync_directory(&self.package);
        Ok(())
    }

    /// Moves all versions to where they are removed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn put_all_away(&self) -> Result<()> {
        self.staging.put_away(&self.package).map_err(|error| self.failed(&error))?;
        self.package.parent().into_iter().for_each(sync_directory);
        Ok(())
    }

    /// Moves a staged version into its place. If it becomes active, it is not installed before it is.
    ///
    /// # Errors
    /// Those of the system; then the package is unchanged.
    pub fn put_in_place(&self, staged: &Path, directory: &str, activates: bool) -> Result<()> {
        let moved = || fs::rename(staged, self.path(directory)).map_err(|error| self.failed(&error));
        if !self.package.is_dir() {
            return self.put_first_in_place(staged, directory, activates);
        }
        if !activates {
            moved()?;
            sync_directory(&self.package);
            return Ok(());
        }
        self.set_pending(directory)?;
        let done = moved().and_then(|()| {
            self.activate(directory).inspect_err(|_| {
                let _ = self.put_away(directory);
            })
        });
        self.forget_pending();
        done
    }

    /// Moves the first version of a package into its place, with the link.
    fn put_first_in_place(&self, staged: &Path, directory: &str, activates: bool) -> Result<()> {
        let package = self.staging.make("first")?;
        let link = || if activates { make_link(&package.join(ACTIVE), directory) } else { Ok(()) };
        let done = fs::rename(staged, package.join(directory)).and_then(|()| link()).and_then(|()| {
            sync_directory(&package);
            fs::rename(&package, &self.package)
        });
        done.map_err(|error| self.failed(&error))?;
        self.package.parent().into_iter().for_each(sync_directory);
        Ok(())
    }
}

#[cfg(unix)]
fn make_link(path: &Path, target: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Links require special permissions on other systems.
#[cfg(not(unix))]
fn make_link(path: &Path, target: &str) -> io::Result<()> {
    fs::write(path, target)
}
