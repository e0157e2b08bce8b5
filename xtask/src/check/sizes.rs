//! Files that have become too long to be readable, and files that were added by mistake.
use super::{files, none, short};
use crate::{Result, command, read, root};
use std::process::Command;

const RUST: usize = 500;
const C_TEST: usize = 200;
/// Bytes of any file: more has what was built.
const FILE: u64 = 1 << 20;

/// Checks Rust files and C tests by their lines, and all files by their bytes.
pub fn check() -> Result<String> {
    let rust = files(&["src", "tests", "crates", "xtask", "plugins", "benches", "fuzz", "bindings"], ".rs");
    let c = files(&["capi-tests"], ".c").into_iter().chain(files(&["capi-tests"], ".cpp"));
    let mut complaints = Vec::new();
    for (path, most) in rust.into_iter().map(|path| (path, RUST)).chain(c.map(|path| (path, C_TEST))) {
        let lines = read(&path)?.lines().count();
        if lines > most {
            complaints.push(format!("{} has {lines} lines; {most} is the most", short(&path)));
        }
    }
    // Without git there is nothing to add a file to.
    let tracked = command::capture(Command::new("git").arg("ls-files")).unwrap_or_default();
    for path in tracked.lines() {
        let bytes = std::fs::metadata(root().join(path)).map_or(0, |file| file.len());
        if bytes > FILE {
            complaints.push(format!("{path} has {bytes} bytes; {FILE} is the most: was it built?"));
        }
    }
    none(complaints)
}
