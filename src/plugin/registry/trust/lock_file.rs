//! The lock file: which plug-ins may load, with the SHA-256 of their files, in load order.
#![forbid(unsafe_code)]

use crate::files::{self, Opened, Provenance, Trusted};
use crate::limits;
use crate::plugin::file::hash::{Hash, from_hex, hex};
use crate::plugin::file::manifest::Manifest;
use crate::plugin::plugin::Plugin;
use crate::status::{Error, Result};
use crate::thread;
use crate::toml_file::{self, TomlFile, entries};
use libvm_abi as abi;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The version of the format that this library writes, and the only one that it reads.
const VERSION: &str = "1";

const HEADER: &str = "\
# The plug-ins that may load, in load order, and the SHA-256 of their files. VM_PluginRegistryWriteLock writes this file; paths are relative
# to it.
";

/// A lock file.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

/// The entry of a plug-in in a lock file.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its absolute path.
    pub path: PathBuf,
    hash: Hash,
    /// The position of the entry, for messages.
    position: String,
}

impl LockFile {
    /// Reads a lock file, which only trusted users can have put in its place.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_LOCK` with line and column; `STATUS_UNTRUSTED_PATH`; those of opening a file.
    pub fn read(path: &Path, trusted: &Trusted) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|error| no_path(&error))?;
        let Opened { file, metadata } = files::open(&path, "open the lock file", abi::STATUS_PLUGIN_LOCK)?;
        trusted.require(&path, &metadata, &format!("the lock file {}", path.display()))?;
        let failed = |error: std::io::Error| Error::io("read the lock file", &path, &error);
        let mut bytes = Vec::new();
        let most = limits::MAX_LOCK_FILE;
        file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
        let refused = |error: Error| {
            let message = format!("the lock file {}; write it again with VM_PluginRegistryWriteLock", error.message());
            Error::new(abi::STATUS_PLUGIN_LOCK, message).at_path(&path)
        };
        let name = path.display().to_string();
        if bytes.len() as u64 > most {
            return Err(refused(Error::new(abi::STATUS_PLUGIN_LOCK, format!("{name} has more than {most} bytes"))));
        }
        let real = path.canonicalize().map_err(failed)?;
        let directory = real.parent().unwrap_or(&real);
        let text = TomlFile::new(&bytes, &name, abi::STATUS_PLUGIN_LOCK).map_err(refused)?;
        let entries = thread::with_room(|| parse(&text, directory)).map_err(refused)?;
        let by_name = entries.iter().enumerate().map(|(index, entry)| (entry.name.clone(), index)).collect();
        Ok(Self { path, entries, by_name })
    }

    /// Returns the entry of a plug-in, which `what` names.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_ALLOWED` if there is none.
    pub fn require_entry(&self, manifest: &Manifest, what: &str) -> Result<&Entry> {
        self.by_name.get(&manifest.name).map(|index| &self.entries[*index]).ok_or_else(|| {
            let lock = self.path.display();
            let message = format!(
                "{what} may not be loaded: it is not in the lock file {lock}; if you trust it, load it in a registry without a \
                 lock and write the file again with VM_PluginRegistryWriteLock"
            );
            Error::new(abi::STATUS_PLUGIN_NOT_ALLOWED, message)
        })
    }

    /// Returns whether a plug-in with this hash is in it.
    pub fn has(&self, name: &str, hash: &Hash) -> bool {
        self.by_name.get(name).is_some_and(|index| self.entries[*index].hash == *hash)
    }

    /// Returns the number of plug-ins before one in the load order.
    pub fn rank(&self, name: &str) -> usize {
        self.by_name.get(name).copied().unwrap_or(usize::MAX)
    }

    /// Returns the plug-ins of a directory, or all without one, each with the message if it does not exist.
    pub fn missing<'a>(
        &'a self,
        directory: Option<&Path>,
        is_there: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a Entry, Error)> {
        let directory = directory.map(|path| path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        let here = move |entry: &&Entry| directory.as_ref().is_none_or(|directory| entry.path.starts_with(directory));
        self.entries.iter().filter(here).filter(move |entry| !is_there(&entry.name)).map(|entry| {
            let message = format!(
                "plug-in `{}` {} was not found: it is in {}; put it back, or write the file again without it",
                entry.name, entry.version, entry.position
            );
            let error = Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message);
            (entry, error.at_path(&entry.path).of_plugin(&entry.name))
        })
    }
}

impl Entry {
    /// Checks the hash of a plug-in's file, which `what` names.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH`.
    pub fn require(&self, found: &Hash, what: &str) -> Result<()> {
        if *found == self.hash {
            return Ok(());
        }
        let (expected, found) = (hex(&self.hash), hex(found));
        let message = format!(
            "{what} has the SHA-256 {found}, and {} expects version {} with {expected}; put that file back, or, if you trust \
             the new one, load it in a registry without a lock and write the file again with VM_PluginRegistryWriteLock",
            self.position, self.version
        );
        Err(Error::new(abi::STATUS_PLUGIN_HASH, message))
    }
}

