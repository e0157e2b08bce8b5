//! Building a package from a directory.
#![forbid(unsafe_code)]

use crate::files::{self, Opened};
use crate::json::Json;
use crate::limits::{MAX_PACKAGE_DEPTH, MAX_PACKAGE_FILE, MAX_PACKAGE_FILES, MAX_PACKAGE_TEXT};
use crate::package::archive::{self, Writer};
use crate::package::builds::{Builds, stem};
use crate::package::opened::Package;
use crate::plugin::file::hash::hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file;
use crate::plugin::file::platform::Named;
use crate::plugin::registry::trust::sums::{FILE, SIGNATURE_FILE, Sums};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The keys of a description, in the order in which they are written.
const KEYS: &[&str] =
    &["name", "version", "description", "author", "license", "homepage", "modules", "options", "hooks", "sources", "sinks"];

/// Builds a package of the files in a directory. What an old package had at `output` is replaced when the new one is complete
/// and checked. The same files give the same bytes.
///
/// # Errors
/// `STATUS_BAD_PACKAGE` if the files are not those of a package; those of reading and writing files.
pub fn build(directory: &Path, output: &Path) -> Result<()> {
    archive::require()?;
    let target = target(output)?;
    let origin = Origin { shown: format!("the directory {}", directory.display()), path: directory };
    let mut files = BTreeMap::new();
    collect(directory, &target, String::new(), &origin, &mut files)?;
    write(files, &origin, &target, output)
}

/// Builds a package of files, each with its path in the package. Otherwise like [`build`].
///
/// # Errors
/// Those of [`build`]; `STATUS_BAD_PACKAGE` if a path occurs twice.
pub fn build_from_files(list: impl IntoIterator<Item = (String, PathBuf)>, output: &Path) -> Result<()> {
    archive::require()?;
    let target = target(output)?;
    let origin = Origin { shown: "the list of files".to_owned(), path: output };
    let mut files = BTreeMap::new();
    for (name, path) in list {
        if files.len() == MAX_PACKAGE_FILES {
            return Err(origin.bad(&format!("has more than {MAX_PACKAGE_FILES} files")));
        }
        let shown = text::name(&name).into_owned();
        if files.insert(name, path).is_some() {
            return Err(origin.bad(&format!("has `{shown}` twice")));
        }
    }
    write(files, &origin, &target, output)
}

/// What a package is built of, for messages.
struct Origin<'a> {
    shown: String,
    path: &'a Path,
}

impl Origin<'_> {
    fn bad(&self, why: &str) -> Error {
        Error::new(abi::STATUS_BAD_PACKAGE, format!("cannot build a package: {} {why}", self.shown)).at_path(self.path)
    }
}

fn write(mut files: BTreeMap<String, PathBuf>, origin: &Origin<'_>, target: &Path, output: &Path) -> Result<()> {
    // They are made anew.
    files.remove(FILE);
    let signature = files.remove(SIGNATURE_FILE);
    let manifest = name_libraries(origin, &mut files)?;
    let builds = Builds::find(files.keys().map(String::as_str)).map_err(|why| origin.bad(&why))?;
    let name = format!("{}.json", builds.plugin);
    let stated = files.remove(&name).map(|path| read_json(&path, &name)).transpose()?;

    let mut sums = Sums::default();
    let mut writer = Writer::new()?;
    let mut add = |name: &str, bytes: &[u8]| {
        sums.add(name, hash(bytes));
        let executable = builds.builds.iter().any(|build| build.file == name);
        writer.add(name, bytes, executable).map_err(|why| origin.bad(&why))
    };
    add(&name, described(stated, manifest.as_ref()).to_text().as_bytes())?;
    for (name, path) in &files {
        add(name, &read(path, MAX_PACKAGE_FILE)?)?;
    }
    writer.add(FILE, sums.to_text().as_bytes(), false).map_err(|why| origin.bad(&why))?;
    if let Some(path) = signature {
        writer.add(SIGNATURE_FILE, &read(&path, MAX_PACKAGE_TEXT)?, false).map_err(|why| origin.bad(&why))?;
    }
    let bytes = writer.finish();
    // What is written is what every check accepts.
    Package::of_bytes(bytes.clone(), output, &mut |_| Ok(()))?.verify(&mut |_| Ok(()))?;
    files::replace(target, &bytes).map_err(|error| Error::io("write the package", output, &error))
}

/// Returns the path of the package without links in its directory.
fn target(output: &Path) -> Result<PathBuf> {
    let failed = |error: &std::io::Error| Error::io("write the package", output, error);
    let no_path = || Error::new(abi::STATUS_INVALID_ARGUMENT, format!("\"{}\" is not a path of a package", output.display()));
    let whole = std::path::absolute(output).map_err(|_| no_path())?;
    let (directory, name) = whole.parent().zip(whole.file_name()).ok_or_else(no_path)?;
    Ok(directory.canonicalize().map_err(|error| failed(&error))?.join(name))
}

