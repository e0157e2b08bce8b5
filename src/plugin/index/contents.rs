//! What an index knows, and the text of its file.
//!
//! The text has a line for each plug-in and for each file, with tabs between the fields, because it is read whenever a process needs
//! it: a hundred plug-ins take some ten microseconds.
//!
//! ```text
//! libvm plug-in index 1 of libvm 0.4.0
//! plugin <SHA-256> <the fields of the manifest>
//! functions <modules> (<module> <functions> (<function> <signature>)*)*      of the plug-in above, if they are known
//! file <stamp> <SHA-256, or - if it is no plug-in for this libvm> <path>
//! end
//! ```
#![forbid(unsafe_code)]

use crate::files::Stamp;
use crate::limits;
use crate::plugin::file::fields::{escaped, unescaped};
use crate::plugin::file::hash::{Hash, from_hex, hex};
use crate::plugin::file::manifest::LIBVM_VERSION;
use crate::plugin::native::descriptor::{FunctionInfo, ModuleInfo};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

/// How each index begins, of whatever version.
pub const BEGINNING: &str = "libvm plug-in index ";

/// Why a text is not an index of this library.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is no index.
    Foreign,
    /// It was written by another version of libvm.
    OtherVersion,
    /// This line is wrong, from 1.
    Damaged(usize),
}

/// A file that was examined.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileEntry {
    stamp: Stamp,
    /// The hash of its bytes; `None` if it is no plug-in that this library can load.
    hash: Option<Hash>,
    /// How much of it this process has read.
    read: Read,
}

/// How much of a file this process has read; the rest is what an index file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// Nothing.
    Nothing,
    /// The manifest.
    Manifest,
    /// Everything.
    All,
}

/// What is known of a plug-in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PluginEntry {
    manifest: Arc<str>,
    /// The fields of its functions, if they are known.
    functions: Option<Box<str>>,
}

/// What is known of a file.
#[derive(Clone, Debug)]
pub struct Found {
    /// The plug-in in it; `None` if this library cannot load it.
    pub plugin: Option<Plugin>,
    /// How much of it this process has read.
    pub read: Read,
}

/// The plug-in in a file.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// The hash of the file.
    pub hash: Hash,
    /// The fields of its manifest.
    pub manifest: Arc<str>,
}

/// Files by their path, and plug-ins by the hash of their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    files: BTreeMap<String, FileEntry>,
    plugins: BTreeMap<Hash, PluginEntry>,
}

impl Contents {
    /// Returns whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns what is known of a file; `None` if nothing is, or if it was changed since.
    pub fn find(&self, path: &str, stamp: &Stamp) -> Option<Found> {
        let file = self.files.get(path).filter(|file| file.stamp == *stamp)?;
        let plugin = match file.hash {
            Some(hash) => Some(Plugin { hash, manifest: Arc::clone(&self.plugins.get(&hash)?.manifest) }),
            None => None,
        };
        Some(Found { plugin, read: file.read })
    }

    /// Sets that this process has read the manifest of a known file, which is what the index says.
    pub fn confirm(&mut self, path: &str) {
        if let Some(file) = self.files.get_mut(path) {
            file.read = file.read.max(Read::Manifest);
        }
    }

    /// Sets what this process has found in a file; returns whether that was not known.
    pub fn set_file(&mut self, path: &str, stamp: Stamp, plugin: Option<(Hash, &str)>) -> bool {
        if self.files.len() >= limits::MAX_INDEXED_FILES && !self.files.contains_key(path) {
            self.files.clear();
            self.plugins.clear();
        }
        let file = FileEntry { stamp, hash: plugin.map(|(hash, _)| hash), read: Read::All };
        let before = self.files.insert(path.to_owned(), file.clone());
        let mut changed = before.is_none_or(|before| (before.stamp, before.hash) != (file.stamp, file.hash));
        if let Some((hash, manifest)) = plugin {
            let entry = self.plugins.entry(hash).or_insert_with(|| PluginEntry { manifest: "".into(), functions: None });
            if *entry.manifest != *manifest {
                *entry = PluginEntry { manifest: manifest.into(), functions: None };
                changed = true;
            }
        }
        changed
    }

    /// Sets the functions of a known plug-in; returns whether others were known, or none.
    pub fn set_functions(&mut self, hash: &Hash, modules: &[ModuleInfo]) -> bool {
        let Some(plugin) = self.plugins.get_mut(hash) else { return false };
        let functions = Some(functions_text(modules)).filter(|text| text.len() <= limits::MAX_INDEXED_FUNCTIONS);
        let functions = functions.map(String::into_boxed_str);
        let changed = plugin.functions != functions;
        plugin.functions = functions;
        changed
    }