fn no_path(why: &dyn std::fmt::Display) -> Error {
    Error::new(abi::STATUS_INVALID_ARGUMENT, format!("not a valid path of a lock file: {why}"))
}

fn parse(file: &TomlFile<'_>, directory: &Path) -> Result<Vec<Entry>> {
    let table = file.parse()?;
    let keys = entries(&table);
    // The version is checked first: other versions may have other keys.
    let version = required(file, &keys, "version", 0, "")?;
    match version.value.get_ref().as_integer() {
        Some(number) if number.as_str() == VERSION => {}
        Some(number) => {
            let why = format!("its version is {}, and this library reads {VERSION}; update libvm", number.as_str());
            return Err(file.error(version.value.span().start, &why));
        }
        None => return Err(file.wrong(version, "an integer")),
    }
    let mut made = Vec::new();
    let mut names = HashSet::new();
    for key in keys {
        match key.key {
            "version" => {}
            "plugin" => {
                for item in file.tables(key)? {
                    made.push(plugin(file, item, directory, &mut names)?);
                }
            }
            _ => return Err(file.unknown(key, "at the top of the file", &["version", "plugin"])),
        }
    }
    Ok(made)
}

/// Reads the entry of one plug-in; `names` are those before it.
fn plugin(file: &TomlFile<'_>, item: toml_file::Entry<'_>, directory: &Path, names: &mut HashSet<String>) -> Result<Entry> {
    let known = ["name", "version", "path", "sha256"];
    let keys = file.table(item)?;
    if let Some(key) = keys.iter().find(|key| !known.contains(&key.key)) {
        return Err(file.unknown(*key, "in a plug-in", &known));
    }
    let field = |key| {
        let found = required(file, &keys, key, item.at, " in this plug-in")?;
        Ok((file.text(found)?, found.value.span().start))
    };
    let [(name, name_at), (version, _), (path, _), (digits, digits_at)] =
        [field("name")?, field("version")?, field("path")?, field("sha256")?];
    if !names.insert(name.to_owned()) {
        return Err(file.error(name_at, &format!("`{name}` occurs twice")));
    }
    let hash = from_hex(digits).ok_or_else(|| file.error(digits_at, "`sha256` must have 64 hexadecimal digits"))?;
    let position = format!("the lock file {}", file.position(item.at));
    Ok(Entry { name: name.to_owned(), version: version.to_owned(), path: joined(directory, Path::new(path)), hash, position })
}

/// Returns a key that must be in the table at `at`.
fn required<'a>(
    file: &TomlFile<'_>,
    keys: &[toml_file::Entry<'a>],
    key: &str,
    at: usize,
    table: &str,
) -> Result<toml_file::Entry<'a>> {
    let found = keys.iter().find(|found| found.key == key);
    found.copied().ok_or_else(|| file.error(at, &format!("`{key}` is missing{table}")))
}

/// Returns the path of `file` relative to a directory without links, also without `..`.
fn joined(directory: &Path, file: &Path) -> PathBuf {
    let mut made = directory.to_owned();
    for part in file.components() {
        match part {
            Component::ParentDir => drop(made.pop()),
            Component::CurDir => {}
            part => made.push(part),
        }
    }
    made
}

/// Returns the relative path from a directory to a file, both absolute and without links; the file's own path if there is none.
fn relative(directory: &Path, file: &Path) -> PathBuf {
    let common = directory.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return file.to_owned();
    }
    let up = directory.components().skip(common).map(|_| Component::ParentDir);
    up.chain(file.components().skip(common)).collect()
}

/// Writes the lock file of these plug-ins.
pub fn write(path: &Path, plugins: &[Arc<Plugin>], trusted: &Trusted) -> Result<()> {
    let failed = |error: std::io::Error| Error::io("write the lock file", path, &error);
    let whole = std::path::absolute(path).map_err(|error| no_path(&error))?;
    let Some((directory, name)) = whole.parent().zip(whole.file_name()) else {
        return Err(no_path(&"it is a root directory"));
    };
    let directory = directory.canonicalize().map_err(failed)?;
    let target = directory.join(name);
    if target.is_symlink() {
        let leads = fs::read_link(&target).map_err(failed)?;
        let message = format!(
            "cannot write the lock file {}: it is a symbolic link to {}, and is not followed; pass the path of the file itself",
            path.display(),
            leads.display()
        );
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(path));
    }
    let way = Provenance::of_path(&whole)?;
    way.require(trusted, &format!("the lock file {}", path.display())).map_err(|error| error.at_path(path))?;
    let mut text = format!("{HEADER}version = {VERSION}\n");
    for plugin in plugins {
        let Some(file) = plugin.file() else { continue };
        let hash = file.hash(plugin)?;
        let parent = file.path().parent().and_then(|parent| parent.canonicalize().ok());
        let real = parent.zip(file.path().file_name()).map_or_else(|| file.path().to_owned(), |(parent, name)| parent.join(name));
        let shown = relative(&directory, &real);
        let shown = shown.to_str().ok_or_else(|| {
            let message = format!("the path {} is not valid UTF-8, which a lock file requires; rename it", shown.display());
            Error::new(abi::STATUS_BAD_UTF8, message).at_path(file.path()).of_plugin(plugin.name())
        })?;
        let shown = if cfg!(windows) { shown.replace('\\', "/") } else { shown.to_owned() };
        let fields = [("name", plugin.name()), ("version", plugin.version().as_str()), ("path", &shown), ("sha256", &hex(&hash))];
        text.push_str("\n[[plugin]]\n");
        for (key, value) in fields {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
    }
    files::replace(&target, text.as_bytes()).map_err(failed)
}

