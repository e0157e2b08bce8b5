//! What is in ELF files, read with `readelf`.
use crate::{Result, command};
use std::path::Path;
use std::process::Command;

/// Fails if a library or program lacks one of the usual protections, or searches libraries in a folder of its own.
pub fn check(file: &Path) -> Result {
    let text = readelf(file, &["--file-header", "--program-headers", "--dynamic"])?;
    let line = |part: &str| text.lines().find(|line| line.contains(part));
    let mut faults = Vec::new();
    if line(" GNU_STACK ").is_none_or(|line| line.contains("RWE")) {
        faults.push("its stack can be executed");
    }
    if line(" GNU_RELRO ").is_none() {
        faults.push("its relocations stay writable (no RELRO)");
    }
    if line("BIND_NOW").is_none() && line("(FLAGS_1)").is_none_or(|line| !line.contains("NOW")) {
        faults.push("its symbols are bound lazily (no -z now)");
    }
    if line("(TEXTREL)").is_some() {
        faults.push("its code is relocated");
    }
    if line("(RPATH)").or_else(|| line("(RUNPATH)")).is_some() {
        faults.push("it has a run path");
    }
    if line("Type:").is_none_or(|line| !line.contains("DYN")) {
        faults.push("it is not position-independent");
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{}: {}", file.display(), faults.join(", "))) }
}

/// Returns the libraries that a file needs, and the versions of symbols that it needs, such as `GLIBC_2.34`.
pub fn needs(file: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let text = readelf(file, &["--dynamic", "--version-info"])?;
    let libraries = text.lines().filter(|line| line.contains("(NEEDED)"));
    let libraries = libraries.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned())).collect();
    let needed = text.split_once("Version needs section").map_or("", |(_, needed)| needed);
    let versions = needed.lines().filter(|line| line.contains("Flags:"));
    let versions = versions.filter_map(|line| Some(line.split_once("Name: ")?.1.split_whitespace().next()?.to_owned())).collect();
    Ok((libraries, versions))
}

/// Returns the functions that a library exports, sorted.
pub fn exports(file: &Path) -> Result<Vec<String>> {
    let mut nm = Command::new("nm");
    let text = command::output(nm.args(["--dynamic", "--defined-only", "--format=posix"]).arg(file))?;
    let mut names: Vec<String> = text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

fn readelf(file: &Path, arguments: &[&str]) -> Result<String> {
    command::output(Command::new("readelf").env("LC_ALL", "C").arg("--wide").args(arguments).arg(file))
}
