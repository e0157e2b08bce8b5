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
    packages::ensure(&[Tool(&["cc"], "gcc"), Tool(&["c++"], "g++"), Tool(&["unzip"], "unzip")])?;
    let library = library()?;
    // The plug-in that is loaded before is in the same folder.
    let (folder, first) = (target().join("bench/plugins"), target().join("bench/first"));
    println!("== Building {COUNT} plug-ins");
    compile(&first, "first")?;
    rust(&first, "libvm-regex", "liblibvm_regex.so", "regex.so")?;
    rust(&first, "libvm-process", "liblibvm_process.so", "process.so")?;
    rust(&first, "calc", "libcalc.so", "calc-rust.so")?;
    smallest("cc", "c/plugin_smallest.c", &first.join("calc-c.so"))?;
    smallest("c++", "cpp/plugin_smallest.cpp", &first.join("calc-cpp.so"))?;
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

/// Builds a plug-in in Rust, and copies it into a folder.
fn rust(folder: &Path, package: &str, built: &str, name: &str) -> Result {
    command::show(Command::new("cargo").args(["build", "--release", "--locked", "--package", package]))?;
    let built = target().join("release").join(built);
    fs::copy(&built, folder.join(name)).map_err(|error| format!("cannot copy {}: {error}", built.display()))?;
    Ok(())
}

/// Builds the smallest plug-in in C or C++, which is an example.
fn smallest(compiler: &str, source: &str, output: &Path) -> Result {
    let mut compile = Command::new(compiler);
    compile.args(["-O2", "-shared", "-fPIC", "-fvisibility=hidden"]).arg(format!("-I{}", root().join("include").display()));
    command::capture(compile.arg(root().join("examples").join(source)).arg("-o").arg(output)).map(drop)
}

/// Builds the plug-in with a name.
fn compile(folder: &Path, name: &str) -> Result {
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"]).arg(format!("-DNAME=\"{name}\""));
    cc.arg(format!("-I{}", root().join("include").display())).arg(root().join("benches/calls/c/many.c"));
    command::capture(cc.arg("-o").arg(folder.join(format!("{name}.so")))).map(drop)
}
