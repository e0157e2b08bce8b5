//! Reading a configuration: its file, and its keys.
#![forbid(unsafe_code)]

use crate::config::{Config, EngineSettings, Limits};
use crate::engine::{CacheDirectory, Profiler, Tier};
use crate::files::{self, Opened, Provenance};
use crate::limits::{
    CALL_DEPTHS, MAX_CONFIG_FILE, MAX_FUNCTIONS, MAX_IMPORTS, MAX_LOCALS, MAX_NESTING, MAX_POOL_INSTANCES, MAX_POOL_MEMORY,
    MAX_WASM_FILE, RECURSION_DEPTHS, STACK_SIZES,
};
use crate::plugin::file::manifest::check_name;
use crate::plugin::options::{self, given::GivenOptions};
use crate::plugin::permissions::check_pattern;
use crate::plugin::registry::rules::{MODULE_PLUGINS, ModulePlugins, Names, PluginSettings, Settings};
use crate::plugin::registry::trust::Key;
use crate::similar;
use crate::status::{Error, Result};
use crate::thread;
use crate::toml_file::{Entry, TomlFile, entries};
use libvm_abi as abi;
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use toml::de::DeValue;

const KEYS: &[&str] =
    &["plugin-directory", "package-directory", "state-file", "module-plugins", "plugins", "engine", "limits", "plugin"];
const PLUGINS: &[&str] = &["allow", "deny", "order", "lock", "keys", "index"];
const ENGINE: &[&str] = &[
    "tier",
    "cache-directory",
    "cache-bytes",
    "pool-instances",
    "pool-memory-bytes",
    "canonical-nans",
    "signal-handlers",
    "profiler",
];
const LIMITS: &[&str] = &[
    "memory-bytes",
    "memory-size-bytes",
    "table-elements",
    "instances",
    "references",
    "call-depth",
    "open-files",
    "stack-bytes",
    "recursion-depth",
    "nesting-depth",
    "locals",
    "body-bytes",
    "functions",
    "imports",
];
const PLUGIN: &[&str] = &["permissions", "options"];

