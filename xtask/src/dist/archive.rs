//! The archive of everything, in one prefix that can be moved.
use super::build::{Build, normalize};
use super::{Release, linked, name, packages};
use crate::{Result, command, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Documents that the archive has at its top.
const DOCUMENTS: &[&str] = &["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Makes the archive; `further` are files for its top.
pub fn make(release: &Release, build: &Build, further: &[PathBuf], out: &Path) -> Result<PathBuf> {
    let title = format!("libvm-{}-{}", release.version, linked::host()?);
    let prefix = build.stage(&packages::components())?.ok_or("CMake has installed nothing")?;
    let folder = prefix.with_file_name(&title);
    fs::rename(&prefix, &folder).map_err(|error| format!("cannot rename {}: {error}", prefix.display()))?;
    for file in DOCUMENTS.iter().map(|name| root().join(name)).chain(further.iter().cloned()) {
        fs::copy(&file, folder.join(name(&file))).map_err(|error| format!("cannot copy {}: {error}", file.display()))?;
    }
    normalize(&folder, &release.epoch)?;
    let archive = out.join(format!("{title}.tar"));
    let mut tar = Command::new("tar");
    tar.env("LC_ALL", "C").args(["--create", "--format=gnu", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
    tar.arg(format!("--mtime=@{}", release.epoch)).arg("--file").arg(&archive);
    tar.arg("--directory").arg(folder.parent().expect("it is in the stage")).arg(&title);
    command::capture(&mut tar)?;
    command::capture(Command::new("gzip").args(["-n", build.compression().gzip]).arg(&archive))?;
    Ok(out.join(format!("{title}.tar.gz")))
}
