//! Two builds in two folders make the same bytes.
use super::{empty, files_below, name};
use crate::{Result, command, root, target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Clones what is committed into two folders, makes a release in each with its own cargo folder and umask, and compares the files.
pub fn test() -> Result<String> {
    let folder = target().join("reproduce");
    empty(&folder)?;
    let first = release(&folder.join("one"), None, "022")?;
    let second = release(&folder.join("another folder"), Some(folder.join("cargo")), "077")?;
    let mut differences = Vec::new();
    let names = |files: &[PathBuf]| files.iter().map(|file| name(file)).collect::<Vec<_>>();
    if names(&first) != names(&second) {
        differences.push(format!("{:?} instead of {:?}", names(&second), names(&first)));
    }
    for (one, other) in first.iter().zip(&second) {
        let bytes = |file: &PathBuf| fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()));
        if bytes(one)? != bytes(other)? {
            differences.push(format!("{} differs from {}", one.display(), other.display()));
        }
    }
    if !differences.is_empty() {
        return Err(differences.join("\n"));
    }
    let removed = fs::remove_dir_all(&folder);
    removed.map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    Ok(format!("{} files, twice the same", first.len()))
}

/// Makes a release in a clone, and returns its files.
fn release(clone: &Path, cargo_home: Option<PathBuf>, umask: &str) -> Result<Vec<PathBuf>> {
    let mut command = Command::new("git");
    command::capture(command.args(["clone", "--quiet"]).arg(root()).arg(clone))?;
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask \"$1\" && cd \"$0\" && exec cargo xtask dist"]).arg(clone).arg(umask);
    shell.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_MANIFEST_DIR");
    if let Some(home) = cargo_home {
        let made = fs::create_dir_all(&home);
        made.map_err(|error| format!("cannot create {}: {error}", home.display()))?;
        shell.env("CARGO_HOME", home);
    }
    command::capture(&mut shell)?;
    files_below(&clone.join("target/dist"))
}