impl Config {
    /// Reads a file; relative paths in it are relative to its directory.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_LIMIT` if it is too large; `STATUS_BAD_CONFIG`
    /// with line and column.
    pub fn from_file(path: &Path) -> Result<Self> {
        let whole = std::path::absolute(path).map_err(|error| {
            Error::new(abi::STATUS_INVALID_ARGUMENT, format!("\"{}\" is not a valid path of a file: {error}", path.display()))
        })?;
        let failed = |error: std::io::Error| Error::io("read the configuration file", &whole, &error);
        let Opened { file, metadata } = files::open(&whole, "read the configuration file", abi::STATUS_IO)?;
        let mut bytes = Vec::new();
        file.take(MAX_CONFIG_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        let name = whole.display().to_string();
        let base = whole.parent().unwrap_or(&whole);
        let mut config = Self::read(&bytes, &name, base).map_err(|error| error.at_path(&whole))?;
        config.plugins.source = Some((whole.clone(), Provenance::of_file(&whole, &metadata)?));
        Ok(config)
    }

    /// Reads a configuration from memory; relative paths in it are relative to `base`, by default the working directory.
    ///
    /// # Errors
    /// Those of [`Config::from_file`], and the system's error if there is no working directory.
    pub fn from_bytes(bytes: &[u8], base: Option<&Path>) -> Result<Self> {
        let base = base.unwrap_or(Path::new("."));
        let whole = if base.as_os_str().is_empty() {
            Err(Error::new(
                abi::STATUS_INVALID_ARGUMENT,
                "the base directory of a configuration is an empty string; pass a path, or NULL",
            ))
        } else {
            std::path::absolute(base).map_err(|error| Error::io("find the directory", base, &error))
        };
        Self::read(bytes, "configuration", &whole?)
    }

    pub(super) fn read(bytes: &[u8], name: &str, base: &Path) -> Result<Self> {
        if bytes.len() > MAX_CONFIG_FILE {
            let message = format!("{name} is larger than {MAX_CONFIG_FILE} bytes, the maximum size of a configuration");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        thread::with_room(|| config(&TomlFile::new(bytes, name, abi::STATUS_BAD_CONFIG)?, base))
    }
}

/// Parses a whole configuration; relative paths in it are relative to `base`.
fn config(file: &TomlFile<'_>, base: &Path) -> Result<Config> {
    let table = file.parse()?;
    let mut config = Config::default();
    for entry in entries(&table) {
        match entry.key {
            "plugin-directory" => config.plugins.directories = directories(file, entry, base)?,
            "package-directory" => config.plugins.package_directory = Some(path(file, entry, base)?),
            "state-file" => config.plugins.state_file = Some(path(file, entry, base)?),
            "module-plugins" => config.plugins.module_plugins = Some(module_plugins(file, entry)?),
            "plugins" => plugins(file, entry, base, &mut config.plugins)?,
            "engine" => config.engine = engine(file, entry, base)?,
            "limits" => config.limits = limits(file, entry)?,
            "plugin" => {
                for entry in file.table(entry)? {
                    if PLUGINS.contains(&entry.key) && !matches!(entry.value.get_ref(), DeValue::Table(_)) {
                        return Err(file.error(entry.at, &format!("`{}` belongs in [plugins], not in [plugin]", entry.key)));
                    }
                    check(file, entry.key, entry.at)?;
                    config.plugins.tables.insert(entry.key.to_owned(), plugin(file, entry)?);
                }
            }
            _ => return Err(unknown(file, entry, "at the top of the file", KEYS)),
        }
    }
    Ok(config)
}

fn plugins(file: &TomlFile<'_>, table: Entry<'_>, base: &Path, settings: &mut Settings) -> Result<()> {
    let (mut deny_at, mut order_at) = (table.at, table.at);
    for entry in file.table(table)? {
        match entry.key {
            "allow" => settings.allow = Some(plugin_names(file, entry)?),
            "deny" => {
                settings.deny = Some(plugin_names(file, entry)?);
                deny_at = entry.at;
            }
            "order" => {
                settings.order = Some(plugin_names(file, entry)?);
                order_at = entry.at;
            }
            "lock" => settings.lock = Some(path(file, entry, base)?),
            "keys" => settings.keys = keys(file, entry)?,
            "index" => settings.index = Some(path_or_false(file, entry, base)?),
            name if matches!(entry.value.get_ref(), DeValue::Table(_)) => {
                let what = format!("unknown table `{name}` in [plugins]; settings of one plug-in belong in [plugin.{name}]");
                return Err(file.error(entry.at, &what));
            }
            _ => return Err(unknown(file, entry, "in [plugins]", PLUGINS)),
        }
    }
    if let (Some(_), Some(_)) = (&settings.lock, &settings.order) {
        return Err(file.error(order_at, "`order` cannot be combined with `lock`: the lock file defines the order"));
    }
    let denied = |name: &&String| settings.deny.as_ref().is_some_and(|deny| deny.has(name));
    match settings.allow.as_ref().and_then(|allow| allow.items.iter().find(denied)) {
        Some(both) => Err(file.error(deny_at, &format!("plug-in `{both}` is in both `allow` and `deny`; remove it from one"))),
        None => Ok(()),
    }
}

/// Returns the flags that a list of words stands for.
fn module_plugins(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<ModulePlugins> {
    let mut flags = 0;
    for (word, at) in file.list(entry)? {
        let Some((_, flag)) = MODULE_PLUGINS.iter().find(|(name, _)| *name == word) else {
            let known = similar::listed(word, MODULE_PLUGINS.iter().map(|(name, _)| *name));
            return Err(file.error(at, &format!("`module-plugins` has {word:?}, which is not one of {known}")));
        };
        flags |= flag;
    }
    Ok(flags)
}

fn engine(file: &TomlFile<'_>, table: Entry<'_>, base: &Path) -> Result<EngineSettings> {
    let mut settings = EngineSettings::default();
    let (mut pool, mut pool_memory) = (None, None);
    for entry in file.table(table)? {
        match entry.key {
            "tier" => settings.tier = Some(tier(file, entry)?),
            "cache-directory" => settings.cache_directory = Some(cache_directory(file, entry, base)?),
            "cache-bytes" => settings.cache_bytes = Some(file.integer(entry, 0..=i64::MAX as u64)?),
            "pool-instances" => pool = usize::try_from(file.integer(entry, 0..=MAX_POOL_INSTANCES as u64)?).ok(),
            "pool-memory-bytes" => pool_memory = Some((file.integer(entry, 1..=MAX_POOL_MEMORY)?, entry.at)),
            "canonical-nans" => settings.canonical_nans = Some(boolean(file, entry)?),
            "signal-handlers" => settings.signal_handlers = Some(boolean(file, entry)?),
            "profiler" => settings.profiler = Some(profiler(file, entry)?),
            _ => return Err(unknown(file, entry, "in [engine]", ENGINE)),
        }
    }
    if let (None, Some((_, at))) = (pool, pool_memory) {
        return Err(file.error(at, "`pool-memory-bytes` without `pool-instances`: it is the size of each memory in the pool"));
    }
    settings.pool = pool.map(|instances| (instances, pool_memory.map_or(0, |(bytes, _)| bytes)));
    Ok(settings)
}

fn boolean(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<bool> {
    match entry.value.get_ref() {
        DeValue::Boolean(value) => Ok(*value),
        _ => Err(file.wrong(entry, "true or false")),
    }
}

fn profiler(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<Profiler> {
    let found = match entry.value.get_ref() {
        DeValue::String(name) => Profiler::ALL.into_iter().find(|profiler| profiler.name() == name),
        _ => None,
    };
    found.ok_or_else(|| file.wrong(entry, "\"none\", \"perf-map\" or \"jitdump\""))
}

fn tier(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<Tier> {
    const EXPECTED: &str = "\"interpreter\", \"compiled\" or \"auto\"";
    match entry.value.get_ref() {
        DeValue::String(name) => Tier::from_name(name).ok_or_else(|| file.wrong(entry, EXPECTED)),
        _ => Err(file.wrong(entry, EXPECTED)),
    }
}

/// Returns the directory of compiled code, which may be switched off.
fn cache_directory(file: &TomlFile<'_>, entry: Entry<'_>, base: &Path) -> Result<CacheDirectory> {
    match path_or_false(file, entry, base)? {
        Some(path) => CacheDirectory::new(&path),
        None => Ok(CacheDirectory::None),
    }
}

fn limits(file: &TomlFile<'_>, table: Entry<'_>) -> Result<Limits> {
    let mut limits = Limits::default();
    let any = 0..=i64::MAX as u64;
    let whole = |entry, least: usize, most: usize| -> Result<Option<usize>> {
        Ok(usize::try_from(file.integer(entry, least as u64..=most as u64)?).ok())
    };
    for entry in file.table(table)? {
        match entry.key {
            "memory-bytes" => limits.memory_bytes = Some(file.integer(entry, any.clone())?),
            "memory-size-bytes" => limits.memory_size = Some(file.integer(entry, any.clone())?),
            "table-elements" => limits.table_elements = Some(file.integer(entry, any.clone())?),
            "instances" => limits.instances = Some(file.integer(entry, any.clone())?),
            "references" => limits.references = Some(file.integer(entry, any.clone())?),
            "open-files" => limits.open_files = whole(entry, 0, isize::MAX as usize)?,
            "call-depth" => limits.call_depth = whole(entry, *CALL_DEPTHS.start(), *CALL_DEPTHS.end())?,
            "stack-bytes" => limits.stack_bytes = whole(entry, *STACK_SIZES.start(), *STACK_SIZES.end())?,
            "recursion-depth" => limits.recursion_depth = whole(entry, *RECURSION_DEPTHS.start(), *RECURSION_DEPTHS.end())?,
            "nesting-depth" => limits.nesting_depth = whole(entry, 0, MAX_NESTING)?,
            "locals" => limits.locals = whole(entry, 0, MAX_LOCALS)?,
            "body-bytes" => limits.body_bytes = whole(entry, 0, MAX_WASM_FILE as usize)?,
            "functions" => limits.functions = whole(entry, 0, MAX_FUNCTIONS)?,
            "imports" => limits.imports = whole(entry, 0, MAX_IMPORTS)?,
            _ => return Err(unknown(file, entry, "in [limits]", LIMITS)),
        }
    }
    Ok(limits)
}

fn plugin(file: &TomlFile<'_>, table: Entry<'_>) -> Result<PluginSettings> {
    let mut made = PluginSettings { position: file.position(table.at), permissions: None, options: GivenOptions::new() };
    for entry in file.table(table)? {
        match entry.key {
            "permissions" => made.permissions = Some(names(file, entry, |text, at| permission(file, text, at))?),
            "options" => made.options = options::file::read(file, file.table(entry)?)?,
            _ => return Err(unknown(file, entry, &format!("in [plugin.{}]", table.key), PLUGIN)),
        }
    }
    Ok(made)
}

/// Creates the error of a key that the table does not have, and another one may.
fn unknown(file: &TomlFile<'_>, entry: Entry<'_>, table: &str, known: &[&str]) -> Error {
    let tables = [("at the top of the file", KEYS), ("in [plugins]", PLUGINS), ("in [engine]", ENGINE), ("in [limits]", LIMITS)];
    match tables.iter().find(|(_, keys)| keys.contains(&entry.key)) {
        Some((right, _)) => file.error(entry.at, &format!("`{}` belongs {right}, not {table}", entry.key)),
        None => file.unknown(entry, table, known),
    }
}

/// Returns the path of what `false` switches off.
fn path_or_false(file: &TomlFile<'_>, entry: Entry<'_>, base: &Path) -> Result<Option<PathBuf>> {
    match entry.value.get_ref() {
        DeValue::Boolean(false) => Ok(None),
        DeValue::String(text) if text.is_empty() => {
            let what = format!("`{}` is empty; write a path, or false for none", entry.key);
            Err(file.error(entry.value.span().start, &what))
        }
        DeValue::String(_) => path(file, entry, base).map(Some),
        _ => Err(file.wrong(entry, "a path, or false")),
    }
}

fn keys(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<Vec<Key>> {
    let key = |(text, at): (&str, usize)| {
        Key::from_text(text).map_err(|error| file.error(at, &format!("an item of `keys` is {}", error.message())))
    };
    file.list(entry)?.into_iter().map(key).collect()
}

/// Returns a list of plug-in names.
fn plugin_names(file: &TomlFile<'_>, entry: Entry<'_>) -> Result<Names> {
    names(file, entry, |name, at| check(file, name, at))
}

/// Returns a list of strings without duplicates.
fn names(file: &TomlFile<'_>, entry: Entry<'_>, check: impl Fn(&str, usize) -> Result<()>) -> Result<Names> {
    let mut items: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for (name, at) in file.list(entry)? {
        check(name, at)?;
        if name.trim().is_empty() {
            return Err(file.error(at, &format!("`{}` has an empty item; remove it", entry.key)));
        }
        if !known.insert(name) {
            return Err(file.error(at, &format!("\"{name}\" is in `{}` twice; remove one", entry.key)));
        }
        items.push(name.to_owned());
    }
    Ok(Names::new(items, file.position(entry.at)))
}

fn permission(file: &TomlFile<'_>, text: &str, at: usize) -> Result<()> {
    check_pattern(text).map_err(|why| file.error(at, &format!("{text:?} is not a valid permission: it {why}")))
}

fn check(file: &TomlFile<'_>, name: &str, at: usize) -> Result<()> {
    let what = || {
        format!(
            "{name:?} is not a valid plug-in name: letters, digits, `-`, `_` and `.` are allowed, and `.` not at the beginning"
        )
    };
    check_name(name).map(drop).map_err(|_| file.error(at, &what()))
}

fn directories(file: &TomlFile<'_>, entry: Entry<'_>, base: &Path) -> Result<Vec<PathBuf>> {
    match entry.value.get_ref() {
        DeValue::String(_) => Ok(vec![path(file, entry, base)?]),
        DeValue::Array(_) => {
            file.list(entry)?.into_iter().map(|(text, at)| whole_path(file, entry.key, text, at, base)).collect()
        }
        _ => Err(file.wrong(entry, "a string or a list of strings")),
    }
}

fn path(file: &TomlFile<'_>, entry: Entry<'_>, base: &Path) -> Result<PathBuf> {
    whole_path(file, entry.key, file.text(entry)?, entry.value.span().start, base)
}

fn whole_path(file: &TomlFile<'_>, key: &str, text: &str, at: usize, base: &Path) -> Result<PathBuf> {
    if text.is_empty() {
        return Err(file.error(at, &format!("`{key}` is empty; write a path, or remove it")));
    }
    if text == "~" || text.starts_with("~/") {
        return Err(file.error(at, &format!("`{key}` is \"{text}\", and `~` is not expanded; write the whole path")));
    }
    Ok(base.join(text))
}
