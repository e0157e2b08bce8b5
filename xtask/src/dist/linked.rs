//! The crates of which code is in what libvm ships.
use super::packages::{COMPILED, PACKAGES};
use crate::{Result, command, compiler};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate, or a library in another language that a crate contains.
pub struct Part {
    pub name: String,
    pub version: String,
    /// An SPDX expression.
    pub licence: String,
    pub repository: Option<String>,
    pub authors: Vec<String>,
    /// SHA-256 of the package at crates.io.
    pub checksum: Option<String>,
    /// The folder of its sources; `None` if they are not on this machine.
    pub folder: Option<PathBuf>,
    /// Names and versions of the crates that it uses.
    pub uses: BTreeSet<(String, String)>,
    pub kind: Kind,
}

/// Where a part comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A package of this workspace.
    Own,
    /// A crate from crates.io.
    Crate,
    /// SQLite and Rust's standard library.
    Other,
}

impl Part {
    /// Returns its name and version, as in `wasmi 2.0.0`.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// Returns what is linked on this machine, or on `all` systems and with all packages, sorted by name and version.
pub fn parts(all: bool) -> Result<Vec<Part>> {
    let linked = linked(all)?;
    let mut found = workspace("Cargo.toml", all, &linked)?;
    found.append(&mut workspace(compiler::MANIFEST, all, &linked)?);
    let mut parts: Vec<Part> = found.into_values().collect();
    let sqlite = parts.iter().find(|part| part.name == "libsqlite3-sys").map(sqlite).transpose()?;
    parts.extend(sqlite);
    parts.push(standard_library()?);
    parts.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(parts)
}

type Key = (String, String);

/// Returns those of the linked crates that a workspace has.
fn workspace(manifest: &str, all: bool, linked: &BTreeMap<Key, BTreeSet<Key>>) -> Result<BTreeMap<Key, Part>> {
    let mut metadata = Command::new("cargo");
    metadata.args(["metadata", "--locked", "--format-version", "1", "--manifest-path"]).arg(crate::root().join(manifest));
    if !all {
        metadata.args(["--filter-platform", &host()?]);
    }
    let metadata: Value =
        serde_json::from_str(&command::output(&mut metadata)?).map_err(|error| format!("cargo metadata: {error}"))?;
    let checksums = checksums(&Path::new(manifest).with_file_name("Cargo.lock"))?;
    let mut parts = BTreeMap::new();
    for package in list(&metadata["packages"]) {
        let key = (text(&package["name"]), text(&package["version"]));
        let Some(uses) = linked.get(&key) else { continue };
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let part = Part {
            // The older way to write a choice.
            licence: text(&package["license"]).replace('/', " OR "),
            repository: package["repository"].as_str().map(str::to_owned),
            authors: list(&package["authors"]).map(text).collect(),
            checksum: checksums.get(&key).cloned(),
            folder: manifest.parent().map(PathBuf::from),
            uses: uses.clone(),
            kind: if package["source"].is_null() { Kind::Own } else { Kind::Crate },
            name: key.0.clone(),
            version: key.1.clone(),
        };
        parts.insert(key, part);
    }
    Ok(parts)
}

/// Asks cargo for the crates that are linked with the features of a release, without those that only run while building: each with
/// those that it uses. One package at a time, because several together may have more features.
fn linked(all: bool) -> Result<BTreeMap<Key, BTreeSet<Key>>> {
    let mut linked: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    let shipped: BTreeSet<&str> = PACKAGES.iter().flat_map(|package| package.crates).copied().collect();
    for name in shipped {
        let manifest = if name == compiler::PACKAGE { compiler::MANIFEST } else { "Cargo.toml" };
        let mut tree = Command::new("cargo");
        tree.args([
            "tree",
            "--locked",
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "depth",
            "--format",
            " {p}",
            "--package",
            name,
            "--manifest-path",
        ]);
        tree.arg(crate::root().join(manifest));
        if COMPILED.contains(&name) {
            tree.args(["--features", "compiled"]);
        }
        if all {
            tree.args(["--target", "all"]);
        }
        let mut above: Vec<Key> = Vec::new();
        for line in command::output(&mut tree)?.lines() {
            // As in "2 memchr v2.8.0"; crates that were listed before come without those that they use.
            let mut words = line.split(' ');
            let (Some(depth), Some(name), Some(version)) =
                (words.next().and_then(|word| word.parse().ok()), words.next(), words.next())
            else {
                continue;
            };
            let key = (name.to_owned(), version.trim_start_matches('v').to_owned());
            above.truncate(depth);
            if let Some(user) = above.last() {
                linked.entry(user.clone()).or_default().insert(key.clone());
            }
            linked.entry(key.clone()).or_default();
            above.push(key);
        }
    }
    Ok(linked)
}

/// Returns the checksums in a Cargo.lock.
fn checksums(lock: &Path) -> Result<BTreeMap<Key, String>> {
    let value = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
        line.and_then(|line| line.strip_suffix('"')).map(str::to_owned)
    };
    let lock = crate::read(lock)?;
    let blocks = lock.split("[[package]]").skip(1);
    Ok(blocks.filter_map(|block| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?))).collect())
}

/// SQLite, whose source the crate `libsqlite3-sys` contains.
fn sqlite(crate_: &Part) -> Result<Part> {
    let folder = crate_.folder.clone().unwrap_or_default().join("sqlite3");
    let header = crate::read(folder.join("sqlite3.h"))?;
    let line = header.lines().find_map(|line| line.strip_prefix("#define SQLITE_VERSION "));
    let version = line.map(|line| line.trim().trim_matches('"').to_owned());
    Ok(Part {
        name: "sqlite".to_owned(),
        version: version.ok_or("sqlite3.h does not contain the version of SQLite")?,
        licence: "blessing".to_owned(),
        repository: Some("https://sqlite.org".to_owned()),
        authors: vec!["D. Richard Hipp and others, who disclaim copyright".to_owned()],
        checksum: None,
        folder: None,
        uses: BTreeSet::new(),
        kind: Kind::Other,
    })
}

/// Rust's standard library, with the crates that are in it.
fn standard_library() -> Result<Part> {
    Ok(Part {
        name: "rust-std".to_owned(),
        version: rustc("release")?,
        licence: "(MIT OR Apache-2.0) AND Unicode-3.0".to_owned(),
        repository: Some("https://github.com/rust-lang/rust".to_owned()),
        authors: vec!["The Rust Project Developers (see https://thanks.rust-lang.org)".to_owned()],
        checksum: None,
        folder: None,
        uses: BTreeSet::new(),
        kind: Kind::Other,
    })
}

/// Returns the target triple of this machine.
pub fn host() -> Result<String> {
    rustc("host")
}

/// Returns a field of what `rustc -vV` prints.
pub fn rustc(field: &str) -> Result<String> {
    let version = command::output(Command::new("rustc").arg("-vV"))?;
    let line = version.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": "));
    line.map(str::to_owned).ok_or_else(|| format!("rustc -vV does not print {field}"))
}

/// Returns the version of libvm.
pub fn version() -> Result<String> {
    let manifest = crate::read("Cargo.toml")?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    Ok(line.and_then(|line| line.strip_suffix('"')).ok_or("Cargo.toml has no version")?.to_owned())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
