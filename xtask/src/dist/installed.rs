//! The packages are installed and removed by dpkg, in a root folder of their own.
use super::{empty, files_below};
use crate::{Result, command};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Installs the packages, updates the linker's cache, uses them, and removes them, of which nothing may be left.
pub fn test(debs: &[&PathBuf], work: &Path, use_prefix: impl Fn(&Path) -> Result<String>) -> Result<String> {
    if command::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Ok("SKIPPED: dpkg --install: only root may\n".to_owned());
    }
    let root = work.join("root");
    empty(&root)?;
    for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "var/log", "etc"] {
        let made = fs::create_dir_all(root.join(folder));
        made.map_err(|error| format!("cannot create {folder} in {}: {error}", root.display()))?;
    }
    crate::write(&root.join("var/lib/dpkg/status"), "")?;
    let dpkg = |arguments: &[&str]| {
        let mut dpkg = Command::new("dpkg");
        // The C library is not in this root.
        dpkg.arg(format!("--root={}", root.display())).args(["--force-depends", "--force-script-chrootless"]).args(arguments);
        dpkg.env("DEBIAN_FRONTEND", "noninteractive");
        dpkg
    };
    command::capture(dpkg(&["--install"]).args(debs))?;

    let libraries = files_below(&root.join("usr"))?;
    let library =
        libraries.iter().find(|file| file.to_string_lossy().contains("/libvm.so.")).ok_or("the library is not installed")?;
    let folder = library.parent().and_then(|folder| folder.strip_prefix(&root).ok()).ok_or("the library is in no folder")?;
    crate::write(&root.join("etc/ld.so.conf"), &format!("/{}\n", folder.display()))?;
    let ldconfig = || {
        let mut ldconfig = Command::new("ldconfig");
        ldconfig.arg("-r").arg(&root);
        ldconfig
    };
    command::capture(&mut ldconfig())?;
    let cache = command::output(ldconfig().arg("-p"))?;
    if !cache.contains("libvm.so.0.") {
        return Err(format!("the linker does not know the library:\n{cache}"));
    }
    let used = use_prefix(&root.join("usr"))?;

    let installed = fs::read_to_string(root.join("var/lib/dpkg/status")).unwrap_or_default();
    let names: Vec<&str> = installed.lines().filter_map(|line| line.strip_prefix("Package: ")).collect();
    command::capture(dpkg(&["--remove"]).args(&names))?;
    let left = if root.join("usr").exists() { files_below(&root.join("usr"))? } else { Vec::new() };
    if !left.is_empty() {
        return Err(format!("dpkg --remove leaves {left:?}"));
    }
    Ok(format!("{} packages installed by dpkg and removed; {used}\n", names.len()))
}
