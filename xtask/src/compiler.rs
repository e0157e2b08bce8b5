//! `compiler`: the compiler of the compiled engine, a package outside of the workspace.
use crate::{Result, command, read, root, target};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;
use std::process::Command;

/// Its package.
pub const PACKAGE: &str = "libvm-compiler";

/// Its manifest.
pub const MANIFEST: &str = "crates/libvm-compiler/Cargo.toml";

/// Folders below the target folder in which cargo puts programs that look for the compiler beside themselves.
const FOLDERS: &[&str] = &["debug", "debug/deps"];

/// Builds the compiler as CMake does for a release, and puts it where programs and tests find it that cargo builds in the dev profile.
pub fn build() -> Result<String> {
    build_into(&FOLDERS.iter().map(|folder| target().join(folder)).collect::<Vec<_>>())
}

/// Builds the compiler, and puts it into folders with libraries that look for it beside themselves.
pub fn build_into(folders: &[PathBuf]) -> Result<String> {
    let output = command::capture(&mut cargo(&["build", "--release"]))?;
    let built = folder().join("release").join(format!("{DLL_PREFIX}vm_compiler{DLL_SUFFIX}"));
    for folder in folders {
        let file = folder.join(name()?);
        let copied = std::fs::create_dir_all(folder).and_then(|()| {
            // A program may have the old file open.
            let new = file.with_extension("new");
            std::fs::copy(&built, &new).and_then(|_| std::fs::rename(&new, &file))
        });
        copied.map_err(|error| format!("cannot copy {} to {}: {error}", built.display(), file.display()))?;
    }
    Ok(output)
}

/// Runs the tests of the compiler itself, in its dev profile, which is optimised too and builds without link-time optimisation.
pub fn test() -> Result<String> {
    command::capture(&mut cargo(&["test"]))
}

fn cargo(verb: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(verb).args(["--locked", "--manifest-path"]).arg(root().join(MANIFEST)).arg("--target-dir").arg(folder());
    cargo
}

/// Returns the folder in which it is built.
fn folder() -> PathBuf {
    target().join("compiler")
}

/// Returns the name of the file, which has the version of libvm.
pub fn name() -> Result<String> {
    if cfg!(windows) {
        return Ok("vm-compiler.dll".to_owned());
    }
    let manifest = read("Cargo.toml")?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = \"")).ok_or("Cargo.toml has no version")?;
    let version: Vec<&str> = version.trim_end_matches('"').split('.').take(2).collect();
    let version = version.join(".");
    Ok(if cfg!(target_vendor = "apple") {
        format!("libvm-compiler.{version}.dylib")
    } else {
        format!("libvm-compiler.so.{version}")
    })
}
