//! Documentation without warnings.
use crate::{Result, command, target};
use std::process::Command;

/// The Rust side.
pub fn rustdoc() -> Result<String> {
    let mut doc = Command::new("cargo");
    doc.args(["doc", "--locked", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "-D warnings");
    command::capture(&mut doc).map(|_| String::new())
}

/// The headers; the output is in target/doc-c.
pub fn doxygen() -> Result<String> {
    let output = target().join("doc-c");
    std::fs::create_dir_all(&output).map_err(|error| format!("cannot create {}: {error}", output.display()))?;
    command::capture(Command::new("doxygen").arg("docs/Doxyfile").env("OUTPUT_DIRECTORY", output)).map(|_| String::new())
}
