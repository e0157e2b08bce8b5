//! `wat`: converts text to a .wasm file.
use crate::Result;
use std::fs;
use std::path::Path;

/// Converts a file.
pub fn convert(input: &Path, output: &Path) -> Result {
    let wasm = wat::parse_file(input).map_err(|error| error.to_string())?;
    fs::write(output, wasm).map_err(|error| format!("cannot write {}: {error}", output.display()))
}
