//! `bench --cpp`: what calls cost from C++, beside C.
use super::{library, record};
use crate::packages::{self, Tool};
use crate::{Result, command, root, target, wat};
use std::process::Command;

/// Builds the program and measures; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    packages::ensure(&[Tool(&["c++"], "g++")])?;
    let library = library()?;
    let (program, guest) = (target().join("bench/cpp"), target().join("bench/cpp.wasm"));
    wat::convert(&root().join("benches/cpp/host.wat"), &guest)?;
    let mut compile = Command::new("c++");
    compile.args(["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"]).arg(format!("-I{}", root().join("include").display()));
    compile.arg(root().join("benches/cpp/host.cpp")).arg("-o").arg(&program);
    compile.arg(library.join("libvm.so")).arg(format!("-Wl,-rpath,{}", library.display()));
    command::capture(&mut compile)?;
    println!("== Measuring calls from C++");
    let mut run = Command::new(program);
    run.arg(guest).arg(if quick { "5" } else { "101" }).env_remove(super::LOADER_PATH);
    if quick {
        return command::show(&mut run);
    }
    let output = command::output(&mut run)?;
    println!("{output}");
    record("cpp", &output)
}
