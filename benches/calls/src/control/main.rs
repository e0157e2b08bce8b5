//! What executions under control cost.
mod c;
mod threads;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: control [--quick] [MODULE...]";

/// Returns a guest of `benches/peers/guests`.
fn guest(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../peers/guests/{name}.wat"));
    wat::parse_file(path).expect("the guest is well-formed")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["--module", concurrency, path] => {
            concurrency.parse().map_err(|_| USAGE.to_owned()).and_then(|count| threads::module(count, Path::new(path)))
        }
        ["--quick", ref modules @ ..] => all(15, modules),
        ref modules if modules.iter().all(|path| !path.starts_with('-')) => all(2001, modules),
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

fn all(rounds: usize, modules: &[&str]) -> Result<(), String> {
    threads::measure(rounds);
    threads::modules(&modules.iter().map(Path::new).collect::<Vec<_>>())
}
