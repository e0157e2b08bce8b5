//! The directories of a plug-in: its own files, data, cache, and temporary files.
#![forbid(unsafe_code)]

use crate::files::Trusted;
use crate::log::{self, Logger};
use crate::status::{Error, Result};
use crate::system;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::fmt::Write;
use std::fs::DirBuilder;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::{env, fs};

/// Maximum length of the name of a directory in bytes.
const MAX_NAME: usize = 255;

/// The purpose of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The plug-in's own files, read-only.
    Resource,
    /// Files to keep.
    Data,
    /// Files that the plug-in can create again.
    Cache,
    /// Files that are deleted with the instance.
    Temp,
}

impl Kind {
    /// Converts from `DIRECTORY_*` of the ABI.
    pub fn from_abi(kind: abi::DirectoryKind) -> Option<Self> {
        Some(match kind {
            abi::DIRECTORY_RESOURCE => Self::Resource,
            abi::DIRECTORY_DATA => Self::Data,
            abi::DIRECTORY_CACHE => Self::Cache,
            abi::DIRECTORY_TEMP => Self::Temp,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Data => "data",
            Self::Cache => "cache",
            Self::Temp => "temp",
        }
    }
}

/// The base directories of a registry's plug-ins that the host has set.
#[derive(Default)]
pub struct Bases(RwLock<BTreeMap<Kind, PathBuf>>);

impl Bases {
    /// Sets one; `None` restores the default.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty path.
    pub fn set(&self, kind: Kind, path: Option<&Path>) -> Result<()> {
        let path = path.map(std::path::absolute).transpose().map_err(|error| {
            Error::new(abi::STATUS_INVALID_ARGUMENT, format!("not a valid path of a {} directory: {error}", kind.name()))
        })?;
        let mut bases = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match path {
            Some(path) => bases.insert(kind, path),
            None => bases.remove(&kind),
        };
        Ok(())
    }

    /// Returns the base directory of plug-ins.
    fn get(&self, kind: Kind) -> Result<PathBuf> {
        if let Some(path) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&kind) {
            return Ok(path.clone());
        }
        // The user who started a privileged process must not decide where it writes.
        let usual = match (system::is_privileged(), kind) {
            (true, Kind::Temp) if cfg!(unix) => Some(PathBuf::from("/tmp")),
            (true, _) => None,
            (false, Kind::Temp) => Some(env::temp_dir()),
            (false, Kind::Cache) => system::user_cache().map(|path| path.join("libvm").join("cache")),
            (false, _) => system::user_data().map(|path| path.join("libvm").join("data")),
        };
        usual.ok_or_else(|| {
            let message = format!(
                "there is no default {} directory: the process has no home directory or has raised privileges; the host sets one with \
                 VM_PluginRegistrySetDataDirectory",
                kind.name()
            );
            Error::new(abi::STATUS_NOT_FOUND, message)
        })
    }
}

/// The directories of a plug-in's instance, created when they are first requested. Dropping this deletes the temporary one.
pub struct Directories {
    plugin: String,
    /// The context's name.
    scope: Option<String>,
    library: Option<PathBuf>,
    bases: Arc<Bases>,
    trusted: Arc<RwLock<Trusted>>,
    logger: Logger,
    /// One per kind.
    found: [OnceLock<CString>; 4],
    /// The temporary directory, once it exists.
    own: Mutex<Option<PathBuf>>,
}

impl Directories {
    /// Creates those of a plug-in, which was loaded from `library` or built in, in a context called `scope`, with the base
    /// directories of its registry and the users whose changes to them it accepts.
    pub fn new(
        plugin: &str,
        scope: Option<&str>,
        library: Option<&Path>,
        (bases, trusted): (&Arc<Bases>, &Arc<RwLock<Trusted>>),
        logger: &Logger,
    ) -> Self {
        Self {
            plugin: plugin.to_owned(),
            scope: scope.map(str::to_owned),
            library: library.map(Path::to_owned),
            bases: Arc::clone(bases),
            trusted: Arc::clone(trusted),
            logger: logger.clone(),
            found: Default::default(),
            own: Mutex::default(),
        }
    }

    /// Returns the absolute path of one of them.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if there is no base directory, `STATUS_LIMIT` if the name is too long, `STATUS_UNTRUSTED_PATH` if another user
    /// could change it, and the errors of the system.
    pub fn get(&self, kind: Kind) -> Result<&CStr> {
        let found = &self.found[kind as usize];
        if let Some(path) = found.get() {
            return Ok(path);
        }
        let mut own = self.own();
        let path = match (kind, &self.scope) {
            (Kind::Resource, _) => self.resource(),
            (Kind::Data | Kind::Cache, Some(scope)) => self.kept(kind, scope),
            _ => self.made_for_instance(kind, &mut own),
        };
        let path = path.map_err(|error| {
            let message = format!("plug-in `{}` has no {} directory: {}", self.plugin, kind.name(), error.message());
            Error::new(error.status(), message)
        })?;
        Ok(found.get_or_init(|| CString::new(path.into_os_string().into_encoded_bytes()).unwrap_or_default()))
    }

