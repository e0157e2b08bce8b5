//! The header as bindings read it: cffi, without edits, and calls through the result.
use crate::{Result, command, packages, root, target, wat};
use std::process::Command;

/// The packages that are installed from PyPI, into a virtual environment.
const CFFI: &str = "cffi==2.0.0";

/// Runs tests/cffi/abi_mode.py with the library of the dev profile.
pub fn test() -> Result<String> {
    let folder = target().join("cffi");
    let python = folder.join("python/bin/python");
    let import = |what: &str| command::capture(Command::new(&python).args(["-c", what])).is_ok();
    if !import("import cffi") {
        packages::ensure(packages::PYTHON)?;
        command::capture(Command::new("python3").args(["-m", "venv"]).arg(folder.join("python")))?;
        let install = command::capture(Command::new(&python).args(["-m", "pip", "install", "--quiet", CFFI]));
        if let Err(why) = install {
            return Ok(format!("SKIPPED: cffi: {CFFI} cannot be installed from PyPI: {}", why.trim()));
        }
    }
    command::capture(Command::new("cargo").args(["build", "--locked", "--package", "libvm", "--lib"]))?;
    let (header, guest) = (folder.join("libvm.i"), folder.join("app.wasm"));
    let preprocess = ["-E", "-std=c99", "-DVM_NO_INLINE", "-Iinclude", "include/libvm.h", "-o"];
    command::capture(Command::new("cc").args(preprocess).arg(&header))?;
    wat::convert(&root().join("examples/c/app.wat"), &guest)?;
    let library = target().join("debug").join(if cfg!(target_vendor = "apple") { "libvm.dylib" } else { "libvm.so" });
    command::capture(Command::new(&python).arg("tests/cffi/abi_mode.py").args([header, library, guest]))
}
