//! Packages, and directories of installed ones.
#![forbid(unsafe_code)]

use super::error::{Error, Result, guard};
use super::plugin::PluginRegistry;
use crate::package::directory::{self, Install, Progress, Stage};
use crate::package::{self, Info};
use crate::plugin::OptionInfo;
use crate::{panics, status};
use libvm_abi as abi;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::package::directory::{Install as PackageInstall, Progress as PackageProgress, Stage as PackageStage};
pub use crate::package::{Build as PackageLibrary, File as PackageFile, Item as PackageItem, Module as PackageModule};

/// What a package says about itself.
#[derive(Clone, Debug)]
pub struct PackageInfo {
    /// The name, which is that of the plug-in.
    pub name: String,
    /// The version.
    pub version: String,
    /// One line about it.
    pub description: String,
    /// Its author.
    pub author: String,
    /// Its licence.
    pub license: String,
    /// Its page.
    pub homepage: String,
    /// The wasm modules that it provides, if it says so.
    pub modules: Option<Vec<PackageModule>>,
    /// The options of the plug-in, if it says so.
    pub options: Option<Vec<OptionInfo>>,
    /// The points at which it has hooks, if it says so.
    pub hooks: Option<Vec<PackageItem>>,
    /// Its sources of streams, if it says so.
    pub sources: Option<Vec<PackageItem>>,
    /// Its sinks of streams, if it says so.
    pub sinks: Option<Vec<PackageItem>>,
    /// The permissions that the plug-in asks for.
    pub permissions: Vec<String>,
    /// The plug-ins that it needs, each with the accepted versions; empty for any.
    pub dependencies: Vec<(String, String)>,
}

impl PackageInfo {
    fn new(info: &Info) -> Self {
        Self {
            name: info.name.clone(),
            version: info.version.as_ref().map(ToString::to_string).unwrap_or_default(),
            description: info.description.clone(),
            author: info.author.clone(),
            license: info.license.clone(),
            homepage: info.homepage.clone(),
            modules: info.modules.clone(),
            options: info.options.clone(),
            hooks: info.hooks.clone(),
            sources: info.sources.clone(),
            sinks: info.sinks.clone(),
            permissions: info.permissions.clone(),
            dependencies: info.depends.iter().map(|needed| (needed.name.clone(), needed.versions())).collect(),
        }
    }
}

/// What is in the archive of a package.
#[derive(Clone, Debug)]
pub struct PackageContents {
    /// What the package says about itself.
    pub info: PackageInfo,
    /// Its libraries, each for a platform.
    pub libraries: Vec<PackageLibrary>,
    /// Its files, sorted by name.
    pub files: Vec<PackageFile>,
    /// Whether it has hashes of its files.
    pub has_hashes: bool,
    /// Whether it has a signature, which is checked where a registry has keys.
    pub has_signature: bool,
    /// Why its plug-in cannot be loaded here, in any registry.
    pub refusal: Option<Error>,
}

/// A zip archive with a plug-in, its description, default options and other files. No code of the plug-in runs here.
///
/// ```no_run
/// # fn main() -> vm::Result<()> {
/// vm::Package::build("calc", "calc-1.0.0.zip")?;
/// println!("{}", vm::Package::inspect_file("calc-1.0.0.zip")?.description);
/// let installed = vm::PackageDirectory::new("packages", None)?;
/// installed.install("calc-1.0.0.zip", vm::PackageInstall::default(), |_| true)?;
/// # Ok(())
/// # }
/// ```
pub struct Package(());

