//! `bench --compiled`: the compiled engine, beside the interpreter and wasmtime.
use super::peers::{self, Place};
use super::{library, record};
use crate::packages::{self, Tool};
use crate::{Result, command};
use std::process::Command;

/// Measures; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    packages::ensure(&[Tool(&["cc"], "gcc")])?;
    let library = library()?;
    let place = Place::new(library.clone())?;
    let modules = [peers::sql(&place.folder), peers::esbuild(&place.folder), peers::python(&place.folder)];
    for message in [place.wasmtime()].into_iter().chain(modules.map(|module| module.map(drop))).filter_map(Result::err) {
        println!("not available here: {}", message.trim());
    }
    println!("== Measuring the compiled engine");
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--package", "libvm-bench", "--features", "run", "--bin", "compiled", "--"]);
    run.args(quick.then_some("--quick")).arg(&place.folder).env("LIBVM_LIBRARY_DIR", library).env_remove(super::LOADER_PATH);
    run.env("XDG_CACHE_HOME", place.folder.join("cache"));
    let output = command::output(&mut run)?;
    println!("{output}");
    if quick { Ok(()) } else { record("compiled", &output) }
}
