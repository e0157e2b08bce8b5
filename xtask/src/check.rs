//! `check`: checks of the sources without running them.
mod abi;
mod circles;
mod documentation;
mod floors;
mod headers;
mod imports;
mod licences;
mod sizes;
mod symbols;
mod tags;
mod unsafe_code;

pub use abi::record as record_abi;
pub use symbols::check_without_features as symbols_without_features;

use crate::report::Report;
use crate::{Result, command, compiler, guide, header, read, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A check and its name.
type Check = (&'static str, fn() -> Result<String>);

const CHECKS: &[Check] = &[
    ("format", format),
    ("header-drift", header_drift),
    ("floors", floors::check),
    ("sizes", sizes::check),
    ("tags", tags::check),
    ("unsafe", unsafe_code::check),
    ("guide", guide::check),
    ("headers", headers::check),
    ("abi", abi::check),
    ("licences", licences::check),
    ("clippy", clippy),
    ("symbols", symbols::check),
    ("rustdoc", documentation::rustdoc),
    ("doxygen", documentation::doxygen),
];

/// Runs all checks, or the named ones.
pub fn run(names: &[&str]) -> Result {
    if let Some(unknown) = names.iter().find(|name| !CHECKS.iter().any(|(known, _)| known == *name)) {
        let known: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        return Err(format!("unknown check {unknown}; the checks are {}", known.join(" ")));
    }
    let mut report = Report::default();
    steps(&mut report, names);
    report.finish()
}

/// Runs all checks as steps of a larger report.
pub fn steps(report: &mut Report, names: &[&str]) {
    for (name, check) in CHECKS.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        report.step(&format!("check {name}"), check);
    }
}

fn format() -> Result<String> {
    // The compiler is outside of the workspace.
    let compiler =
        command::capture(Command::new("cargo").args(["fmt", "--check", "--manifest-path"]).arg(root().join(compiler::MANIFEST)));
    Ok(compiler? + &command::capture(Command::new("cargo").args(["fmt", "--all", "--check"]))?)
}

fn clippy() -> Result<String> {
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    command::capture(Command::new("cargo").args(arguments)).map(|_| String::new())
}

fn header_drift() -> Result<String> {
    let (wanted, found) = (header::generate()?, read("include/libvm.h")?);
    if wanted == found {
        return Ok(String::new());
    }
    let same = wanted.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(nothing)").to_owned();
    Err(format!(
        "include/libvm.h differs from src/capi; run `cargo xtask header`.\nline {}\n  is     {}\n  wanted {}",
        same + 1,
        line(&found),
        line(&wanted)
    ))
}

/// Returns all files below folders of the repository with this ending, sorted.
pub fn files(folders: &[&str], ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in folders {
        walk(&root().join(folder), ending, &mut found);
    }
    found.sort();
    found
}

/// Formats a path relative to the repository.
fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Succeeds if there are no complaints.
fn none(complaints: Vec<String>) -> Result<String> {
    if complaints.is_empty() { Ok(String::new()) } else { Err(complaints.join("\n")) }
}
