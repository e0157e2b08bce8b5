//! The example of a host, which `cargo test` has built: another cargo would build the library with other features in its place.

use crate::plugins::compiled;
use crate::wasm;
use std::path::Path;
use std::process::{Command, Output};

/// Runs an example.
fn run(args: &[&Path]) -> Output {
    let folder = std::env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let host = folder.join(format!("host{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&host).args(args).output();
    output.unwrap_or_else(|error| panic!("{}: {error}; `cargo build --example host` makes it", host.display()))
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
