//! Installs missing packages on Debian and Ubuntu; names them elsewhere.
use crate::{Result, command};
use std::path::Path;
use std::process::Command;

/// A tool: programs or files of which one is sufficient, and the Debian package of the first.
pub struct Tool(pub &'static [&'static str], pub &'static str);

/// The tools of the demo.
pub const DEMO: &[Tool] = &[CC, CMAKE, GENERATOR];

/// Those of the demo in C++.
pub const DEMO_CPP: &[Tool] = &[CC, CXX, CMAKE, GENERATOR];

/// Those of the demo in Go; Go itself is among the toolchains.
pub const DEMO_GO: &[Tool] = &[CC, CMAKE, GENERATOR, PKG_CONFIG];

/// The tools of the commands in the guide.
pub const GUIDE: &[Tool] =
    &[CC, CXX, CMAKE, GENERATOR, PKG_CONFIG, Tool(&["zip"], "zip"), Tool(&["unzip"], "unzip"), Tool(&["openssl"], "openssl")];

/// Those of the demo in Rust: C in dependencies is compiled.
pub const DEMO_RUST: &[Tool] = &[CC];

/// The tools of the sanitizers.
pub const SANITIZE: &[Tool] = &[CC, CMAKE, GENERATOR];

/// The checker of Debian packages.
pub const LINTIAN: &[Tool] = &[Tool(&["lintian"], "lintian")];

/// The tools of a Python virtual environment.
pub const PYTHON: &[Tool] = &[Tool(&["python3"], "python3"), Tool(&[VENV], "python3-venv")];

/// The tools of a Python package with an extension module.
pub const PYTHON_EXTENSION: &[Tool] =
    &[Tool(&["python3"], "python3"), Tool(&[VENV], "python3-venv"), Tool(&[PYTHON_H], "python3-dev"), CC];

/// The tools of the tests.
pub const TEST: &[Tool] = &[
    CC,
    CXX,
    Tool(&["clang"], "clang"),
    CMAKE,
    GENERATOR,
    Tool(&["make"], "make"),
    PKG_CONFIG,
    Tool(&["valgrind"], "valgrind"),
    Tool(&["openssl"], "openssl"),
    Tool(&["doxygen"], "doxygen"),
    Tool(&["abidw"], "abigail-tools"),
    // Completions and manual pages.
    Tool(&["zsh"], "zsh"),
    Tool(&["fish"], "fish"),
    Tool(&["groff"], "groff-base"),
    // Programs in C are compiled for WASI.
    Tool(&["wasm-ld"], "lld"),
    Tool(&["/usr/include/wasm32-wasi/stdio.h"], "wasi-libc"),
    Tool(&[BUILTINS], "libclang-rt-dev-wasm32"),
];

/// What clang itself adds to a WASI program, in the folder that clang names.
const BUILTINS: &str = "clang's builtins for wasm32-wasi";
/// The part of Python that Debian packages separately.
const VENV: &str = "Python's ensurepip";
/// Another part.
const PYTHON_H: &str = "Python.h";
const CC: Tool = Tool(&["cc"], "gcc");
const CXX: Tool = Tool(&["g++"], "g++");
const PKG_CONFIG: Tool = Tool(&["pkg-config", "pkgconf"], "pkg-config");
const CMAKE: Tool = Tool(&["cmake"], "cmake");
const GENERATOR: Tool = Tool(&["ninja", "make"], "ninja-build");

const FIND_PYTHON_H: &str = "import os, sysconfig; open(os.path.join(sysconfig.get_paths()['include'], 'Python.h'))";

fn is_there(name: &str) -> bool {
    match name {
        BUILTINS => command::capture(Command::new("clang").args(["--target=wasm32-wasi", "-print-libgcc-file-name"]))
            .is_ok_and(|path| Path::new(path.trim()).exists()),
        VENV => command::capture(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok(),
        PYTHON_H => command::capture(Command::new("python3").args(["-c", FIND_PYTHON_H])).is_ok(),
        path if path.starts_with('/') => Path::new(path).exists(),
        program => command::exists(program),
    }
}

/// Ensures that the tools are installed.
pub fn ensure(tools: &[Tool]) -> Result {
    let missing = || -> Vec<&str> {
        tools.iter().filter(|Tool(programs, _)| !programs.iter().any(|name| is_there(name))).map(|tool| tool.1).collect()
    };
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !Path::new("/etc/debian_version").exists() || !command::exists("apt-get") {
        return Err(format!(
            "These tools are missing, under the names they have in Debian: {list}\n\
             Install them with this system's package manager, then run this again."
        ));
    }
    let mut prefix = Vec::new();
    if !is_root() {
        if !command::exists("sudo") {
            return Err(format!(
                "These packages are missing; run this as root, then this command again:\n    apt-get install {list}"
            ));
        }
        prefix.push("sudo");
    }
    println!("Installing with apt-get: {list}");
    let apt = |arguments: &[&str]| {
        let words: Vec<&str> = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect();
        command::capture(Command::new(words[0]).args(&words[1..]).args(arguments))
    };
    let install: Vec<&str> = ["install", "-y", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    // Package lists may be missing or outdated.
    apt(&install).or_else(|_| apt(&["update"]).and_then(|_| apt(&install)))?;
    match missing()[..] {
        [] => Ok(()),
        ref still => Err(format!(
            "{} is installed, but what it is for is not there: no program in PATH, or no file in its place",
            still.join(", ")
        )),
    }
}

/// Ensures that cargo has a component, such as clippy.
pub fn ensure_component(component: &str, subcommand: &str) -> Result {
    if command::capture(Command::new("cargo").args([subcommand, "--version"])).is_ok() {
        return Ok(());
    }
    if !command::exists("rustup") {
        return Err(format!("cargo {subcommand} is missing: install the {component} that belongs to this Rust"));
    }
    println!("Installing with rustup: {component}");
    command::capture(Command::new("rustup").args(["component", "add", component])).map(drop)
}

/// Ensures that Rust can compile for a target.
pub fn ensure_target(target: &str) -> Result {
    let folder = command::capture(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(folder.trim()).exists() {
        return Ok(());
    }
    if !command::exists("rustup") {
        return Err(format!("Rust's standard library for {target} is missing: install the one that belongs to this Rust"));
    }
    println!("Installing with rustup: {target}");
    command::capture(Command::new("rustup").args(["target", "add", target])).map(drop)
}

fn is_root() -> bool {
    command::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
