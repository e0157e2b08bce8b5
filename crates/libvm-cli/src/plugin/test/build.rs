//! Building a plug-in.

use super::tools::{self, Tool};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::interrupt::{self, Interrupt};
use crate::sdk::Sdk;
use crate::{process, text};
use std::path::Path;
use std::process::Command;

/// Builds the plug-in of a directory with the tool that its files are for, and returns the name of the tool.
///
/// # Errors
/// There are no such files, the tool is not installed, or the plug-in cannot be built.
pub fn build(directory: &Path, interrupt: &Interrupt, output: &Output) -> Result<&'static str, Failure> {
    if directory.join("Cargo.toml").is_file() {
        // The target directory is where package.toml expects it, whatever the user's settings say.
        let build = command(tools::CARGO, directory, &["build", "--release", "--target-dir", "target"])?;
        execute(build, interrupt, output)?;
        return Ok("cargo");
    }
    if directory.join("CMakeLists.txt").is_file() {
        if !directory.join("build/CMakeCache.txt").is_file() {
            let mut configure = command(tools::CMAKE, directory, &["-S", ".", "-B", "build"])?;
            // Without an SDK beside this command, CMake may find libvm by itself.
            if let Some((key, path)) = Sdk::find().ok().and_then(|sdk| sdk.cmake_setting()) {
                let mut setting = std::ffi::OsString::from(format!("-D{key}="));
                setting.push(path);
                configure.arg(setting);
            }
            let configured = execute(configure, interrupt, output);
            if configured.is_err() {
                // What CMake remembers of a failure would hide the reason the next time.
                let _ = std::fs::remove_file(directory.join("build/CMakeCache.txt"));
            }
            configured?;
        }
        execute(command(tools::CMAKE, directory, &["--build", "build", "--config", "Release"])?, interrupt, output)?;
        return Ok("CMake");
    }
    let message = format!("{} contains no plug-in to build: neither Cargo.toml nor CMakeLists.txt", text::path(directory));
    Err(Failure::new(Exit::NOT_FOUND, message).hint(
        "run this in the directory of a plug-in, as `libvm plugin new` makes it, or name a built plug-in with --plugin FILE",
    ))
}

fn command((program, advice): Tool, directory: &Path, arguments: &[&str]) -> Result<Command, Failure> {
    let found = tools::find(program);
    let program = found.ok_or_else(|| Failure::new(Exit::NOT_FOUND, format!("{program} was not found")).hint(advice))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    Ok(command)
}

/// Runs a tool. What it prints is shown if it fails, or if it warns.
fn execute(mut command: Command, interrupt: &Interrupt, output: &Output) -> Result<(), Failure> {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_string_lossy());
    let line = text::name(&words.collect::<Vec<_>>().join(" "));
    let ended = {
        let _progress = output.progress("building");
        process::run(&mut command, None, &interrupt.flag())
    };
    if interrupt.has_come() {
        return Err(interrupt::ended());
    }
    let ended = ended.map_err(|error| Failure::new(Exit::NOT_RUNNABLE, format!("cannot run {line}: {error}")))?;
    let printed = text::lines(&(ended.stdout + &ended.stderr));
    let is_done = ended.status.is_some_and(|status| status.success());
    if !is_done || printed.contains("warning:") {
        output.note(printed.trim_end());
    }
    if is_done {
        return Ok(());
    }
    let failure = Failure::new(Exit::NO, format!("the plug-in cannot be built: {line} has failed"));
    Err(match advice(&printed) {
        Some(advice) => failure.hint(advice),
        None => failure,
    })
}

/// What to do about failures that say too little themselves.
fn advice(printed: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("CMAKE_C_COMPILER not set", "install a C compiler (Debian: apt install build-essential), or set CC to one"),
        ("CMAKE_CXX_COMPILER not set", "install a C++ compiler (Debian: apt install build-essential), or set CXX to one"),
        ("CMake was unable to find a build program", "install make (Debian: apt install build-essential) or ninja"),
        (
            "package configuration file provided by \"libvm\"",
            "install the headers of libvm (Debian: libvm-dev), or set LIBVM_SDK to the prefix in which libvm is installed",
        ),
        ("linker `cc` not found", "install a C compiler, with which Rust links (Debian: apt install build-essential)"),
        ("failed to read `", "if libvm was moved, change the paths in Cargo.toml and .cargo/config.toml"),
        (
            "no matching package named",
            "delete .cargo/config.toml to use crates that do not come with libvm; cargo then fetches all crates from crates.io",
        ),
    ];
    KNOWN.iter().find(|(words, _)| printed.contains(words)).map(|(_, advice)| *advice)
}
