//! A guest in Rust has the section that `<libvm/guest.h>` writes for a guest in C: both are compared with the guest in the text format.

use std::path::{Path, PathBuf};
use std::process::Command;
use wasmparser::{Parser, Payload};

const TARGET: &str = "wasm32-unknown-unknown";

/// Runs the compiler for wasm.
fn rustc(source: &Path, to: &Path, arguments: &[&str]) {
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "--target", TARGET, "-O", "-C", "panic=abort"]).args(arguments).arg(source);
    let output = rustc.arg("-o").arg(to).output().expect("rustc runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n`cargo xtask test` installs what the tests need: rustup target add {TARGET}");
}

/// Returns the parameters of a module, sorted: a compiler may put them into another order.
fn parameters(wasm: &[u8]) -> Vec<Vec<u8>> {
    let sections = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.expect("it is a module") {
        Payload::CustomSection(section) if section.name() == "libvm.param" => Some(section.data().to_vec()),
        _ => None,
    });
    let (bytes, mut entries) = (sections.collect::<Vec<_>>().concat(), Vec::new());
    let mut rest = &bytes[..];
    while let Some(size) = rest.first_chunk() {
        let (entry, next) = rest.split_at(4 + u32::from_le_bytes(*size) as usize);
        entries.push(entry.to_vec());
        rest = next;
    }
    assert!(rest.is_empty());
    entries.sort();
    entries
}

#[test]
fn a_guest_in_rust_has_the_section() {
    let (here, made) = (Path::new(env!("CARGO_MANIFEST_DIR")), PathBuf::from(env!("CARGO_TARGET_TMPDIR")));
    let (library, guest) = (made.join("liblibvm_guest.rlib"), made.join("guest.wasm"));
    rustc(&here.join("src/lib.rs"), &library, &["--crate-type=rlib", "--crate-name=libvm_guest"]);
    let path = format!("libvm_guest={}", library.display());
    rustc(&here.join("tests/guest/source.rs"), &guest, &["--crate-type=cdylib", "-C", "strip=symbols", "--extern", &path]);
    let wasm = std::fs::read(guest).expect("it was made");
    let text = wat::parse_file(here.join("../../capi-tests/guests/guest_text.wat")).expect("the text is valid");
    let expected = parameters(&text);
    assert_eq!(expected.len(), 3);
    assert_eq!(parameters(&wasm), expected);
}
