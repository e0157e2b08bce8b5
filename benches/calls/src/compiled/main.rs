//! What the compiled engine costs, beside the interpreter and wasmtime's own C API.
mod contexts;
mod speed;
mod starts;

use libvm_bench::guests::Options;
use libvm_bench::peer::Peer;
use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: compiled [--quick] FOLDER

  --quick  few rounds, for a look
  FOLDER   has what `cargo xtask bench --compiled` makes: peer_wasmtime.so, modules *.wasm";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let options = |text: &str| text.parse().map(Options).map_err(|_| USAGE.to_owned());
    let outcome = match words[..] {
        ["--context", given] => options(given).and_then(contexts::report),
        ["--suspended", given] => options(given).and_then(contexts::report_suspended),
        ["--start", given, tier, path] => options(given).and_then(|options| starts::report(options, tier, Path::new(path))),
        ["--quick", folder] => all(true, Path::new(folder)),
        [folder] => all(false, Path::new(folder)),
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

fn all(quick: bool, folder: &Path) -> Result<(), String> {
    let wasmtime = Peer::load("wasmtime", &folder.join("peer_wasmtime.so"));
    let wasmtime = wasmtime.inspect_err(|why| println!("- wasmtime is not available here: {why}\n")).ok();
    speed::measure(quick, wasmtime.as_ref())?;
    contexts::measure(quick, wasmtime.as_ref())?;
    starts::measure(quick, folder)
}

/// Returns the number that this program writes in a process of its own.
fn in_a_process(part: &str, options: Options, change: impl FnOnce(&mut Command) -> &mut Command) -> Result<f64, String> {
    let me = std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    let mut run = Command::new(me);
    let output = change(run.arg(part).arg(options.0.to_string())).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
