//! Files that have become too long to be readable.
use super::{files, none, short};
use crate::{Result, read};

const RUST: usize = 500;
const C_TEST: usize = 200;

/// Checks Rust files and C tests.
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
    none(complaints)
}
