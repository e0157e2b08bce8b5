//! The list of the files of a package: `package.toml`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::{text, words};
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use vm::toml_file::{Entry, TomlFile, entries};
use vm::{Error, Plugin, Status};

/// The name of the list in a directory.
pub const LIST: &str = "package.toml";

const KEYS: &[&str] = &["library", "description", "options", "files"];
/// The most bytes of a list.
const MOST: u64 = 1 << 20;
/// The most files of directories in a list: more than a package may have.
const MOST_FILES: usize = 20_000;

/// Reads a list: the files of a package, each with its path in the package.
///
/// # Errors
/// With line and column, if the list is wrong; if a file does not exist.
pub fn read(path: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let bytes = contents(path)?;
    let shown = path.display().to_string();
    let file = TomlFile::new(&bytes, &shown, Status::BAD_CONFIG.number()).map_err(wrong)?;
    let table = file.parse().map_err(wrong)?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut libraries = Vec::new();
    let (mut named, mut files) = (Vec::new(), Vec::new());
    for entry in entries(&table) {
        match entry.key {
            "library" => libraries = read_libraries(&file, entry).map_err(wrong)?,
            "description" => named.push(("json", file.text(entry).map_err(wrong)?)),
            "options" => named.push(("toml", file.text(entry).map_err(wrong)?)),
            "files" => files = file.list(entry).map_err(wrong)?,
            _ => return Err(wrong(file.unknown(entry, "in a list of files", KEYS))),
        }
    }
    let mut made = Vec::new();
    let mut plugin = None;
    for (platform, library_path) in libraries {
        let found = library_of(&directory.join(library_path), platform)?;
        made.push((found.name, found.path));
        plugin.get_or_insert(found.plugin);
    }
    let plugin = plugin.ok_or_else(|| no_library(path))?;
    made.extend(named.into_iter().map(|(ending, file)| (format!("{plugin}.{ending}"), directory.join(file))));
    for (name, at) in files {
        let whole = Path::new(name);
        if !whole.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(wrong(file.error(at, &format!("`{name}` is not below the directory of the list; copy it there"))));
        }
        let kept: Vec<_> = whole.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        let name = kept.iter().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        add(&directory.join(whole), name, 0, &mut made)?;
    }
    Ok(made)
}

/// Returns the path of the library in a list that is for this machine, whether it exists or not.
///
/// # Errors
/// With line and column, if the list is wrong; if it has no such library.
pub fn library_here(path: &Path) -> Result<PathBuf, Failure> {
    use std::env::consts::{ARCH, OS};
    let bytes = contents(path)?;
    let shown = path.display().to_string();
    let file = TomlFile::new(&bytes, &shown, Status::BAD_CONFIG.number()).map_err(wrong)?;
    let table = file.parse().map_err(wrong)?;
    let entry = entries(&table).into_iter().find(|entry| entry.key == "library").ok_or_else(|| no_library(path))?;
    let libraries = read_libraries(&file, entry).map_err(wrong)?;
    let here = format!("{OS}-{ARCH}");
    let found = libraries.iter().find(|(platform, _)| platform.is_none_or(|platform| platform == here));
    let (_, library) = found.ok_or_else(|| {
        Failure::new(Exit::NOT_FOUND, format!("{} has no `library` for {here}, this machine", text::path(path)))
    })?;
    let directory = path.parent().unwrap_or(Path::new(""));
    Ok(directory.join(library))
}

fn contents(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: &std::io::Error| Failure::file("cannot read", path, error);
    if fs::metadata(path).map_err(|error| failed(&error))?.len() > MOST {
        return Err(Failure::new(Exit::USAGE, format!("{} is larger than {MOST} bytes", text::path(path))));
    }
    fs::read(path).map_err(|error| failed(&error))
}

fn no_library(path: &Path) -> Failure {
    let hint = "name it, as in: library = \"build/calc.so\"";
    Failure::new(Exit::USAGE, format!("{} has no `library`", text::path(path))).hint(hint)
}

fn wrong(error: vm::status::Error) -> Failure {
    Failure::new(Exit::USAGE, words::message(&Error::from(error)))
}

/// Returns the libraries with their platforms: one path, or a table of paths by platform.
fn read_libraries<'a>(file: &TomlFile<'a>, entry: Entry<'a>) -> vm::status::Result<Vec<(Option<&'a str>, &'a str)>> {
    match file.table(entry) {
        Ok(table) => table.into_iter().map(|entry| Ok((Some(entry.key), file.text(entry)?))).collect(),
        Err(_) => file.text(entry).map(|path| vec![(None, path)]),
    }
}

/// Returns a library with its name in a package: that of the plug-in.
///
/// # Errors
/// It is not a plug-in.
pub fn library(path: &Path) -> Result<(String, PathBuf), Failure> {
    library_of(path, None).map(|found| (found.name, found.path))
}

struct Library {
    /// The name of the plug-in.
    plugin: String,
    /// Its path in the package.
    name: String,
    path: PathBuf,
}

fn library_of(path: &Path, platform: Option<&str>) -> Result<Library, Failure> {
    let found = Plugin::inspect_file(path).map_err(|error| match error.status() {
        Status::PLUGIN_NOT_FOUND => {
            let message = format!("the library {} does not exist", text::path(path));
            Failure::new(Exit::NOT_FOUND, message).hint("build the plug-in first; `libvm plugin test` does that")
        }
        _ => Failure::library(&error),
    })?;
    let Some(manifest) = found.manifest else {
        let why = found.refusal.map(|refusal| words::message(&refusal)).unwrap_or_default();
        return Err(Failure::new(Exit::NOT_RUNNABLE, format!("{} is not a plug-in: {why}", text::path(path))));
    };
    let ending = found.path.extension().and_then(OsStr::to_str).unwrap_or("so");
    let platform = platform.map(|platform| format!("-{platform}")).unwrap_or_default();
    let name = format!("{}{platform}.{ending}", manifest.name);
    Ok(Library { plugin: manifest.name, name, path: found.path })
}

/// Adds a file, or all files of a directory except hidden ones.
fn add(path: &Path, name: String, depth: usize, made: &mut Vec<(String, PathBuf)>) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| Failure::file("cannot pack", path, error);
    let metadata = fs::metadata(path).map_err(|error| failed(&error))?;
    if !metadata.is_dir() {
        made.push((name, path.to_owned()));
        return Ok(());
    }
    // Links could lead to a directory above.
    if depth > 16 || made.len() > MOST_FILES || path.is_symlink() {
        let message =
            format!("{} has too many files, is nested too deeply, or is a symbolic link to a directory", text::path(path));
        return Err(Failure::new(Exit::USAGE, message));
    }
    let mut entries =
        fs::read_dir(path).and_then(|all| all.collect::<std::io::Result<Vec<_>>>()).map_err(|error| failed(&error))?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let file = entry.file_name();
        let Some(file) = file.to_str() else {
            return Err(Failure::new(
                Exit::USAGE,
                format!("the name of {} is not valid UTF-8; rename it", text::path(&entry.path())),
            ));
        };
        if !file.starts_with('.') {
            add(&entry.path(), format!("{name}/{file}"), depth + 1, made)?;
        }
    }
    Ok(())
}
