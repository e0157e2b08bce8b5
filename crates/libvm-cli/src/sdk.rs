//! Where the parts of libvm are that plug-ins are built with.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::text;
use std::path::{Path, PathBuf};

/// The variable that names a prefix in which libvm is installed, or its sources.
pub const VARIABLE: &str = "LIBVM_SDK";

/// The parts of libvm that plug-ins are built with: headers, CMake package, crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// An installation: its prefix.
    Installed(PathBuf),
    /// The sources of libvm, in which this command was built.
    Sources(PathBuf),
}

impl Sdk {
    /// Finds the SDK: where the environment says, or beside this command.
    ///
    /// # Errors
    /// It is not there.
    pub fn find() -> Result<Self, Failure> {
        if let Some(directory) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            let directory = PathBuf::from(directory);
            let found = directory.canonicalize().ok().and_then(|directory| Self::at(&directory));
            return found.ok_or_else(|| {
                let message = format!("{} (environment variable {VARIABLE}) contains no SDK of libvm", text::path(&directory));
                Failure::new(Exit::NOT_FOUND, message).hint(format!(
                    "set {VARIABLE} to the prefix in which libvm is installed, such as /usr/local, or to the sources of libvm"
                ))
            });
        }
        let program = std::env::current_exe().and_then(|path| path.canonicalize());
        let found = program.as_ref().ok().and_then(|program| Self::beside(program));
        found.ok_or_else(|| {
            Failure::new(
                Exit::NOT_FOUND,
                "the SDK of libvm (headers, CMake package, crates) is not installed beside this command",
            )
            .hint(format!(
                "install libvm with its headers (Debian: libvm-dev), or set {VARIABLE} to the prefix in which it is installed"
            ))
        })
    }

    /// The command is in `<prefix>/bin`, or below the sources.
    fn beside(program: &Path) -> Option<Self> {
        let directory = program.parent()?;
        let installed = directory.parent().filter(|_| directory.ends_with("bin")).and_then(Self::installed);
        installed.or_else(|| directory.ancestors().find_map(Self::sources))
    }

    fn at(directory: &Path) -> Option<Self> {
        Self::sources(directory).or_else(|| Self::installed(directory))
    }

    fn installed(prefix: &Path) -> Option<Self> {
        let is_there = |file: &str| prefix.join(file).is_file();
        (is_there("include/libvm/plugin.h") || is_there("share/libvm/rust/crates/libvm-plugin/Cargo.toml"))
            .then(|| Self::Installed(prefix.to_owned()))
    }

    fn sources(directory: &Path) -> Option<Self> {
        let is_there = |file: &str| directory.join(file).is_file();
        (is_there("crates/libvm-plugin/Cargo.toml") && is_there("include/libvm/plugin.h"))
            .then(|| Self::Sources(directory.to_owned()))
    }

    /// Returns the directory of the headers.
    ///
    /// # Errors
    /// They are not installed.
    pub fn include(&self) -> Result<PathBuf, Failure> {
        let (Self::Installed(top) | Self::Sources(top)) = self;
        let directory = top.join("include");
        if directory.join("libvm/plugin.h").is_file() {
            return Ok(directory);
        }
        let message = format!("the headers of libvm are not in {}", text::path(&directory));
        Err(Failure::new(Exit::NOT_FOUND, message).hint("install them (Debian: libvm-dev)"))
    }

    /// Returns the directory of the crate `libvm-plugin`.
    ///
    /// # Errors
    /// It is not installed.
    pub fn crate_directory(&self) -> Result<PathBuf, Failure> {
        let directory = match self {
            Self::Installed(prefix) => prefix.join("share/libvm/rust/crates/libvm-plugin"),
            Self::Sources(top) => top.join("crates/libvm-plugin"),
        };
        if directory.join("Cargo.toml").is_file() {
            return Ok(directory);
        }
        let message = format!("the SDK for plug-ins in Rust is not in {}", text::path(&directory));
        Err(Failure::new(Exit::NOT_FOUND, message).hint("install the component `tools` of libvm (Debian: libvm-tools)"))
    }

    /// Returns the directory with the crates that `libvm-plugin` uses; in the sources they come from crates.io.
    pub fn vendor(&self) -> Option<PathBuf> {
        match self {
            Self::Installed(prefix) => Some(prefix.join("share/libvm/rust/vendor")),
            Self::Sources(_) => None,
        }
    }

    /// Returns the setting with which CMake finds libvm; `None` where it looks by itself.
    pub fn cmake_setting(&self) -> Option<(&'static str, PathBuf)> {
        match self {
            Self::Installed(prefix) if is_standard(prefix) => None,
            Self::Installed(prefix) => Some(("CMAKE_PREFIX_PATH", prefix.clone())),
            Self::Sources(top) => Some(("libvm_DIR", top.join("cmake/sources"))),
        }
    }

    /// Returns whether pkg-config finds libvm by itself.
    pub fn is_standard(&self) -> bool {
        matches!(self, Self::Installed(prefix) if is_standard(prefix))
    }
}

fn is_standard(prefix: &Path) -> bool {
    [Path::new("/usr"), Path::new("/usr/local")].contains(&prefix)
}
