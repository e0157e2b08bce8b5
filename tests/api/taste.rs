//! The example of a host, run as its users run it.

use crate::plugins::compiled;
use crate::wasm;
use std::path::Path;
use std::process::{Command, Output};

/// Runs an example.
fn run(args: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "--example", "host", "--"]).args(args);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

#[test]
fn the_example_runs_a_guest_with_a_plugin() {
    let calc = compiled("calc");
    let guest = calc.with_file_name("app.wasm");
    std::fs::write(&guest, wasm(include_str!("../../examples/c/app.wat"))).unwrap();
    let output = run(&[&calc, &guest]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "guest says 42\nsum is 42\n");
    let output = run(&[&calc, Path::new("nowhere.wasm")]);
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stderr);
    assert!(found.contains("Error: VM_STATUS_FILE_NOT_FOUND: ") && found.contains("nowhere.wasm"), "{found}");
}
