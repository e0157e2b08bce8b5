//! The programs that build plug-ins.

use std::path::PathBuf;

/// A program, and how to get it.
pub type Tool = (&'static str, &'static str);

pub const CARGO: Tool = ("cargo", "install Rust 1.86 or later from https://rustup.rs");
pub const CMAKE: Tool =
    ("cmake", "install CMake 3.16 or later (Debian: apt install cmake), or build the plug-in without it, as its README.md says");

/// Returns the file of a program in `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(&file)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &std::path::Path) -> bool {
    file.is_file()
}
