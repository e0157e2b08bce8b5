//! Documentation without warnings.
use crate::{Result, command, target};
use std::process::Command;

/// The Rust side.
pub fn rustdoc() -> Result<String> {
    let mut doc = Command::new("cargo");
    doc.args(["doc", "--locked", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "-D warnings");
    command::capture(&mut doc).map(|_| String::new())
}

/// The headers for C and for C++; the output is in target/doc-c and target/doc-cpp.
pub fn doxygen() -> Result<String> {
    for (file, output) in [("docs/Doxyfile", "doc-c"), ("docs/Doxyfile-cpp", "doc-cpp")] {
        let output = target().join(output);
        std::fs::create_dir_all(&output).map_err(|error| format!("cannot create {}: {error}", output.display()))?;
        command::capture(Command::new("doxygen").arg(file).env("OUTPUT_DIRECTORY", output))?;
    }
    Ok(String::new())
}