    fn own(&self) -> MutexGuard<'_, Option<PathBuf>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the directory with the plug-in's name beside its library, else the one that contains the library.
    fn resource(&self) -> Result<PathBuf> {
        let Some(beside) = self.library.as_deref().and_then(Path::parent) else {
            let message = "it is built into the program, and has no files";
            return Err(Error::new(abi::STATUS_NOT_FOUND, message));
        };
        let own = beside.join(&self.plugin);
        Ok(if own.is_dir() { own } else { beside.to_owned() })
    }

    /// Returns a persistent directory, shared by the contexts with the same name.
    fn kept(&self, kind: Kind, scope: &str) -> Result<PathBuf> {
        let path = self.bases.get(kind)?.join(&self.plugin).join(file_name(scope)?);
        make(&path)?;
        self.require_trusted(&path)?;
        Ok(path)
    }

    /// Creates a temporary directory, which is deleted with the instance.
    fn made_for_instance(&self, kind: Kind, own: &mut Option<PathBuf>) -> Result<PathBuf> {
        let all = match own {
            Some(path) => path.clone(),
            None => own.insert(make_fresh(&self.bases.get(Kind::Temp)?, &self.plugin)?).clone(),
        };
        let path = all.join(kind.name());
        make(&path)?;
        self.require_trusted(&path)?;
        Ok(path)
    }

    /// Refuses a directory in which another user could put or replace files.
    fn require_trusted(&self, path: &Path) -> Result<()> {
        let trusted = self.trusted.read().unwrap_or_else(PoisonError::into_inner).clone();
        trusted.require_directory(path, &path.display().to_string())
    }
}

impl Drop for Directories {
    fn drop(&mut self) {
        let Some(path) = self.own().take() else { return };
        if let Err(error) = fs::remove_dir_all(&path) {
            let message = Error::io("remove the temporary directory", &path, &error);
            let source = log::source_of(&self.plugin, self.scope.as_deref());
            self.logger.log(abi::LOG_WARNING, Some(&source), message.message());
        }
    }
}

/// Converts a context's name to the name of a directory: different names have different directories, also if case is ignored.
fn file_name(scope: &str) -> Result<String> {
    let mut name = String::new();
    for (index, byte) in scope.bytes().enumerate() {
        let folded = cfg!(any(windows, target_vendor = "apple")) && byte.is_ascii_uppercase();
        if (byte.is_ascii_alphanumeric() && !folded) || b"-_".contains(&byte) || (byte == b'.' && index > 0) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() {
        name.push('%');
    }
    if name.len() <= MAX_NAME {
        return Ok(name);
    }
    Err(Error::new(abi::STATUS_LIMIT, "the context's name is too long for the name of a directory"))
}

fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Creates a directory, and its parents, for this user only. An existing one is unchanged.
pub fn make(path: &Path) -> Result<()> {
    let failed = |error: &io::Error| Error::io("create the directory", path, error);
    builder().recursive(true).create(path).map_err(|error| failed(&error))?;
    if system::is_writable(path) {
        return Ok(());
    }
    Err(failed(&io::Error::new(ErrorKind::PermissionDenied, "it exists and is not writable")))
}

/// Creates a new directory with an unpredictable name.
fn make_fresh(base: &Path, plugin: &str) -> Result<PathBuf> {
    let base = std::path::absolute(base).map_err(|error| Error::io("create a directory in", base, &error))?;
    builder().recursive(true).create(&base).map_err(|error| Error::io("create the directory", &base, &error))?;
    loop {
        let path = base.join(format!("libvm-{plugin}-{:016x}", RandomState::new().hash_one(plugin)));
        match builder().create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create the directory", &path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_contexts_become_names_of_directories() {
        for (scope, expected) in
            [("desk", "desk"), ("a.b-c_9", "a.b-c_9"), ("../x", "%2E.%2Fx"), ("", "%"), ("%", "%25"), ("ü", "%C3%BC")]
        {
            assert_eq!(file_name(scope).unwrap(), expected);
        }
        assert_eq!(file_name(&"/".repeat(85)).unwrap().len(), 255);
        assert_eq!(file_name(&"/".repeat(86)).unwrap_err().status(), abi::STATUS_LIMIT);
    }

    #[test]
    fn fresh_directories_are_apart() {
        let base = env::temp_dir();
        let (first, second) = (make_fresh(&base, "p").unwrap(), make_fresh(&base, "p").unwrap());
        assert!(first != second && first.is_dir() && second.is_dir());
        fs::remove_dir(first).unwrap();
        fs::remove_dir(second).unwrap();
    }
}
