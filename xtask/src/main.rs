//! `cargo xtask`: the one entry point for building, testing and checking libvm.
mod bench;
mod cffi;
mod check;
mod cmake;
mod command;
mod compiled;
mod compiler;
mod demo;
mod dist;
mod go;
mod guide;
mod hash;
mod header;
mod packages;
mod python;
mod readme;
mod report;
mod sanitize;
mod test;
mod toolchains;
mod wat;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

/// The result of a command; the error is a message for humans.
type Result<T = (), E = String> = std::result::Result<T, E>;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo [LANGUAGE]   build libvm, a plug-in and a host, and run them; in c, cpp, python, go or rust
  test [OPTION]     everything that CI runs; --quick: without release build, valgrind, checker and consumers; --thorough: also what
                    takes long and rarely fails, for a release; --compiled: the C tests and examples on the compiled engine alone
  check [NAME...]   formatting, lints, header drift, floors, symbols, documentation; all of them, or those named
  check-plugin FILE the same as `libvm plugin check FILE`
  compiler          build the compiler of the compiled engine, for what cargo builds in target/debug; --test: run its own tests
  dist [--out DIR]  make Debian packages, an archive, a bill of materials, licences and checksums, in target/dist or DIR;
                    --reproduce: twice, in two folders, and compare; --sizes: print the table of sizes in docs/building.md;
                    --test [--thorough]: test them with what the demo has built
  guide [PAGE...]   run the code of the guide, or of some of its pages, with the library that the demo has installed;
                    --render: make HTML of it with mdBook
  header            write include/libvm.h from src/capi
  abi [OPTION]      record the ABI of this minor version in abi/; --appended: fields were appended to structs
  bench [OPTION]    measure calls and write docs/performance.md; --instructions: with callgrind; --peers: against other
                    interpreters, which are fetched with pip and npm; --plugins: state, guest buffers, loading; --control:
                    metering, suspension, cancel, pools, threads; --compiled: the compiled engine, beside the interpreter and
                    wasmtime; --streams: events through a stream; --cpp, --python and --go: calls from those; --quick
                    [PART], or --quick after one of these: for a look, and write nothing
  spec              run the WebAssembly test suite and write docs/spec.md
  sanitize [NAME]   the C tests under AddressSanitizer and ThreadSanitizer, both sides instrumented; or under one: address, thread
  wat IN OUT        make a .wasm from text";

/// This program. Looked up at the start: cargo may replace the file while it runs.
static XTASK: LazyLock<PathBuf> = LazyLock::new(|| std::env::current_exe().expect("the system knows the executable"));

fn main() -> ExitCode {
    LazyLock::force(&XTASK);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["demo"] => demo::run("c"),
        ["demo", language] => demo::run(language),
        ["test"] => test::run(test::Extent::Usual),
        ["test", "--quick"] => test::run(test::Extent::Quick),
        ["test", "--thorough"] => test::run(test::Extent::Thorough),
        ["test", "--compiled"] => test::run_compiled(),
        ["check", ref names @ ..] => check::run(names),
        ["check-plugin", ref rest @ ..] => return check_plugin(rest),
        ["compiler"] => compiler::build().map(drop),
        ["compiler", "--test"] => compiler::test().map(|output| print!("{output}")),
        ["dist", ref rest @ ..] => dist::run(rest),
        ["guide", "--render"] => guide::render().map(|output| print!("{output}")),
        ["guide", ref names @ ..] => guide::test(test::Extent::Usual, names).map(|output| print!("{output}")),
        ["header"] => header::write(),
        ["abi"] => check::record_abi(false),
        ["abi", "--appended"] => check::record_abi(true),
        ["bench", ref rest @ ..] => bench::run(rest),
        ["spec"] => command::show(Command::new("cargo").args(["run", "--quiet", "--locked", "--package", "libvm-spec"])),
        ["sanitize", ref names @ ..] => sanitize::run(names),
        ["wat", input, output] => wat::convert(Path::new(input), Path::new(output)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("{message}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Runs `libvm plugin check` in the folder of the caller, and ends as it does.
fn check_plugin(arguments: &[&str]) -> ExitCode {
    let manifest = root().join("Cargo.toml");
    let mut command = Command::new("cargo");
    command
        .args(["run", "--quiet", "--locked", "--package", "libvm-cli", "--bin", "libvm", "--manifest-path"])
        .arg(manifest)
        .args(["--", "plugin", "check"])
        .args(arguments);
    match command.status() {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)),
        Err(error) => {
            eprintln!("cannot run cargo: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns the top folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder in it")
}

/// Returns the folder in which cargo and all commands build.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |path| root().join(path))
}

/// Reads a file by its path in the repository.
fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = root().join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Writes a file, and creates its folders.
fn write(path: &Path, text: &str) -> Result {
    let folder = path.parent().expect("a file is in a folder");
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}
