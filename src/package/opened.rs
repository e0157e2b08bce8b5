//! An opened package.
#![forbid(unsafe_code)]

use crate::files::{self, Opened};
use crate::limits::MAX_PACKAGE;
use crate::package::archive::{self, Archive};
use crate::package::builds::{Build, Builds};
use crate::package::contents::Contents;
use crate::package::info::Info;
use crate::package::progress::{Meter, Progress};
use crate::plugin::file::hash::{Hash, hash};
use crate::plugin::file::manifest::{Manifest, check_name};
use crate::plugin::file::platform::Named;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::trust::sums::SIGNATURE_FILE;
use crate::plugin::registry::trust::{Key, Signature};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path in the package.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The build for this machine, unpacked.
pub struct Library {
    /// The file at the root of the package.
    pub file: String,
    /// Its contents.
    pub bytes: Vec<u8>,
    /// The SHA-256 of its contents.
    pub hash: Hash,
    /// Its manifest.
    pub manifest: Manifest,
}

/// A package, read into memory: the structure of the archive, the description and the libraries are checked.
pub struct Package {
    path: PathBuf,
    contents: Contents,
    info: Info,
    builds: Builds,
    library: Option<Library>,
}

impl Package {
    /// Opens a package, and checks everything but the contents of the files that are neither libraries nor read by libvm: see
    /// [`Package::verify`]. `report` is called after each library, and may end the work with an error.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE` with the reason; `STATUS_PLUGIN_HASH`, `STATUS_PLUGIN_SIGNATURE` if the signature has a wrong size;
    /// those of opening a file; `STATUS_UNSUPPORTED` in a build without packages.
    pub fn open(path: &Path, report: &mut dyn FnMut(&Progress<'_>) -> Result<()>) -> Result<Self> {
        archive::require()?;
        let bytes = read(path)?;
        Self::of_bytes(bytes, path, report)
    }

    /// Reads a package from bytes; `path` is for messages.
    ///
    /// # Errors
    /// Those of [`Package::open`].
    pub fn of_bytes(bytes: Vec<u8>, path: &Path, report: &mut dyn FnMut(&Progress<'_>) -> Result<()>) -> Result<Self> {
        let contents = Contents::new(Archive::read(bytes).map_err(|why| bad(path, &why))?, path)?;
        let mut builds = Builds::find(contents.names()).map_err(|why| bad(path, &why))?;
        let json = format!("{}.json", builds.plugin);
        let mut info = contents.info(&json)?.unwrap_or_default();
        contents.check_options(&format!("{}.toml", builds.plugin))?;
        let mut meter = Meter::new(report, 0, contents.total());
        let (mut library, mut first) = (None, None::<(String, Manifest)>);
        for build in &mut builds.builds {
            let (bytes, hash) = contents.unpack(&build.file)?;
            let place = path.join(&build.file);
            let manifest = build.examine(&bytes, &place).map_err(|why| bad(path, &why))?;
            meter.add(&build.file, bytes.len())?;
            let Some(manifest) = manifest else { continue };
            if manifest.name != builds.plugin {
                let (file, title) = (&build.file, manifest.title());
                let why =
                    format!("has `{file}`, which contains {title}; name it `{0}.so` or `{0}-<os>-<arch>.so`", manifest.name);
                return Err(bad(path, &why));
            }
            if let Some((file, other)) = first.as_ref().filter(|(_, other)| !is_same(other, &manifest)) {
                let (a, b) = (other.title(), manifest.title());
                let why = format!("has builds that differ: `{file}` contains {a}, and `{}` {b}", build.file);
                let why = if a == b { why + ", but with other modules" } else { why };
                return Err(bad(path, &why));
            }
            info.complete(&manifest).map_err(|why| bad(path, &format!("contradicts itself: `{json}` {why}")))?;
            first.get_or_insert_with(|| (build.file.clone(), manifest.clone()));
            if build.is_for_here {
                library = Some(Library { file: build.file.clone(), bytes, hash, manifest });
            }
        }
        if info.name.is_empty() {
            info.name.clone_from(&builds.plugin);
        }
        let made = Self { path: path.to_owned(), contents, info, builds, library };
        made.check_identity(&json)?;
        Ok(made)
    }

    /// Checks name and version, which become names of directories when the package is installed.
    fn check_identity(&self, json: &str) -> Result<()> {
        if self.info.name != self.builds.plugin {
            let why = format!("contradicts itself: `{json}` names the plug-in `{}`", self.info.name);
            return Err(bad(&self.path, &why));
        }
        check_name(&self.info.name).map_err(|why| bad(&self.path, &format!("has a plug-in whose {why}")))?;
        let Some(version) = &self.info.version else {
            let why = format!(
                "has no version: its libraries are for platforms whose files cannot be read here, and `{json}` does not state it"
            );
            return Err(bad(&self.path, &why));
        };
        let version = version.as_str();
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_+~".contains(letter);
        if !version.chars().all(allowed)
            || version.starts_with('.')
            || !(1..=100).contains(&version.len())
            || version.eq_ignore_ascii_case("active")
        {
            let why = format!(
                "has the version \"{version}\"; the version of a package is the name of a directory, and consists of at most 100 \
                 letters, digits, `.`, `-`, `_`, `+` and `~`, does not begin with a dot, and is not `active`"
            );
            return Err(bad(&self.path, &why));
        }
        Ok(())
    }

    /// Returns the path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the description of its plug-in.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Returns the version of its plug-in.
    pub fn version(&self) -> &str {
        self.info.version.as_ref().map_or("", |version| version.as_str())
    }

    /// Returns its libraries.
    pub fn builds(&self) -> &[Build] {
        &self.builds.builds
    }

    /// Returns its files, sorted by name.
    pub fn files(&self) -> Vec<File> {
        let file = |(name, size): (&str, usize)| File { name: name.to_owned(), size: size as u64 };
        self.contents.files().map(file).collect()
    }

    /// Returns whether it has hashes of its files.
    pub fn has_hashes(&self) -> bool {
        self.contents.sums.is_some()
    }

    /// Returns whether it has a signature. By which key is found out by [`Package::require_signed`].
    pub fn has_signature(&self) -> bool {
        self.contents.signature.is_some()
    }

    /// Returns its files and their hashes.
    pub(super) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Returns the library for this machine, which this libvm can load.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_WRONG_PLATFORM`, naming the platforms that there are; `STATUS_PLUGIN_INCOMPATIBLE` and other errors of
    /// [`Manifest::check`].
    pub fn library(&self) -> Result<&Library> {
        let Some(library) = &self.library else {
            let (path, listed) = (self.path.display(), self.builds.listed());
            let message =
                format!("the package {path} has no library for this machine, which needs {}; it has {listed}", Named::HERE);
            return Err(Error::new(abi::STATUS_PLUGIN_WRONG_PLATFORM, message).at_path(&self.path).of_plugin(&self.info.name));
        };
        library.manifest.check(&format!("in the package {}", self.path.display())).map_err(|error| error.at_path(&self.path))?;
        Ok(library)
    }

    /// Checks that one of these keys has signed the hashes of its files.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_SIGNATURE`.
    pub fn require_signed(&self, keys: &[Key]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let what = format!("the package {}", self.path.display());
        let Some((signature, signed)) = self.contents.signature.as_ref().zip(self.contents.signed.as_ref()) else {
            let message = format!(
                "{what} is not signed, and this registry accepts signed plug-ins only: it has no `{SIGNATURE_FILE}`; get a signed \
                 package from the author of the plug-in"
            );
            return Err(Error::new(abi::STATUS_PLUGIN_SIGNATURE, message).at_path(&self.path).of_plugin(&self.info.name));
        };
        let path = self.path.join(SIGNATURE_FILE);
        let checked = Signature::of_bytes(signature.clone(), &path, &what)
            .and_then(|signature| signature.require(keys, signed, &hash(signed), &what));
        checked.map_err(|error| error.at_path(&self.path).of_plugin(&self.info.name))
    }

    /// Checks that a registry would load its library: its policy, lock file and keys.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_ALLOWED`, `STATUS_PLUGIN_HASH`, `STATUS_PLUGIN_SIGNATURE`; those of [`Package::library`].
    pub fn require_accepted(&self, registry: &PluginRegistry) -> Result<()> {
        let library = self.library()?;
        registry.require_acceptable(&library.manifest, &library.hash, &format!("in the package {}", self.path.display()))?;
        self.require_signed(&registry.keys())
    }

    /// Checks the contents of all files that were not checked when it was opened.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE`, `STATUS_PLUGIN_HASH`; that of the report.
    pub fn verify(&self, report: &mut dyn FnMut(&Progress<'_>) -> Result<()>) -> Result<()> {
        let mut meter = self.meter(report);
        for (name, size) in self.contents.files().filter(|(name, _)| !self.is_library(name)) {
            self.contents.unpack(name)?;
            meter.add(name, size)?;
        }
        Ok(())
    }

    /// Returns a meter of what is left after opening.
    pub(super) fn meter<'a>(&self, report: &'a mut dyn FnMut(&Progress<'_>) -> Result<()>) -> Meter<'a> {
        let libraries = self.contents.files().filter(|(name, _)| self.is_library(name));
        Meter::new(report, libraries.map(|(_, size)| size as u64).sum(), self.contents.total())
    }

    /// Returns whether a file is one of the libraries at the root.
    pub(super) fn is_library(&self, name: &str) -> bool {
        self.builds.builds.iter().any(|build| build.file == name)
    }

    /// Returns whether a file is or signs a library for another machine.
    pub(super) fn is_foreign(&self, name: &str) -> bool {
        self.builds.builds.iter().any(|build| !build.is_for_here && build.owns(name))
    }
}

/// Returns whether two builds are of the same plug-in, as far as their manifests tell.
fn is_same(one: &Manifest, other: &Manifest) -> bool {
    let readable = [one, other].iter().all(|manifest| manifest.check_abi("").is_ok());
    (&one.name, &one.version) == (&other.name, &other.version) && (!readable || one.modules == other.modules)
}

/// Creates the error of a package.
pub fn bad(path: &Path, why: &str) -> Error {
    Error::new(abi::STATUS_BAD_PACKAGE, format!("the package {} {why}", path.display())).at_path(path)
}

/// Reads a file through one descriptor.
fn read(path: &Path) -> Result<Vec<u8>> {
    let Opened { file, metadata } = files::open(path, "open the package", abi::STATUS_BAD_PACKAGE)?;
    let size = metadata.len();
    if size > MAX_PACKAGE {
        return Err(bad(path, &format!("has {size} bytes, and a package may have {MAX_PACKAGE}")));
    }
    let mut bytes = Vec::with_capacity(size as usize + 1);
    let read = file.take(size + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::io("read the package", path, &error))?;
    if bytes.len() as u64 != size {
        return Err(bad(path, "was changed while it was read; read it again when it is complete"));
    }
    Ok(bytes)
}
