//! Where the compiler is.
#![forbid(unsafe_code)]

use crate::{system, text};
use std::env;
use std::path::{Path, PathBuf};

/// Name of the file: that of this version, beside which others may be installed.
pub const FILE: &str = if cfg!(windows) {
    "vm-compiler.dll"
} else if cfg!(target_vendor = "apple") {
    concat!("libvm-compiler.", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"), ".dylib")
} else {
    concat!("libvm-compiler.so.", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"))
};

/// What to do where there is none, or that of another version. The names are those of a build and of the Debian packages.
pub const INSTALL: &str = concat!(
    "install the compiler of libvm ",
    env!("CARGO_PKG_VERSION"),
    " (component `compiler`, package libvm-compiler",
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR"),
    ")"
);

/// Returns the folders in which the compiler is looked for: the one of this library. If it is linked statically, the one of the executable,
/// and those of a shared library that is installed with the same prefix.
///
/// A privileged process (setuid) has none of its executable, to which its user may have created a link elsewhere.
pub fn folders() -> Vec<PathBuf> {
    let (file, is_static) = system::own_file();
    let Some(file) = file.filter(|_| !is_static || !system::is_privileged()) else { return Vec::new() };
    let real = file.canonicalize().unwrap_or_else(|_| file.clone());
    let mut files = vec![file, real];
    files.dedup_by(|real, file| real.parent() == file.parent());
    files.iter().flat_map(|file| around(file, is_static)).collect()
}

/// Returns the folder of a file, and for an executable those of libraries with the same prefix.
fn around(file: &Path, is_static: bool) -> Vec<PathBuf> {
    let Some(folder) = file.parent() else { return Vec::new() };
    let mut made = vec![folder.to_owned()];
    if let Some(prefix) = folder.parent().filter(|_| is_static) {
        let multiarch = format!("lib/{}-linux-gnu", env::consts::ARCH);
        let places = ["lib", "lib64"].into_iter().chain(cfg!(target_os = "linux").then_some(&*multiarch));
        made.extend(places.map(|place| prefix.join(place)));
    }
    made
}

/// Returns the path of the compiler in the first folder that has one.
///
/// # Errors
/// The reason, which names the folders.
pub fn find(folders: &[PathBuf]) -> Result<PathBuf, String> {
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    folders.iter().map(|folder| folder.join(FILE)).find(is_there).ok_or_else(|| nowhere(folders))
}

/// Returns a path for a message.
pub fn shown(path: &Path) -> String {
    text::line(&path.display().to_string()).into_owned()
}

fn nowhere(folders: &[PathBuf]) -> String {
    match folders {
        [] => "libvm does not know its own file, beside which the compiler would be".to_owned(),
        folders => {
            let folders: Vec<_> = folders.iter().map(|folder| shown(folder)).collect();
            format!("there is no {FILE} in {}; {INSTALL}", folders.join(" or "))
        }
    }
}
