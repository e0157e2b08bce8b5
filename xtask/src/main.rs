//! `cargo xtask`: the one door to building, testing and checking libvm.
mod header;
mod wat;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The result of every step; the error is what a person reads.
type Result<T = (), E = String> = std::result::Result<T, E>;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  header       write include/libvm.h from src/capi
  wat IN OUT   make a .wasm from text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["header"] => header::write(),
        ["wat", input, output] => wat::convert(Path::new(input), Path::new(output)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The top folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder in it")
}

/// A file of the repository.
fn read(path: &str) -> Result<String> {
    let path: PathBuf = root().join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
