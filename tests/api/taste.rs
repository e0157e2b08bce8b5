//! The examples of hosts, which `cargo test` has built: another cargo would build the library with other features in its place.

use crate::plugins::compiled;
use crate::wasm;
use std::path::Path;
use std::process::{Command, Output};

/// Runs an example.
fn run(example: &str, args: &[&Path]) -> Output {
    let folder = std::env::current_exe().unwrap().parent().unwrap().with_file_name("examples");
    let host = folder.join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&host).args(args).output();
    output.unwrap_or_else(|error| panic!("{}: {error}; `cargo build --example {example}` makes it", host.display()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns what an example prints.
fn printed(example: &str, args: &[&Path]) -> String {
    let output = run(example, args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_example_runs_a_guest_with_a_plugin() {
    let calc = compiled("calc");
    let guest = calc.with_file_name("app.wasm");
    std::fs::write(&guest, wasm(include_str!("../../examples/c/app.wat"))).unwrap();
    assert_eq!(printed("host", &[&calc, &guest]), "guest says 42\nsum is 42\n");
    let output = run("host", &[&calc, Path::new("nowhere.wasm")]);
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stderr);
    assert!(found.contains("Error: VM_STATUS_FILE_NOT_FOUND: ") && found.contains("nowhere.wasm"), "{found}");
}

#[test]
fn the_example_with_hooks_answers_later() {
    assert_eq!(
        printed("host_hooks", &[]),
        "letter: price 6, printed\nposter: no price, refused\nencyclopedia: price 12, refused\n"
    );
    // The plug-in has no hook at this point.
    assert!(printed("host_hooks", &[&compiled("calc")]).starts_with("letter: price 6, printed\n"));
}

#[test]
fn the_example_with_a_stream_prints_words() {
    let expected = "1: a\n1: wide\n1: sea\n2: no\n2: words\n2: no\n2: words\n3 lines, 7 words, 2 commits\n";
    assert_eq!(printed("host_streams", &[]), expected);
    let output = run("host_streams", &[Path::new("nowhere.txt")]);
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stderr);
    assert!(found.contains("nowhere.txt: "), "{found}");
}
