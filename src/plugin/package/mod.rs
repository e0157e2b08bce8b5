//! Installed packages: the layout on disk, as far as loading plug-ins depends on it.
//!
//! A package directory has a directory for each package, `<packages>/<name>`, with a directory for each installed version and the
//! link `active`, which leads to one of them. A version contains the files of the package and a [`Record`] of them; that file
//! marks it, so that a version is found out wherever it is.
#![forbid(unsafe_code)]

mod record;

use crate::files::{self, Opened, Trusted};
use crate::limits::MAX_CONFIG_FILE;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::platform::ENDINGS;
use crate::plugin::file::version::Version;
use crate::plugin::options::file::read as read_options;
use crate::plugin::options::given::GivenOptions;
use crate::status::{Error, Result};
use crate::thread;
use crate::toml_file::{TomlFile, entries};
use libvm_abi as abi;
pub use record::{RECORD, Record};
use std::env::consts::{ARCH, OS};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// The link to the active version in the directory of a package.
pub const ACTIVE: &str = "active";

/// An installed version of a package.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Its directory.
    pub directory: PathBuf,
    /// The name of the package, which is that of its plug-in.
    pub name: String,
    /// Its version.
    pub version: Version,
}

/// Returns whether a directory contains an installed version of a package.
pub fn is_installed(directory: &Path) -> bool {
    directory.join(RECORD).symlink_metadata().is_ok_and(|found| found.is_file())
}

/// Returns the name of the directory to which the link `active` of a package leads, whether that exists or not.
pub fn target_of_active(package: &Path) -> Option<String> {
    let link = package.join(ACTIVE);
    #[cfg(unix)]
    let target = std::fs::read_link(link).ok()?;
    // Links require special permissions on other systems.
    #[cfg(not(unix))]
    let target = PathBuf::from(std::fs::read_to_string(link).ok()?);
    let mut parts = target.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(name)), None) => name.to_str().map(str::to_owned),
        _ => None,
    }
}

/// Returns the directory of the active version of a package; `None` if no version is active, or the directory is not that of a
/// package.
pub fn active(package: &Path) -> Option<PathBuf> {
    target_of_active(package).map(|name| package.join(name)).filter(|directory| is_installed(directory))
}

/// Returns the names that the library of a package can have for this machine: for one platform, and for several.
pub fn library_names(plugin: &str) -> Vec<String> {
    let names = |ending: &&str| [format!("{plugin}.{ending}"), format!("{plugin}-{OS}-{ARCH}.{ending}")];
    ENDINGS.iter().flat_map(names).collect()
}

impl Installed {
    /// Returns the version in a directory; `None` if the directory is not that of one.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE` if its record is damaged; those of opening a file.
    pub fn in_directory(directory: &Path) -> Result<Option<Self>> {
        if !is_installed(directory) {
            return Ok(None);
        }
        let (name, version) = Record::read_title(directory)?;
        Ok(Some(Self { directory: directory.to_owned(), name, version: Version::new(&version) }))
    }

    /// Returns the version to which the library of a plug-in belongs.
    ///
    /// # Errors
    /// Those of [`Installed::in_directory`].
    pub fn of_library(library: &Path) -> Result<Option<Self>> {
        library.parent().map_or(Ok(None), Self::in_directory)
    }

    /// Returns the library for this machine.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE` if there is none.
    pub fn library(&self) -> Result<PathBuf> {
        let mut paths = library_names(&self.name).into_iter().map(|name| self.directory.join(name));
        paths.find(|path| path.symlink_metadata().is_ok()).ok_or_else(|| {
            let message = format!(
                "{} has no library for this machine, as in {}; install it again",
                self.title(),
                self.directory.join(&library_names(&self.name)[0]).display()
            );
            Error::new(abi::STATUS_BAD_PACKAGE, message).at_path(&self.directory).of_plugin(&self.name)
        })
    }

    /// Formats name and version for messages.
    pub fn title(&self) -> String {
        format!("the package `{}` {}", self.name, self.version)
    }

    /// Refuses a plug-in that another package has.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE`.
    pub fn require(&self, manifest: &Manifest, place: &str) -> Result<()> {
        if self.name == manifest.name && self.version == manifest.version {
            return Ok(());
        }
        let message = format!("{} {place} is not the plug-in of {}; install it again", manifest.title(), self.title());
        Err(Error::new(abi::STATUS_BAD_PACKAGE, message).of_plugin(&manifest.name))
    }

    /// Reads the values of options that the package has, in `<name>.toml`.
    ///
    /// # Errors
    /// `STATUS_BAD_CONFIG` with line and column, `STATUS_LIMIT`, `STATUS_UNTRUSTED_PATH`; those of opening a file.
    pub fn options(&self, trusted: &Trusted) -> Result<GivenOptions> {
        let path = self.directory.join(format!("{}.toml", self.name));
        let Opened { file, metadata } = match files::open(&path, "read the options of the package", abi::STATUS_BAD_CONFIG) {
            Err(error) if error.status() == abi::STATUS_FILE_NOT_FOUND => return Ok(GivenOptions::new()),
            opened => opened?,
        };
        trusted.require(&path, &metadata, &format!("the file {} of options", path.display()))?;
        let mut bytes = Vec::new();
        file.take(MAX_CONFIG_FILE as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::io("read the options of the package", &path, &error))?;
        if bytes.len() > MAX_CONFIG_FILE {
            let message =
                format!("{} is larger than {MAX_CONFIG_FILE} bytes, the maximum size of a configuration", path.display());
            return Err(Error::new(abi::STATUS_LIMIT, message).at_path(&path));
        }
        options_in(&bytes, &path.display().to_string()).map_err(|error| error.at_path(&path))
    }
}

/// Reads options from the TOML of a package; `name` is that of the file, for messages.
///
/// # Errors
/// `STATUS_BAD_CONFIG` with line and column.
pub fn options_in(bytes: &[u8], name: &str) -> Result<GivenOptions> {
    thread::with_room(|| {
        let file = TomlFile::new(bytes, name, abi::STATUS_BAD_CONFIG)?;
        let table = file.parse()?;
        read_options(&file, entries(&table))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::options::OptionValue;

    #[test]
    fn the_options_of_a_package_are_at_the_top_of_its_toml() {
        let options = options_in(b"retries = 3\nunits = [\"mm\"]\n", "calc.toml").unwrap();
        assert_eq!(options["retries"].value, OptionValue::Integer(3));
        assert_eq!(options["units"].position.as_deref(), Some("calc.toml:2:1"));
        let error = options_in(b"[options]\nretries = 3", "calc.toml").unwrap_err();
        assert_eq!(error.status(), abi::STATUS_BAD_CONFIG);
        assert!(error.message().starts_with("calc.toml:1:1: option `options` must be a bool"), "{}", error.message());
    }

    #[test]
    fn a_library_has_the_name_of_the_plugin_or_also_of_the_platform() {
        let names = library_names("calc");
        assert!(names.contains(&format!("calc.{}", ENDINGS[0])));
        assert!(names.contains(&format!("calc-{OS}-{ARCH}.{}", ENDINGS[0])));
    }
}
