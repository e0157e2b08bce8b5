//! `bench --plugins`: what plug-ins cost.
use super::{library, record};
use crate::packages::{self, Tool};
use crate::{Result, command, root, target};
use std::fs;
use std::process::Command;

/// How many plug-ins are loaded.
const COUNT: u32 = 100;

/// Builds the plug-ins and measures; a quick run is shown only.
pub fn run(quick: bool) -> Result {
    packages::ensure(&[Tool(&["cc"], "gcc")])?;
    let library = library()?;
    let folder = target().join("bench/plugins");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    println!("== Building {COUNT} plug-ins");
    for index in 0..COUNT {
        let mut cc = Command::new("cc");
        cc.args(["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"]).arg(format!("-DNAME=\"many-{index:03}\""));
        cc.arg(format!("-I{}", root().join("include").display())).arg(root().join("benches/calls/c/many.c"));
        command::capture(cc.arg("-o").arg(folder.join(format!("many-{index:03}.so"))))?;
    }
    println!("== Measuring plug-ins");
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--package", "libvm-bench", "--features", "run", "--bin", "plugins", "--"]);
    run.args(quick.then_some("--quick")).arg(folder).env("LIBVM_LIBRARY_DIR", library);
    if quick {
        return command::show(&mut run);
    }
    let output = command::output(&mut run)?;
    println!("{output}");
    record("plugins", &output)
}
