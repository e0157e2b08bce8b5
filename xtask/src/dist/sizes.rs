//! Sizes of what is shipped, as the table in docs/building.md has them.
use super::build::{Build, Layout};
use super::{Source, files_below, make, name, packages};
use crate::{Result, target};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Makes a release, and the library without cargo's default features, and returns the table: libraries and programs, without the
/// symbols that nothing needs, and the packages.
pub fn table() -> Result<String> {
    crate::packages::ensure(crate::packages::DEMO)?;
    let (out, work) = (target().join("dist"), target().join("dist-work"));
    let (made, skipped) = make(&out, &work, Source::Reproducible)?;
    let staged = |layout| -> Result<(PathBuf, Vec<PathBuf>)> {
        let build = Build::new(layout, &work, Source::Reproducible)?;
        build.run()?;
        let prefix = build.stage(&packages::components())?.ok_or("CMake has installed nothing")?;
        let binaries = files_below(&prefix)?.into_iter().filter(|file| is_binary(file)).collect();
        Ok((prefix, binaries))
    };
    let mut table = format!("{skipped}| file | size |\n| --- | --- |\n");
    let mut add = |shown: String, what: &str, file: &Path| -> Result {
        let data = fs::metadata(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let _ = writeln!(table, "| `{shown}`{what} | {:.2} MB |", data.len() as f64 / 1e6);
        Ok(())
    };
    for (layout, what) in [(Layout::Prefix, ""), (Layout::Minimal, " without the default features")] {
        let (prefix, binaries) = staged(layout)?;
        for file in binaries {
            add(file.strip_prefix(&prefix).unwrap_or(&file).display().to_string(), what, &file)?;
        }
    }
    for file in made.iter().filter(|file| [".deb", ".gz"].iter().any(|ending| name(file).ends_with(ending))) {
        add(name(file), "", file)?;
    }
    Ok(table)
}

/// Returns whether a file is a library or a program.
fn is_binary(file: &Path) -> bool {
    let starts = |file: &Path| fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF") || bytes.starts_with(b"!<arch>"));
    !file.is_symlink() && starts(file)
}
