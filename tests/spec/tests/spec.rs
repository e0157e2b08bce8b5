//! The suite passes, in all modes, and `docs/spec.md` says so.
use libvm_spec::report::{PATH, page, run};
use libvm_spec::suite::Mode;
use std::path::Path;

fn check(mode: Mode) {
    let outcomes = run(mode);
    let failures: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.failures).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PATH);
    let found = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let wanted = page(&outcomes);
    for (line, (found, wanted)) in found.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(found, wanted, "line {} of {PATH}; run `cargo xtask spec`", line + 1);
    }
    assert!(
        found == wanted,
        "{PATH} has {} lines, not {}; run `cargo xtask spec`",
        found.lines().count(),
        wanted.lines().count()
    );
}

#[test]
fn the_suite_passes_with_lazy_compilation() {
    check(Mode::Lazy);
}

#[test]
fn the_suite_passes_with_eager_compilation() {
    check(Mode::Eager);
}

#[test]
fn the_suite_passes_with_backtraces() {
    check(Mode::Backtraces);
}

#[test]
fn the_suite_passes_with_metering_and_backtraces() {
    check(Mode::MeteredBacktraces);
}

/// The same numbers: what differs between the engines, the suite does not assert.
#[cfg(feature = "compiled")]
#[test]
fn the_suite_passes_on_the_compiled_engine() {
    if let Err(reason) = libvm_spec::suite::can_compile() {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "SKIPPED: the suite on the compiled engine: {reason}");
        return;
    }
    check(Mode::Compiled);
}
