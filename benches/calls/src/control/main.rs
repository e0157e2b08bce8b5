//! What executions under control cost.
mod metering;
mod pools;
mod suspended;
mod threads;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: control [--quick] [MODULE...]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["--module", concurrency, path] => {
            concurrency.parse().map_err(|_| USAGE.to_owned()).and_then(|count| threads::module(count, Path::new(path)))
        }
        ["--quick", ref modules @ ..] => all(true, modules),
        ref modules if modules.iter().all(|path| !path.starts_with('-')) => all(false, modules),
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

fn all(quick: bool, modules: &[&str]) -> Result<(), String> {
    // First, while the memory of the process is small and in one piece.
    suspended::measure(quick)?;
    metering::measure(quick)?;
    pools::measure(quick)?;
    threads::measure(if quick { 201 } else { 2001 });
    threads::modules(&modules.iter().map(Path::new).collect::<Vec<_>>())
}
