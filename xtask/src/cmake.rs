//! Configuring and building with CMake.
use crate::{Result, XTASK, command, root, target};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The plug-ins that are shipped with libvm.
const PLUGINS: &[&str] = &["logging", "process", "regex"];

/// A build folder.
pub struct Build {
    folder: PathBuf,
}

impl Build {
    /// Returns the build folder with this name.
    pub fn new(name: &str) -> Self {
        Self { folder: target().join("cmake").join(name) }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the command that configures a source folder of the repository; cargo's own target folder is shared.
    pub fn configure(&self, source: &str, generator: &str, settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new("cmake");
        command.arg("-S").arg(root().join(source)).arg("-B").arg(&self.folder).args(["-G", generator]);
        for (name, value) in settings {
            command.arg(format!("-D{name}={value}"));
        }
        command.arg(setting("LIBVM_CARGO_TARGET_DIR", &target()));
        command.arg(setting("LIBVM_XTASK", &XTASK));
        command
    }

    /// Returns the command that builds targets; none means all.
    pub fn build(&self, targets: &[&str]) -> Command {
        let mut command = Command::new("cmake");
        command.arg("--build").arg(&self.folder).args(["--parallel", &jobs()]);
        for target in targets {
            command.args(["--target", target]);
        }
        command
    }

    /// Returns the command that runs the tests.
    pub fn ctest(&self) -> Command {
        let mut command = Command::new("ctest");
        command.arg("--test-dir").arg(&self.folder).args(["--output-on-failure", "--no-tests=error"]);
        command
    }

    /// Returns the command that installs.
    pub fn install(&self, prefix: &Path) -> Command {
        let mut command = Command::new("cmake");
        command.arg("--install").arg(&self.folder).arg("--prefix").arg(prefix);
        command
    }
}

/// Builds the library and the shipped plug-ins for a release with cargo, as CMake does it.
pub fn build_release() -> Result<String> {
    let cargo = |package: &str, types: &str, further: &[&str]| {
        let build = ["rustc", "--locked", "--package", package, "--lib", types, "--profile", "release"];
        let mut command = Command::new("cargo");
        command.args(build).arg("--target-dir").arg(target()).args(further);
        command
    };
    let plugins =
        PLUGINS.iter().map(|name| cargo(&format!("libvm-{name}"), "--crate-type=cdylib", &["--", "-C", "strip=symbols"]));
    all(std::iter::once(cargo("libvm", "--crate-type=cdylib,staticlib", &[])).chain(plugins))
}

/// Number of parallel jobs.
pub fn jobs() -> String {
    std::thread::available_parallelism().map_or(1, usize::from).to_string()
}

/// Ninja, or make if it is not installed.
pub fn generator() -> &'static str {
    if command::exists("ninja") { "Ninja" } else { "Unix Makefiles" }
}

/// Formats a setting whose value is a path.
pub fn setting(name: &str, path: &Path) -> OsString {
    let mut word = OsString::from(format!("-D{name}="));
    word.push(path);
    word
}

/// Runs commands one after the other and returns their output.
pub fn all(commands: impl IntoIterator<Item = Command>) -> Result<String> {
    commands.into_iter().try_fold(String::new(), |output, mut next| Ok(output + &command::capture(&mut next)?))
}