/// Formats a TOML string.
fn quoted(text: &str) -> String {
    let mut made = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => made.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(made, "\\u{:04x}", u32::from(letter));
            }
            letter => made.push(letter),
        }
    }
    made + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::DeTable;

    fn read(text: &str) -> Result<Vec<Entry>> {
        parse(&TomlFile::new(text.as_bytes(), "x", abi::STATUS_PLUGIN_LOCK)?, Path::new("/d"))
    }

    #[test]
    fn paths_lead_from_the_lock_file_and_back() {
        let directory = Path::new("/a/b");
        for (file, expected) in [("/a/b/c/x.so", "c/x.so"), ("/a/x.so", "../x.so"), ("/y/x.so", "../../y/x.so")] {
            let found = relative(directory, Path::new(file));
            assert_eq!(found, Path::new(expected));
            assert_eq!(joined(directory, &found), Path::new(file));
        }
        assert_eq!(joined(directory, Path::new("/z/./x.so")), Path::new("/z/x.so"));
    }

    #[test]
    fn strings_are_quoted() {
        for text in ["plain", "a \"b\" \\c", "tab\tnew\nline\u{7f}", "é"] {
            let line = format!("x = {}", quoted(text));
            let table = DeTable::parse(&line).unwrap();
            assert_eq!(table.get_ref().get("x").unwrap().get_ref().as_str(), Some(text));
        }
    }

    #[test]
    fn a_wrong_lock_is_refused_with_line_and_column() {
        let hash = "0".repeat(64);
        let entry = format!("[[plugin]]\nname = \"a\"\nversion = \"1\"\npath = \"a.so\"\nsha256 = \"{hash}\"\n");
        let entries = read(&format!("version = 1\n{entry}")).unwrap();
        assert_eq!((&*entries[0].name, &*entries[0].version, &*entries[0].path), ("a", "1", Path::new("/d/a.so")));
        assert_eq!(entries[0].position, "the lock file x:2:1");
        assert!(read("version = 1").unwrap().is_empty());

        let short = entry.replace(&hash, "0f");
        let cases = [
            (String::new(), "x:1:1: `version` is missing"),
            ("version = 2\nfuture = true".to_owned(), "x:1:11: its version is 2, and this library reads 1; update libvm"),
            ("version = \"1\"".to_owned(), "x:1:11: `version` must be an integer; it is the string \"1\""),
            (
                "version = 1\n other = 2".to_owned(),
                "x:2:2: unknown key `other` at the top of the file; the keys are `version`, `plugin`",
            ),
            ("version = 1\nplugin = 2".to_owned(), "x:2:10: `plugin` must be a list of tables; it is the integer 2"),
            ("version = 1\nplugin = [ 2 ]".to_owned(), "x:2:12: `plugin` must be a list of tables; this item is the integer 2"),
            (
                format!("version = 1\n{entry}size = 2"),
                "x:7:1: unknown key `size` in a plug-in; the keys are `name`, `version`, `path`, `sha256`",
            ),
            (format!("version = 1\n{entry}{entry}"), "x:8:8: `a` occurs twice"),
            (format!("version = 1\n{short}"), "x:6:10: `sha256` must have 64 hexadecimal digits"),
            (format!("version = 1\n{}", entry.replace("path", "#")), "x:2:1: `path` is missing in this plug-in"),
            (format!("version = 1\n{}", entry.replace("\"a.so\"", "true")), "x:5:8: `path` must be a string; it is true"),
            ("version = 1\nname = \"é\" x".to_owned(), "x:2:12: "),
        ];
        for (text, expected) in cases {
            let error = read(&text).unwrap_err();
            let found = error.message();
            assert_eq!(error.status(), abi::STATUS_PLUGIN_LOCK);
            assert!(found.starts_with(expected), "\"{found}\", expected \"{expected}\"");
        }
    }
}
