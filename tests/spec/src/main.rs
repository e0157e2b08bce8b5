//! Runs the suite and writes `docs/spec.md`.
use libvm_spec::{report, suite::Mode};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcomes = report::run(Mode::Lazy);
    outcomes.iter().flat_map(|outcome| &outcome.failures).for_each(|failure| eprintln!("{failure}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(report::PATH);
    match std::fs::write(&path, report::page(&outcomes)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write {}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
