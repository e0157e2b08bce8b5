//! `bench --go`: calls from Go through the package, cgo written by hand, and other runtimes.
use super::record;
use crate::{Result, command, root, target, toolchains, wat};
use std::process::Command;

/// Not among the requirements of benches/go: some module proxies do not have it.
const WASMTIME: &str = "github.com/bytecodealliance/wasmtime-go/v46@v46.0.1";

/// Measures and writes the page; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    let library = super::library()?;
    let folder = target().join("bench/go");
    let (pkgconfig, guest, program) = (folder.join("pkgconfig"), folder.join("calls.wasm"), folder.join("calls"));
    std::fs::create_dir_all(&pkgconfig).map_err(|error| format!("cannot create {}: {error}", pkgconfig.display()))?;
    let (include, place) = (root().join("include"), library.display());
    let libvm = format!("Name: libvm\nDescription: libvm\nVersion: 0\nCflags: -I{}\nLibs: -L{place} -lvm\n", include.display());
    crate::write(&pkgconfig.join("libvm.pc"), &libvm)?;
    wat::convert(&root().join("benches/go/calls.wat"), &guest)?;
    let toolchain = toolchains::go()?;
    let go = |arguments: &[&str]| {
        let mut go = Command::new(&toolchain);
        go.arg("-C").arg(root().join("benches/go")).args(arguments);
        go.env("PKG_CONFIG_PATH", &pkgconfig).env("CGO_LDFLAGS", format!("-Wl,-rpath,{place}")).env("GOTOOLCHAIN", "local");
        go
    };
    println!("== Building the programs in Go");
    // A copy of the requirements, with the peer that may be missing.
    let requirements = folder.join("go.mod");
    let copied = std::fs::read_to_string(root().join("benches/go/go.mod")).map_err(|error| error.to_string())?;
    crate::write(&requirements, &copied.replace("../../bindings/go", &root().join("bindings/go").display().to_string()))?;
    std::fs::copy(root().join("benches/go/go.sum"), folder.join("go.sum")).map_err(|error| error.to_string())?;
    let file = format!("-modfile={}", requirements.display());
    let tags = match command::capture(&mut go(&["get", &file, WASMTIME])) {
        Ok(_) => "wasmtime",
        Err(why) => {
            println!("SKIPPED: {WASMTIME}: {}", why.trim());
            ""
        }
    };
    command::capture(go(&["build", &file, "-tags", tags, "-o"]).arg(&program).arg("."))?;
    println!("== Measuring calls from Go");
    let mut run = Command::new(&program);
    run.arg(&guest).args(quick.then_some("-quick")).env_remove(super::LOADER_PATH);
    let output = command::output(&mut run)?;
    println!("{output}");
    if quick { Ok(()) } else { record("go", &output) }
}