    /// Returns the modules of a plug-in with their functions, if they are known.
    pub fn functions_of(&self, hash: &Hash) -> Option<Vec<ModuleInfo>> {
        read_functions(self.plugins.get(hash)?.functions.as_deref()?)
    }

    /// Adds what another index knows of files that are not known here.
    pub fn merge(&mut self, other: Self) {
        for (path, file) in other.files {
            if self.files.len() < limits::MAX_INDEXED_FILES {
                self.files.entry(path).or_insert(file);
            }
        }
        for (hash, plugin) in other.plugins {
            let known = self.plugins.entry(hash).or_insert_with(|| plugin.clone());
            if known.functions.is_none() && known.manifest == plugin.manifest {
                known.functions = plugin.functions;
            }
        }
    }

    /// Removes the files for which `exists` returns false, and the plug-ins that are in no file.
    pub fn prune(&mut self, exists: impl Fn(&str) -> bool) {
        self.files.retain(|path, file| file.read > Read::Nothing || exists(path));
        let used: HashSet<Hash> = self.files.values().filter_map(|file| file.hash).collect();
        self.plugins.retain(|hash, _| used.contains(hash));
    }

    /// Formats the contents of an index file, with as many functions as it may contain.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", header());
        let mut room = limits::MAX_INDEX_FILE as usize / 2;
        for (hash, plugin) in &self.plugins {
            let _ = writeln!(text, "plugin\t{}\t{}", hex(hash), plugin.manifest);
            if let Some(functions) = plugin.functions.as_deref().filter(|functions| functions.len() < room) {
                room -= functions.len();
                let _ = writeln!(text, "functions\t{functions}");
            }
        }
        for (path, file) in &self.files {
            let hash = file.hash.map_or_else(|| "-".to_owned(), |hash| hex(&hash));
            let _ = writeln!(text, "file\t{}\t{hash}\t{}", file.stamp, escaped(path));
        }
        text.push_str("end\n");
        text
    }

    /// Reads the contents of an index file.
    ///
    /// # Errors
    /// Why it is not an index of this library.
    pub fn from_text(text: &str) -> Result<Self, Unread> {
        let mut lines = text.split('\n').zip(1..);
        match lines.next() {
            Some((first, _)) if first == header() => {}
            Some((first, _)) if first.starts_with(BEGINNING) => return Err(Unread::OtherVersion),
            _ if BEGINNING.starts_with(text) => return Err(Unread::Damaged(1)),
            _ => return Err(Unread::Foreign),
        }
        let mut made = Self::default();
        let mut last = None;
        for (line, number) in lines {
            let damaged = Unread::Damaged(number);
            match line.split_once('\t') {
                Some(("plugin", fields)) => {
                    let (hash, manifest) = fields.split_once('\t').ok_or(Unread::Damaged(number))?;
                    let hash = from_hex(hash).ok_or(damaged)?;
                    made.plugins.insert(hash, PluginEntry { manifest: manifest.into(), functions: None });
                    last = Some(hash);
                }
                Some(("functions", functions)) => {
                    let plugin = last.take().and_then(|hash| made.plugins.get_mut(&hash)).ok_or(damaged)?;
                    plugin.functions = Some(functions.into());
                }
                Some(("file", fields)) => {
                    let mut fields = fields.splitn(3, '\t');
                    let mut next = || fields.next().ok_or(Unread::Damaged(number));
                    let (stamp, hash, path) = (next()?, next()?, next()?);
                    let stamp = stamp.parse().map_err(|()| Unread::Damaged(number))?;
                    let hash = if hash == "-" { None } else { Some(from_hex(hash).ok_or(damaged)?) };
                    made.files.insert(unescaped(path).into_owned(), FileEntry { stamp, hash, read: Read::Nothing });
                }
                None if line == "end" => return Ok(made),
                _ => return Err(damaged),
            }
        }
        // The end is missing.
        Err(Unread::Damaged(text.split('\n').count()))
    }
}

fn header() -> String {
    format!("{BEGINNING}1 of libvm {LIBVM_VERSION}")
}

