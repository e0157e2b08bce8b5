//! Where plug-ins and packages are, and the conditions that they must meet.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::plugin::interrupt;
use crate::text;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use vm::{Config, PackageDirectory, PluginRegistry, Status};

/// The environment variable with the directory of installed packages.
const VARIABLE: &str = "LIBVM_PACKAGE_DIR";

/// Where installed packages are.
#[derive(clap::Args)]
pub struct Packages {
    /// Configuration file, whose directories, policy, lock file and keys hold
    #[arg(long, value_name = "FILE", help_heading = "Places and conditions")]
    config: Option<PathBuf>,
    /// Directory of installed packages [default: LIBVM_PACKAGE_DIR, that of --config, or libvm/packages in XDG_DATA_HOME]
    #[arg(long, value_name = "DIR", help_heading = "Places and conditions")]
    package_dir: Option<PathBuf>,
    /// Accept only what is signed with one of these keys: the file of a public key, or its 64 hexadecimal digits
    #[arg(long, value_name = "KEY", help_heading = "Places and conditions")]
    key: Vec<PathBuf>,
}

/// Where plug-ins are looked for.
#[derive(clap::Args)]
pub struct Places {
    /// Look for plug-ins in this directory before the default ones; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Places and conditions")]
    plugin_dir: Vec<PathBuf>,
    #[command(flatten)]
    packages: Packages,
}

impl Places {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn config(&self) -> Result<Option<Config>, Failure> {
        self.packages.config()
    }

    /// Returns an empty registry with these places and conditions.
    ///
    /// # Errors
    /// Those of the configuration; a key that is none; a directory of `--plugin-dir` that cannot be searched.
    pub fn registry(&self) -> Result<PluginRegistry, Failure> {
        self.registry_with(self.config()?.as_ref(), |config, registry| config.apply_conditions_to_registry(registry))
    }

    /// As [`registry`](Self::registry), with a configuration that was read, and what applies it.
    ///
    /// # Errors
    /// As for [`registry`](Self::registry).
    pub fn registry_with(
        &self,
        config: Option<&Config>,
        apply: impl FnOnce(&Config, &PluginRegistry) -> vm::Result<()>,
    ) -> Result<PluginRegistry, Failure> {
        let registry = self.packages.registry_with(config, apply)?;
        for directory in &self.plugin_dir {
            match std::fs::metadata(directory) {
                Ok(found) if found.is_dir() => registry.add_search_directory(directory),
                Ok(_) => {
                    let message = format!("{} is not a directory", text::path(directory));
                    let hint =
                        "pass --plugin-dir the directory of the plug-in; `describe`, `functions` and `check` take its file";
                    return Err(Failure::new(Exit::USAGE, message).hint(hint));
                }
                Err(error) => return Err(Failure::file("cannot search", directory, &error)),
            }
        }
        Ok(registry)
    }

    /// Returns the directory of installed packages.
    ///
    /// # Errors
    /// As for [`Packages::directory`].
    pub fn packages(&self, registry: &PluginRegistry) -> Result<PackageDirectory, Failure> {
        self.packages.directory(registry)
    }
}

impl Packages {
    /// Returns an empty registry with this configuration, this package directory and these keys.
    ///
    /// # Errors
    /// Those of the configuration; a key that is none.
    pub fn registry(&self) -> Result<PluginRegistry, Failure> {
        self.registry_with(self.config()?.as_ref(), |config, registry| config.apply_conditions_to_registry(registry))
    }

    fn config(&self) -> Result<Option<Config>, Failure> {
        Ok(self.config.as_ref().map(Config::from_file).transpose()?)
    }

    fn registry_with(
        &self,
        config: Option<&Config>,
        apply: impl FnOnce(&Config, &PluginRegistry) -> vm::Result<()>,
    ) -> Result<PluginRegistry, Failure> {
        let registry = PluginRegistry::new();
        if let Some(config) = config {
            apply(config, &registry)?;
        }
        let of_variable = || std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        if let Some(path) = self.package_dir.clone().or_else(of_variable) {
            registry.set_package_directory(Some(&path)).map_err(|error| Failure::from_library(Exit::USAGE, &error))?;
        }
        for key in &self.key {
            let text = read_key(key)?;
            registry.add_key(&text).map_err(|error| {
                let hint = "a public key is what `openssl pkey -in key.pem -pubout` writes, or 64 hexadecimal digits";
                Failure::new(Exit::USAGE, format!("{}: {}", text::path(key), text::lines(&error.message()))).hint(hint)
            })?;
        }
        Ok(registry)
    }

    /// Returns whether there are keys, of which one must have signed what is accepted.
    pub fn has_keys(&self) -> bool {
        !self.key.is_empty()
    }

    /// Returns the directory of installed packages, with the conditions of a registry of [`registry`](Self::registry).
    ///
    /// # Errors
    /// There is none.
    pub fn directory(&self, registry: &PluginRegistry) -> Result<PackageDirectory, Failure> {
        outlive_size_limit();
        PackageDirectory::of_user(Some(registry)).map_err(|error| failure_of(&error))
    }
}

/// Lets a file that grows beyond the limit of this process (`ulimit -f`) be a failure, for which the system would end the process.
pub fn outlive_size_limit() {
    #[cfg(unix)]
    {
        let seen = std::sync::Arc::default();
        // Without a handler the process ends, and what is installed is as it was.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
    }
}

fn read_key(key: &Path) -> Result<String, Failure> {
    const MOST: u64 = 64 << 10;
    let given = key.to_string_lossy();
    if given.len() == 64 && given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(given.into_owned());
    }
    let mut text = String::new();
    let file = File::open(key).map_err(|error| Failure::file("cannot read the key", key, &error))?;
    file.take(MOST).read_to_string(&mut text).map_err(|error| Failure::file("cannot read the key", key, &error))?;
    Ok(text)
}

/// Returns the failure of a change or a reading of a package directory, with what to do.
pub fn failure_of(error: &vm::Error) -> Failure {
    let failure = Failure::library(error);
    const ELSEWHERE: &str = "choose another directory with --package-dir or LIBVM_PACKAGE_DIR";
    match (error.status(), error.os_error().map(std::io::Error::from_raw_os_error).map(|error| error.kind())) {
        (_, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)) => {
            failure.hint(format!("nothing has changed; free some space on the disk, or {ELSEWHERE}"))
        }
        (_, Some(std::io::ErrorKind::FileTooLarge)) => {
            failure.hint("nothing has changed; the size of files is limited: see `ulimit -f`")
        }
        (_, Some(std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied))
        | (Status::PERMISSION_DENIED, _) => failure.hint(format!("nothing has changed; {ELSEWHERE}")),
        (Status::UNTRUSTED_PATH, _) => failure.hint(format!("nothing has changed; or {ELSEWHERE}")),
        (Status::CANCELLED, _) => interrupt::failure(),
        _ => failure,
    }
}

/// Adds the name that may have been meant to the failure of one that does not exist.
pub fn with_nearest<'a>(failure: Failure, name: &str, known: impl IntoIterator<Item = &'a str>) -> Failure {
    match vm::similar::nearest(name, known) {
        Some(near) if near != name => failure.hint(format!("did you mean `{}`?", text::name(near))),
        _ => failure,
    }
}
