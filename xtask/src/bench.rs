//! `bench`: the cost of libvm, compared with what it is built on.
mod compiled;
mod control;
mod cpp;
mod go;
mod peers;
mod plugins;
mod python;

use crate::command;
use crate::packages::{self, Tool};
use crate::{Result, compiler, read, root, target, write};
use std::path::PathBuf;
use std::process::Command;

/// The variable with cargo's paths to libraries of the debug build, which must not be measured.
const LOADER_PATH: &str = "LD_LIBRARY_PATH";
const PAGE: &str = "docs/performance.md";

/// Runs the measurements selected by the arguments, and writes the results to the page.
pub fn run(arguments: &[&str]) -> Result {
    match arguments {
        ["--peers"] => peers::run(false),
        ["--peers", "--quick"] => peers::run(true),
        ["--compiled"] => compiled::run(false),
        ["--compiled", "--quick"] => compiled::run(true),
        ["--control"] => control::run(false),
        ["--control", "--quick"] => control::run(true),
        ["--cpp"] => cpp::run(false),
        ["--cpp", "--quick"] => cpp::run(true),
        ["--go"] => go::run(false),
        ["--go", "--quick"] => go::run(true),
        ["--plugins"] => plugins::run(false),
        ["--plugins", "--quick"] => plugins::run(true),
        ["--python"] => python::run(false),
        ["--python", "--quick"] => python::run(true),
        ["--streams"] => streams(false),
        ["--streams", "--quick"] => streams(true),
        _ => calls(arguments),
    }
}

/// Measures calls; if only some are selected, or in a quick run, the results are only shown.
fn calls(arguments: &[&str]) -> Result {
    let counts = arguments == ["--instructions"];
    if counts {
        packages::ensure(&[Tool(&["valgrind"], "valgrind")])?;
    }
    let library = library()?;
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--package", "libvm-bench", "--features", "run", "--bin", "calls", "--"]);
    run.args(arguments).env("LIBVM_LIBRARY_DIR", library).env_remove(LOADER_PATH);
    println!("== Measuring calls");
    if !counts && !arguments.is_empty() {
        return command::show(&mut run);
    }
    let output = command::output(&mut run)?;
    println!("{output}");
    record(if counts { "instructions" } else { "calls" }, &output)
}

/// Measures events on their way through a stream; the results of a quick run are only shown.
fn streams(quick: bool) -> Result {
    let library = library()?;
    println!("== Measuring streams");
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--package", "libvm-bench", "--features", "run", "--bin", "streams", "--"]);
    run.args(quick.then_some("--quick")).env("LIBVM_LIBRARY_DIR", library).env_remove(LOADER_PATH);
    if quick {
        return command::show(&mut run);
    }
    let output = command::output(&mut run)?;
    println!("{output}");
    record("streams", &output)
}

/// Builds the library as it is installed with everything that it can have, and its compiler; returns their folder.
fn library() -> Result<PathBuf> {
    println!("== Building the library and its compiler (the first time takes some minutes)");
    // As CMake does: cargo omits link-time optimization if a crate is also an rlib.
    let arguments =
        ["rustc", "--release", "--locked", "--package", "libvm", "--lib", "--crate-type", "cdylib", "--features", "compiled"];
    command::show(Command::new("cargo").args(arguments))?;
    let (built, folder) = (target().join("release/libvm.so"), target().join("bench"));
    let copied = std::fs::create_dir_all(&folder).and_then(|()| {
        // The linker looks for the first name, the loader for the second.
        std::fs::copy(&built, folder.join(soname())).and_then(|_| std::fs::copy(&built, folder.join("libvm.so")))
    });
    copied.map_err(|error| format!("cannot copy {} to {}: {error}", built.display(), folder.display()))?;
    compiler::build_into(std::slice::from_ref(&folder))?;
    Ok(folder)
}

/// Returns the library's name for the loader.
fn soname() -> String {
    format!("libvm.so.0.{}", env!("CARGO_PKG_VERSION_MINOR"))
}

/// Replaces the text between two marks of the page with results.
fn record(part: &str, text: &str) -> Result {
    let page = replaced(&read(PAGE)?, part, text).ok_or_else(|| format!("{PAGE} has no marks for the part `{part}`"))?;
    write(&root().join(PAGE), &page)?;
    println!("{PAGE}, part `{part}`, is written");
    Ok(())
}

fn replaced(page: &str, part: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- begin {part} -->\n"), format!("<!-- end {part} -->\n"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_is_between_the_marks_changes() {
        let page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
        let wanted = "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n";
        assert_eq!(super::replaced(page, "x", "new\n").as_deref(), Some(wanted));
        assert_eq!(super::replaced(wanted, "x", "new").as_deref(), Some(wanted));
        assert_eq!(super::replaced(page, "y", "new"), None);
    }
}