fn functions_text(modules: &[ModuleInfo]) -> String {
    let mut text = modules.len().to_string();
    for module in modules {
        let _ = write!(text, "\t{}\t{}", escaped(&module.name), module.functions.len());
        for function in &module.functions {
            let _ = write!(text, "\t{}\t{}", escaped(&function.name), escaped(&function.signature));
        }
    }
    text
}

fn read_functions(text: &str) -> Option<Vec<ModuleInfo>> {
    let mut fields = text.split('\t');
    let mut modules = Vec::new();
    for _ in 0..fields.next()?.parse::<u32>().ok()? {
        let name = unescaped(fields.next()?).into_owned();
        let mut functions = Vec::new();
        for _ in 0..fields.next()?.parse::<u32>().ok()? {
            let (name, signature) = (unescaped(fields.next()?).into_owned(), unescaped(fields.next()?).into_owned());
            functions.push(FunctionInfo { name, signature, flags: 0, permission: None, description: String::new() });
        }
        modules.push(ModuleInfo { name, description: String::new(), functions });
    }
    Some(modules)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(number: u64) -> Stamp {
        format!("1:{number}:3:4:5:6:7").parse().unwrap()
    }

    fn module(name: &str, functions: &[(&str, &str)]) -> ModuleInfo {
        let function = |(name, signature): &(&str, &str)| FunctionInfo {
            name: (*name).to_owned(),
            signature: (*signature).to_owned(),
            flags: 0,
            permission: None,
            description: String::new(),
        };
        ModuleInfo { name: name.to_owned(), description: String::new(), functions: functions.iter().map(function).collect() }
    }

    fn contents() -> Contents {
        let mut made = Contents::default();
        assert!(made.set_file("/a\tb.so", stamp(1), Some(([1; 32], "0\t2\t0\t0\tcalc"))));
        assert!(!made.set_file("/a\tb.so", stamp(1), Some(([1; 32], "0\t2\t0\t0\tcalc"))));
        assert!(made.set_file("/other.so", stamp(2), None));
        let modules = [module("calc", &[("add", "(ii)i"), ("a\tb", "()")]), module("", &[])];
        assert!(made.set_functions(&[1; 32], &modules) && !made.set_functions(&[1; 32], &modules));
        made
    }

    #[test]
    fn an_index_is_written_and_read() {
        let mut read = Contents::from_text(&contents().to_text()).unwrap();
        let found = read.find("/a\tb.so", &stamp(1)).unwrap();
        let plugin = found.plugin.unwrap();
        assert_eq!((plugin.hash, &*plugin.manifest, found.read), ([1; 32], "0\t2\t0\t0\tcalc", Read::Nothing));
        assert!(read.find("/other.so", &stamp(2)).unwrap().plugin.is_none());
        assert!(read.find("/other.so", &stamp(3)).is_none() && read.find("/new.so", &stamp(1)).is_none());
        let functions = read.functions_of(&[1; 32]).unwrap();
        assert_eq!(functions.len(), 2);
        assert_eq!((&*functions[0].functions[1].name, &*functions[0].functions[0].signature), ("a\tb", "(ii)i"));
        read.prune(|path| path == "/other.so");
        assert!(read.functions_of(&[1; 32]).is_none());
    }

    #[test]
    fn a_plugin_whose_manifest_differs_loses_its_functions() {
        let mut made = contents();
        assert!(made.set_file("/a\tb.so", stamp(1), Some(([1; 32], "another"))));
        assert!(made.functions_of(&[1; 32]).is_none());
        let mut merged = made.clone();
        merged.merge(contents());
        assert_eq!(merged, made);
    }

    #[test]
    fn no_part_of_an_index_is_one() {
        let text = contents().to_text();
        for end in 0..text.len() - 1 {
            if text.is_char_boundary(end) {
                assert!(Contents::from_text(&text[..end]).is_err(), "{end}");
            }
        }
        assert_eq!(Contents::from_text("libvm plug-in index 2 of libvm 9"), Err(Unread::OtherVersion));
        assert_eq!(Contents::from_text("notes"), Err(Unread::Foreign));
        assert_eq!(Contents::from_text(&text.replace("file", "fil")), Err(Unread::Damaged(4)));
        assert_eq!(Contents::from_text(&text.replace("0101", "01x1")), Err(Unread::Damaged(2)));
        assert_eq!(Contents::from_text(&text.replace(":3:4", ":3")), Err(Unread::Damaged(4)));
        assert!(read_functions("2\ta\t1\tf").is_none());
        assert!(read_functions("4294967295").is_none());
    }
}
