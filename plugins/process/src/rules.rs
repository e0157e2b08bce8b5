//! What the host allows.
use crate::Settings;
use crate::command::Environment;
use libvm_plugin::{Error, Result, status};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Variables with which the loader and the C library run other code, or read and write other files: no guest sets them.
const LOADER: &[&str] = &[
    "DYLD_*",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "LD_*",
    "LOCALDOMAIN",
    "LOCPATH",
    "MALLOC_*",
    "NIS_PATH",
    "NLSPATH",
    "RESOLV_*",
    "RES_OPTIONS",
    "TZDIR",
];
/// Most bytes of what a guest has named in a message.
const SHOWN: usize = 200;
/// Most names in a line of the log.
const NAMES: usize = 8;

/// The options, checked.
pub struct Rules {
    allow: BTreeSet<String>,
    allow_all: bool,
    search_path: Vec<PathBuf>,
    /// Variables of the host, as they were when the plug-in was registered: reading them later could race with a host that sets one.
    environment: Environment,
    guest_environment: Vec<String>,
    pub max_input: usize,
    pub max_output: usize,
    pub max_timeout: Duration,
}

/// Returns whether a pattern covers a name.
fn covers(pattern: &str, name: &[u8]) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning.as_bytes()),
        None => name == pattern.as_bytes(),
    }
}

/// Returns what a guest has named, as it is shown in messages.
pub fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(&name[..name.len().min(SHOWN)]).escape_debug().to_string();
    if name.len() > SHOWN { format!("{text}…") } else { text }
}

impl Rules {
    /// Checks the options.
    ///
    /// # Errors
    /// If one names what cannot be; the text names it.
    pub fn new(settings: &Settings) -> Result<Self> {
        let wrong = |option: &str, entry: &str, why: &str| {
            Err(Error::with_status(status::INVALID_ARGUMENT, format!("the option `{option}` has `{entry}`: {why}")))
        };
        for entry in &settings.allow {
            if entry == "*" {
                return wrong("allow", entry, "the option `allow-all` allows every command");
            }
            if let Some(why) = fault(entry) {
                return wrong("allow", entry, why);
            }
        }
        if let Some(entry) = settings.search_path.iter().find(|entry| !entry.starts_with('/')) {
            return wrong("search-path", entry, "an absolute path is needed");
        }
        if let Some(entry) = settings.guest_environment.iter().find(|entry| is_of_loader(entry.as_bytes())) {
            return wrong("guest-environment", entry, "no guest may set what the loader or the C library reads");
        }
        let host = std::env::vars_os().map(|(name, value)| (name.into_encoded_bytes(), value.into_encoded_bytes()));
        let granted = |name: &[u8]| settings.environment.iter().any(|pattern| covers(pattern, name));
        Ok(Self {
            allow: settings.allow.iter().cloned().collect(),
            allow_all: settings.allow_all,
            search_path: settings.search_path.iter().map(PathBuf::from).collect(),
            environment: host.filter(|(name, _)| granted(name)).collect(),
            guest_environment: settings.guest_environment.clone(),
            max_input: settings.max_input as usize,
            max_output: settings.max_output as usize,
            max_timeout: Duration::from_millis(settings.max_timeout as u64),
        })
    }

    /// Checks whether a guest may start a program.
    ///
    /// # Errors
    /// Why not: the text names the option and the permission that are missing.
    pub fn check(&self, program: &str, is_permitted: impl FnOnce(&str) -> bool) -> Result<(), String> {
        if program.is_empty() {
            return Err("no program was set".to_owned());
        }
        if let Some(why) = fault(program) {
            return Err(why.to_owned());
        }
        let (mut missing, permission) = (Vec::new(), format!("process:exec:{program}"));
        if !self.allow_all && !self.allow.contains(program) {
            missing.push("the option `allow` of the plug-in `process` does not name it".to_owned());
        }
        if !is_permitted(&permission) {
            missing.push(format!("the permission `{}` is not granted", shown(permission.as_bytes())));
        }
        if missing.is_empty() { Ok(()) } else { Err(missing.join(", and ")) }
    }

    /// Changes the variables that a guest has set to those of its command, and returns the names of those that it may not set.
    pub fn environment(&self, set: &mut Environment) -> String {
        let may_be_set = |name: &[u8]| !is_of_loader(name) && self.guest_environment.iter().any(|pattern| covers(pattern, name));
        let mut names: Vec<_> = set.keys().filter(|name| !may_be_set(name)).take(NAMES + 1).map(|name| shown(name)).collect();
        if names.len() > NAMES {
            names[NAMES] = "…".to_owned();
        }
        set.retain(|name, _| may_be_set(name));
        for (name, value) in &self.environment {
            set.entry(name.clone()).or_insert_with(|| value.clone());
        }
        names.join(", ")
    }

    /// Returns the file of a program.
    ///
    /// # Errors
    /// If there is none that can be executed; the text names the file or the directories.
    pub fn find(&self, program: &str) -> Result<PathBuf, String> {
        if program.starts_with('/') {
            let path = PathBuf::from(program);
            return check_file(&path).map(|()| path).map_err(|why| format!("{}: {why}", shown(program.as_bytes())));
        }
        let mut files = self.search_path.iter().map(|directory| directory.join(program));
        files.find(|path| check_file(path).is_ok()).ok_or_else(|| {
            let list: Vec<_> = self.search_path.iter().map(|directory| directory.display().to_string()).collect();
            format!("no directory of the option `search-path` has it: {}", list.join(", "))
        })
    }
}

/// Returns why no file can be named so.
fn fault(program: &str) -> Option<&'static str> {
    match program {
        "" => Some("a command has a name"),
        "." | ".." => Some("this is a directory"),
        _ if program.contains('/') && !program.starts_with('/') => Some("a command is a name without `/`, or an absolute path"),
        // A permission that ends in `*` covers a directory, which a path must not leave.
        _ if program.split('/').any(|part| part == "..") => Some("the path of a command has no `..`"),
        _ => None,
    }
}

/// Returns whether a variable, or a pattern of variables, is one of those that no guest sets.
fn is_of_loader(name: &[u8]) -> bool {
    LOADER.iter().any(|pattern| covers(pattern, name))
}

/// Checks that a file can be executed by somebody; the system knows whether by this process.
fn check_file(path: &Path) -> Result<(), String> {
    let file = std::fs::metadata(path).map_err(|error| error.to_string())?;
    #[cfg(unix)]
    let can_be_executed = std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let can_be_executed = true;
    if file.is_file() && can_be_executed { Ok(()) } else { Err("this is not a file that can be executed".to_owned()) }
}