impl Package {
    /// Builds a package of the files in a directory.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE) if they are not those of a package, and those of the file system.
    pub fn build(directory: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<()> {
        guard(|| package::build(directory.as_ref(), output.as_ref()))
    }

    /// Builds a package of files, each with its path in the package.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE) if they are not those of a package, and those of the file system.
    pub fn build_from_files(files: impl IntoIterator<Item = (String, PathBuf)>, output: impl AsRef<Path>) -> Result<()> {
        guard(|| package::build_from_files(files, output.as_ref()))
    }

    /// Returns what a package says about itself.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE), and those of the file system.
    pub fn inspect_file(file: impl AsRef<Path>) -> Result<PackageInfo> {
        Self::inspect_contents(file).map(|contents| contents.info)
    }

    /// Returns what a package says about itself, with its files and libraries.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE), and those of the file system.
    pub fn inspect_contents(file: impl AsRef<Path>) -> Result<PackageContents> {
        guard(|| {
            let opened = package::Package::open(file.as_ref(), &mut |_| Ok(()))?;
            Ok(PackageContents {
                info: PackageInfo { version: opened.version().to_owned(), ..PackageInfo::new(opened.info()) },
                libraries: opened.builds().to_vec(),
                files: opened.files(),
                has_hashes: opened.has_hashes(),
                has_signature: opened.has_signature(),
                refusal: opened.library().err().map(Error::from),
            })
        })
    }

    /// Checks a package completely, and that the conditions of a registry accept it. `progress` is told how far that is, and cancels it
    /// by returning false.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE), those of the conditions, [`CANCELLED`](crate::Status::CANCELLED), and those of the file system.
    pub fn verify_file(
        file: impl AsRef<Path>,
        registry: Option<&PluginRegistry>,
        mut progress: impl FnMut(PackageProgress<'_>) -> bool,
    ) -> Result<()> {
        guard(|| {
            let mut tell = |read: &package::Progress<'_>| {
                let read = Progress { stage: Stage::Verify, entry: read.file, done: read.done, total: read.total };
                report(&mut progress, read)
            };
            let package = package::Package::open(file.as_ref(), &mut tell)?;
            match registry {
                Some(registry) => package.require_accepted(registry.inner())?,
                None => _ = package.library()?,
            }
            package.verify(&mut tell)
        })
    }
}

fn report(progress: &mut impl FnMut(PackageProgress<'_>) -> bool, read: PackageProgress<'_>) -> status::Result<()> {
    // A panic cancels the call too.
    if panics::catch(|| progress(read)).unwrap_or(false) {
        return Ok(());
    }
    Err(status::Error::new(abi::STATUS_CANCELLED, "the progress callback has cancelled the call; nothing was changed"))
}

/// An installed version of a package.
#[derive(Clone, Debug)]
pub struct InstalledPackage {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// One line about it.
    pub description: String,
    /// Its directory.
    pub path: PathBuf,
    /// Whether it is the active version.
    pub active: bool,
    /// Why its plug-in cannot be loaded here, as far as the files tell.
    pub refusal: Option<Error>,
}

/// A directory of installed packages, of each of which one version is active. Every change is atomic. Clones share it.
#[derive(Clone)]
pub struct PackageDirectory(Arc<directory::PackageDirectory>);

impl PackageDirectory {
    /// Opens a directory, which is created by the first installation. The conditions of `registry` apply to what is installed.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a path that is not possible.
    pub fn new(path: impl AsRef<Path>, registry: Option<&PluginRegistry>) -> Result<Self> {
        Self::open(Some(path.as_ref()), registry)
    }

    /// Opens the directory of the user, in which plug-ins are found by default.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) and others if there is none.
    pub fn of_user(registry: Option<&PluginRegistry>) -> Result<Self> {
        Self::open(None, registry)
    }

    fn open(path: Option<&Path>, registry: Option<&PluginRegistry>) -> Result<Self> {
        let registry = registry.map(|registry| Arc::clone(registry.inner()));
        guard(|| directory::PackageDirectory::new(path, registry).map(|inner| Self(Arc::new(inner))))
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Installs a package, and makes it active. `progress` is told how far that is, and cancels it by returning false.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE), [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS),
    /// [`PLUGIN_SUPERSEDED`](crate::Status::PLUGIN_SUPERSEDED), [`PACKAGE_NOT_FOUND`](crate::Status::PACKAGE_NOT_FOUND) for an update of what is not
    /// installed, [`CANCELLED`](crate::Status::CANCELLED), those of the registry's conditions and of the file system. Then nothing has changed.
    pub fn install(
        &self,
        archive: impl AsRef<Path>,
        how: Install,
        mut progress: impl FnMut(PackageProgress<'_>) -> bool,
    ) -> Result<()> {
        guard(|| self.0.install(archive.as_ref(), how, &mut |read| report(&mut progress, read)))
    }

    /// Makes an installed version active.
    ///
    /// # Errors
    /// [`PACKAGE_NOT_FOUND`](crate::Status::PACKAGE_NOT_FOUND), and those of the file system.
    pub fn use_version(&self, name: &str, version: &str) -> Result<()> {
        guard(|| self.0.activate(name, version))
    }

    /// Removes a version of a package, or all. If it is the active one, `next` becomes active.
    ///
    /// # Errors
    /// [`PACKAGE_NOT_FOUND`](crate::Status::PACKAGE_NOT_FOUND), and those of the file system.
    pub fn remove(&self, name: &str, version: Option<&str>, next: Option<&str>) -> Result<()> {
        guard(|| self.0.remove(name, version, next))
    }

    /// Compares the files of installed packages with what was installed: of one version, of a package, or of all.
    ///
    /// # Errors
    /// [`BAD_PACKAGE`](crate::Status::BAD_PACKAGE) with the differences, [`PACKAGE_NOT_FOUND`](crate::Status::PACKAGE_NOT_FOUND),
    /// [`CANCELLED`](crate::Status::CANCELLED), and those of the file system.
    pub fn verify(
        &self,
        name: Option<&str>,
        version: Option<&str>,
        mut progress: impl FnMut(PackageProgress<'_>) -> bool,
    ) -> Result<()> {
        guard(|| self.0.verify(name, version, &mut |read| report(&mut progress, read)))
    }

    /// Returns all installed versions.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn list(&self) -> Result<Vec<InstalledPackage>> {
        let listed = guard(|| self.0.list())?;
        let shown = listed.into_iter().map(|listed| InstalledPackage {
            name: listed.installed.name,
            version: listed.installed.version.to_string(),
            description: listed.description,
            path: listed.installed.directory,
            active: listed.is_active,
            refusal: listed.refusal.map(Error::from),
        });
        Ok(shown.collect())
    }

    /// Returns what an installed package says about itself: a version of it, or else the active one.
    ///
    /// # Errors
    /// [`PACKAGE_NOT_FOUND`](crate::Status::PACKAGE_NOT_FOUND), and those of the file system.
    pub fn describe(&self, name: &str, version: Option<&str>) -> Result<PackageInfo> {
        let (installed, info) = guard(|| self.0.describe(name, version))?;
        Ok(PackageInfo { version: installed.version.to_string(), ..PackageInfo::new(&info) })
    }
}
