//! Comparing what is installed with what was installed.
#![forbid(unsafe_code)]

use crate::files;
use crate::limits::MAX_SHOWN_NAMES;
use crate::package::directory::versions::Versions;
use crate::package::directory::{Hears, PackageDirectory, Progress, Stage, check};
use crate::plugin::file::hash::{Hash, hash_of};
use crate::plugin::package::{Installed, RECORD, Record};
use crate::plugin::{PluginRegistry, Policy};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

impl PackageDirectory {
    /// Verifies installed versions: of a package, or of all; one version, or all. Every file has the bytes that were installed, no file
    /// is missing, and none was added; the library meets the conditions of the registry.
    ///
    /// # Errors
    /// With a line for each fault: `STATUS_BAD_PACKAGE` if files differ, otherwise the status with which a load call would refuse the
    /// library. `STATUS_PACKAGE_NOT_FOUND`; that of `hears`; those of the system.
    pub fn verify(&self, name: Option<&str>, version: Option<&str>, hears: Hears<'_>) -> Result<()> {
        let found = self.chosen(name, version)?;
        let mut total = 0;
        for installed in &found {
            total += listed_files(&installed.directory)?.iter().map(|(_, size)| size).sum::<u64>();
        }
        let mut done = 0;
        let mut faults = Vec::new();
        for installed in &found {
            let before = faults.len();
            let mut heard = |entry: &str, bytes: u64| {
                done += bytes;
                hears(Progress { stage: Stage::Verify, entry, done, total })
            };
            let fault = |why: String| Error::new(abi::STATUS_BAD_PACKAGE, format!("{}: {why}", installed.title()));
            match Record::read(&installed.directory) {
                Ok(record) => faults.extend(differences(&installed.directory, &record, &mut heard)?.into_iter().map(fault)),
                Err(error) => faults.push(error),
            }
            if faults.len() == before {
                faults.extend(self.require_loadable(installed).err());
            }
        }
        let Some(first) = faults.first() else { return Ok(()) };
        let count = counted(faults.len(), "fault");
        let message = format!("{count} in {} of {}", counted(found.len(), "installed version"), self.path().display());
        let mut error = Error::new(first.status(), message).at_path(self.path());
        for fault in faults.iter().take(MAX_SHOWN_NAMES) {
            error = error.with_line(fault.message());
        }
        if faults.len() > MAX_SHOWN_NAMES {
            error = error.with_line(&format!("and {} more", faults.len() - MAX_SHOWN_NAMES));
        }
        Err(error)
    }

    /// Returns the versions to verify.
    fn chosen(&self, name: Option<&str>, version: Option<&str>) -> Result<Vec<Installed>> {
        let Some(name) = name else {
            if version.is_some() {
                let message = "a version of all packages cannot be verified; pass the name of a package too";
                return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
            return Ok(self.list()?.into_iter().map(|listed| listed.installed).collect());
        };
        check(name)?;
        if version.is_some() {
            return Ok(vec![self.find(name, version)?]);
        }
        let found: Vec<_> =
            self.list()?.into_iter().map(|listed| listed.installed).filter(|installed| installed.name == name).collect();
        if found.is_empty() {
            return Err(self.not_found(name, None, &Versions::default()));
        }
        Ok(found)
    }

    /// Refuses a library that a load call of the registry would refuse.
    fn require_loadable(&self, installed: &Installed) -> Result<()> {
        let library = installed.library()?;
        match &self.registry {
            Some(registry) => registry.require_loadable(&library),
            None => PluginRegistry::new(Policy::Any, Vec::new()).require_loadable(&library),
        }
    }
}

/// Returns how the files of a directory differ from a record. `heard` gets the path of a file and the number of bytes read.
///
/// # Errors
/// Those of `heard` and of the system.
pub fn differences(directory: &Path, record: &Record, heard: &mut dyn FnMut(&str, u64) -> Result<()>) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let found: BTreeSet<String> = listed_files(directory)?.into_iter().map(|(path, _)| path).collect();
    for path in record.files.keys().filter(|path| !found.contains(*path)) {
        differences.push(format!("`{path}` is missing; install the package again"));
    }
    for path in &found {
        match record.files.get(path) {
            None => differences.push(format!("`{path}` was added; remove it, or install the package again")),
            Some(expected) => match hash_at(&directory.join(path), &mut |bytes| heard(path, bytes))? {
                Ok(hash) if hash == *expected => {}
                Ok(_) => differences.push(format!("`{path}` was changed; install the package again")),
                Err(why) => differences.push(format!("`{path}` cannot be read: {}", why.message())),
            },
        }
    }
    Ok(differences)
}

/// Returns the hash of a file; the inner error is about the file.
fn hash_at(path: &Path, heard: &mut dyn FnMut(u64) -> Result<()>) -> Result<Result<Hash>> {
    // A link in the place of a file is a change.
    if path.is_symlink() {
        return Ok(Err(Error::new(abi::STATUS_BAD_PACKAGE, "it is a symbolic link")));
    }
    let file = match files::open(path, "read", abi::STATUS_BAD_PACKAGE) {
        Ok(opened) => opened.file,
        Err(error) => return Ok(Err(error)),
    };
    let mut reader = Heard { file, heard, error: None };
    let hash = hash_of(&mut reader).map_err(|error| Error::io("read", path, &error));
    reader.error.map_or(Ok(hash), Err)
}

/// A file whose readings are reported.
struct Heard<'a> {
    file: File,
    heard: &'a mut dyn FnMut(u64) -> Result<()>,
    /// That of the report, which ends the reading.
    error: Option<Error>,
}

impl Read for Heard<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(room)?;
        (self.heard)(count as u64).map_err(|error| {
            self.error = Some(error);
            io::Error::other("ended by its reader")
        })?;
        Ok(count)
    }
}

/// Returns what is in a directory and those below, except for directories and the record: paths with `/`, and sizes.
fn listed_files(directory: &Path) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        let path = directory.join(&below);
        let failed = |error| Error::io("read the directory", &path, &error);
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let metadata = entry.metadata().map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = if below.is_empty() { name } else { format!("{below}/{name}") };
            if metadata.is_dir() {
                open.push(name);
            } else if name != RECORD {
                found.push((name, metadata.len()));
            }
        }
    }
    Ok(found)
}