/// Finds the files of a directory and of those in it, except hidden ones and the package itself.
fn collect(
    directory: &Path,
    target: &Path,
    prefix: String,
    origin: &Origin<'_>,
    files: &mut BTreeMap<String, PathBuf>,
) -> Result<()> {
    let failed = |error: &std::io::Error| Error::io("read the directory", directory, error);
    for entry in fs::read_dir(directory).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let (name, path) = (entry.file_name(), entry.path());
        let Some(name) = name.to_str() else {
            let name = name.to_string_lossy();
            return Err(origin.bad(&format!("has a file `{name}` whose name is not valid UTF-8; rename it")));
        };
        if name.starts_with('.') {
            continue;
        }
        let failed = |error: &std::io::Error| Error::io("read the file", &path, error);
        let is_link = entry.file_type().map_err(|error| failed(&error))?.is_symlink();
        let metadata = fs::metadata(&path).map_err(|error| failed(&error))?;
        if metadata.is_dir() {
            // It could lead to a directory above.
            if is_link {
                let why = "that is a symbolic link to a directory; copy the directory";
                return Err(origin.bad(&format!("has an entry `{name}` {why}")));
            }
            if prefix.matches('/').count() + 2 > MAX_PACKAGE_DEPTH {
                return Err(origin.bad(&format!("is more than {MAX_PACKAGE_DEPTH} directories deep")));
            }
            collect(&path, target, format!("{prefix}{name}/"), origin, files)?;
        } else if path.canonicalize().map_err(|error| failed(&error))? != target {
            files.insert(format!("{prefix}{name}"), path);
            if files.len() > MAX_PACKAGE_FILES {
                return Err(origin.bad(&format!("has more than {MAX_PACKAGE_FILES} files")));
            }
        }
    }
    Ok(())
}

/// Removes the prefix `lib`, which build tools add, from the names of libraries; returns the manifest of the first one that can be
/// read.
fn name_libraries(origin: &Origin<'_>, files: &mut BTreeMap<String, PathBuf>) -> Result<Option<Manifest>> {
    let mut first = None;
    let libraries: Vec<_> = files.iter().filter(|(name, _)| !name.contains('/') && stem(name).is_some()).collect();
    let mut renamed = Vec::new();
    for (file, path) in libraries {
        let bytes = read(path, MAX_PACKAGE_FILE)?;
        let Ok((_, Ok(manifest))) = object_file::examine(&bytes, path) else { continue };
        let stem = stem(file).unwrap_or_default();
        let name = Named::split(stem).map_or(stem, |(name, _)| name);
        if name.strip_prefix("lib") == Some(&manifest.name) {
            renamed.push(file.clone());
            renamed.push(format!("{file}.sig"));
        }
        first.get_or_insert(manifest);
    }
    for file in renamed {
        if let Some(path) = files.remove(&file) {
            let short = file["lib".len()..].to_owned();
            if files.insert(short.clone(), path).is_some() {
                return Err(origin.bad(&format!("has both `{file}` and `{short}`; keep one")));
            }
        }
    }
    Ok(first)
}

fn read_json(path: &Path, name: &str) -> Result<Json> {
    let bytes = read(path, MAX_PACKAGE_TEXT)?;
    let json = Json::parse(&bytes, &path.display().to_string(), abi::STATUS_BAD_PACKAGE).map_err(|error| error.at_path(path))?;
    match json {
        Json::Table(_) => Ok(json),
        other => {
            Err(Error::new(abi::STATUS_BAD_PACKAGE, format!("`{name}` must be an object; it is {}", other.show())).at_path(path))
        }
    }
}

/// Returns a description: what the author states, and what the manifest knows besides.
fn described(stated: Option<Json>, manifest: Option<&Manifest>) -> Json {
    let mut stated = match stated {
        Some(Json::Table(entries)) => entries,
        _ => Vec::new(),
    };
    let known = |key: &str| {
        let manifest = manifest?;
        let text = |text: &str| (!text.is_empty()).then(|| Json::from(text));
        match key {
            "name" => text(&manifest.name),
            "version" => text(manifest.version.as_str()),
            "description" => text(&manifest.description),
            "license" => text(&manifest.license),
            "modules" if !manifest.modules.is_empty() => {
                Some(Json::List(manifest.modules.iter().map(|name| Json::table([("name", name.as_str().into())])).collect()))
            }
            _ => None,
        }
    };
    let mut entries = Vec::new();
    for key in KEYS {
        match stated.iter().position(|(found, _)| found == key) {
            Some(index) => entries.push(stated.remove(index)),
            None => entries.extend(known(key).map(|value| ((*key).to_owned(), value))),
        }
    }
    entries.append(&mut stated);
    Json::Table(entries)
}

fn read(path: &Path, most: usize) -> Result<Vec<u8>> {
    let Opened { file, metadata } = files::open(path, "read the file", abi::STATUS_BAD_PACKAGE)?;
    if metadata.len() > most as u64 {
        let message = format!("{} has {} bytes, and it may have {most} in a package", path.display(), metadata.len());
        return Err(Error::new(abi::STATUS_BAD_PACKAGE, message).at_path(path));
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| Error::io("read the file", path, &error))?;
    Ok(bytes)
}
