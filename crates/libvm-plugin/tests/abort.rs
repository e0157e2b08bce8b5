//! A plug-in that could not catch panics does not compile.
use std::process::Command;

/// Returns what rustc says of the crate without its dependencies, which it does not find.
fn complaints(panic: &str) -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let arguments = ["--edition=2024", "--crate-type=lib", "--emit=metadata", "-o", "/dev/null", "-C", panic, source];
    let output = Command::new(rustc).args(arguments).output().expect("rustc runs");
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn panic_abort_does_not_compile() {
    let text = "a plug-in catches panics, which would unwind into the guest: build it with `panic = \"unwind\"`, the default";
    let found = complaints("panic=abort");
    assert!(found.contains(text), "{found}");
    let found = complaints("panic=unwind");
    assert!(!found.contains(text), "{found}");
}
