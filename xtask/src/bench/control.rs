//! `bench --control`: the cost of executions under control: metering, suspension, cancel, pools and threads.
use super::{library, peers, record};
use crate::{Result, command, target};
use std::fs;
use std::process::Command;

/// Measures; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    let library = library()?;
    let folder = target().join("bench/peers");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let mut modules = Vec::new();
    for fetched in [peers::sql(&folder), peers::esbuild(&folder)] {
        match fetched {
            Ok(module) => modules.push(module),
            Err(message) => println!("a module is not available here: {}", message.trim()),
        }
    }
    println!("== Measuring executions under control");
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--package", "libvm-bench", "--features", "run", "--bin", "control", "--"]);
    run.args(quick.then_some("--quick")).args(modules).env("LIBVM_LIBRARY_DIR", library).env_remove(super::LOADER_PATH);
    if quick {
        return command::show(&mut run);
    }
    let output = command::output(&mut run)?;
    println!("{output}");
    record("control", &output)
}
