//! Exported symbols: the shared library exports what the headers declare.
use super::none;
use crate::header::{self, text};
use crate::{Result, command, read, target};
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::process::Command;

/// Compares libvm.so with the headers, both ways.
pub fn check() -> Result<String> {
    compare(&[])
}

/// Likewise for a library without its optional parts: the soname is the same, and therefore the functions too. It takes the place of the
/// default library until that is built again.
pub fn check_without_features() -> Result<String> {
    compare(&["--no-default-features"]).map_err(|complaints| format!("without the default features:\n{complaints}"))
}

fn compare(features: &[&str]) -> Result<String> {
    if !cfg!(target_os = "linux") {
        return Ok("only ELF libraries are looked at".to_owned());
    }
    let mut build = Command::new("cargo");
    build.args(["build", "--locked", "--package", "libvm", "--lib"]).args(features);
    command::capture(&mut build)?;
    let path = target().join("debug/libvm.so");
    let bytes = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let defined = file.dynamic_symbols().filter(|symbol| symbol.is_definition());
    let exported: BTreeSet<String> = defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect();

    // What hosts in Rust use costs hosts in C nothing.
    let in_rust = file.symbols().filter_map(|symbol| symbol.name().ok()).find(|name| name.contains("2vm3api"));
    if let Some(symbol) = in_rust {
        return Err(format!("libvm.so contains code of the Rust API: {symbol}"));
    }

    let mut declared = BTreeSet::new();
    for header in header::of_hosts() {
        declared.extend(text::without_comments(&read(header)?).lines().filter_map(text::function_name).map(str::to_owned));
    }
    let missing = declared.difference(&exported).map(|name| format!("{name} is declared, but libvm.so does not export it"));
    let extra = exported.difference(&declared).map(|name| format!("libvm.so exports {name}, which no header declares"));
    let complaints: Vec<String> = missing.chain(extra).collect();
    none(complaints).map(|_| format!("{} functions", declared.len()))
}
