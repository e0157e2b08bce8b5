//! `bench --plugins`: the cost of plug-ins.
use super::{library, record};
use crate::packages::{self, Tool};
use crate::{Result, command, root, target};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The number of plug-ins that are loaded.
const COUNT: u32 = 100;

/// Builds the plug-ins and measures; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    packages::ensure(&[Tool(&["cc"], "gcc")])?;
    let library = library()?;
    // The plug-in that is loaded before is in the same folder.
    let (folder, first) = (target().join("bench/plugins"), target().join("bench/first"));
    println!("== Building {COUNT} plug-ins");
    compile(&first, "first")?;
    expressions(&first)?;
    for index in 0..COUNT {
        compile(&folder, &format!("many-{index:03}"))?;
    }
    println!("== Measuring plug-ins");
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--package", "libvm-bench", "--features", "run", "--bin", "plugins", "--"]);
    run.args(quick.then_some("--quick")).arg(folder).env("LIBVM_LIBRARY_DIR", library).env_remove(super::LOADER_PATH);
    if quick {
        return command::show(&mut run);
    }
    let output = command::output(&mut run)?;
    println!("{output}");
    record("plugins", &output)
}

/// Builds the plug-in for regular expressions, as `regex.so` in a folder.
fn expressions(folder: &Path) -> Result {
    command::show(Command::new("cargo").args(["build", "--release", "--locked", "--package", "libvm-regex"]))?;
    let built = target().join("release/liblibvm_regex.so");
    fs::copy(&built, folder.join("regex.so")).map_err(|error| format!("cannot copy {}: {error}", built.display()))?;
    Ok(())
}

/// Builds the plug-in with a name.
fn compile(folder: &Path, name: &str) -> Result {
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"]).arg(format!("-DNAME=\"{name}\""));
    cc.arg(format!("-I{}", root().join("include").display())).arg(root().join("benches/calls/c/many.c"));
    command::capture(cc.arg("-o").arg(folder.join(format!("{name}.so")))).map(drop)
}
