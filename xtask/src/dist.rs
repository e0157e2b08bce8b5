//! `dist`: what a release consists of, with the same bytes wherever it is built: Debian packages, an archive, a bill of materials,
//! licences of third parties, checksums.
mod archive;
mod build;
mod capi;
mod debian;
mod elf;
mod installed;
pub mod licences;
pub mod linked;
mod packages;
mod reproduce;
mod sbom;
mod sizes;
mod test;

pub use reproduce::test as reproduce;
pub use test::{check_protections, test};

use crate::test::Extent;
use crate::{Result, command, hash, read, target};
use build::{Build, Layout};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the files of a release are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A build in a cargo target folder of its own, without paths of this machine.
    Reproducible,
    /// The same in the usual target folder, for tests.
    Release,
    /// The debug build of the C tests, for tests: link-time optimization of what only packages have, the compiled engine, takes minutes.
    Debug,
}

/// What is the same for all files of a release.
struct Release {
    version: String,
    /// Seconds since 1970, which all files have as their time.
    epoch: String,
}

impl Release {
    /// Reads the version, and `SOURCE_DATE_EPOCH`; without it, the time is that of the last commit, or of the changelog.
    fn current() -> Result<Self> {
        let (version, given) = (linked::version()?, std::env::var("SOURCE_DATE_EPOCH"));
        let epoch = match given {
            Ok(epoch) => epoch,
            Err(_) => match command::capture(Command::new("git").args(["log", "-1", "--format=%ct"])) {
                Ok(epoch) => epoch.trim().to_owned(),
                Err(_) => changelog_date()?,
            },
        };
        match epoch.parse::<u64>() {
            Ok(_) => Ok(Self { version, epoch }),
            Err(_) => Err(format!("SOURCE_DATE_EPOCH is not a number of seconds: {epoch}")),
        }
    }

    /// Formats the time in UTC.
    fn date(&self, format: &str) -> Result<String> {
        let mut date = Command::new("date");
        date.env("LC_ALL", "C").args(["-u", "-d", &format!("@{}", self.epoch), &format!("+{format}")]);
        Ok(command::capture(&mut date)?.trim().to_owned())
    }

    /// Returns the first two parts of the version: that of the ABI.
    fn abi(&self) -> &str {
        self.version.rsplit_once('.').map_or(&self.version, |(abi, _)| abi)
    }

    /// Returns the version of the Debian packages.
    fn debian(&self) -> String {
        format!("{}-1", self.version)
    }

    /// Puts versions into a text of a package.
    fn fill(&self, text: &str) -> String {
        text.replace("{abi}", self.abi()).replace("{version}", &self.debian()).replace("{upstream}", &self.version)
    }
}

/// Returns the day of the newest version in the changelog.
fn changelog_date() -> Result<String> {
    let changelog = read("CHANGELOG.md")?;
    let day = changelog.lines().find_map(|line| line.strip_prefix("## [")?.split_once(" - ")).map(|(_, day)| day);
    let day = day.ok_or("there is no commit, and CHANGELOG.md has no day: set SOURCE_DATE_EPOCH")?;
    Ok(command::capture(Command::new("date").args(["-u", "-d", day, "+%s"]))?.trim().to_owned())
}

/// Runs the command with its arguments.
pub fn run(arguments: &[&str]) -> Result {
    let out = match arguments {
        [] => target().join("dist"),
        // Relative to the folder of the caller.
        ["--out", folder] => std::path::absolute(folder).map_err(|error| format!("{folder}: {error}"))?,
        // What `cargo xtask test` runs.
        ["--test"] => return test(Extent::Usual).map(|report| print!("{report}")),
        ["--test", "--thorough"] => return test(Extent::Thorough).map(|report| print!("{report}")),
        ["--reproduce"] => return reproduce().map(|report| println!("{report}")),
        ["--sizes"] => return sizes::table().map(|table| print!("{table}")),
        _ => return Err("usage: cargo xtask dist [--out DIR | --reproduce | --sizes | --test [--thorough]]".to_owned()),
    };
    crate::packages::ensure(crate::packages::DEMO)?;
    let (files, skipped) = make(&out, &target().join("dist-work"), Source::Reproducible)?;
    print!("{skipped}");
    for file in files {
        let bytes = fs::metadata(&file).map_or(0, |data| data.len());
        println!("{:>10}  {}", bytes, file.display());
    }
    Ok(())
}

/// Builds, and writes all files of a release into a folder, which is emptied. Returns the files, and lines about what was left out.
fn make(out: &Path, work: &Path, source: Source) -> Result<(Vec<PathBuf>, String)> {
    if !cfg!(target_os = "linux") {
        return Err("packages are made on Linux: `cmake --install` works on every system".to_owned());
    }
    let release = Release::current()?;
    let parts = linked::parts(false)?;
    let complaints: Vec<String> = parts.iter().filter_map(|part| licences::check(part).err()).collect();
    if !complaints.is_empty() {
        return Err(complaints.join("\n"));
    }
    empty(out)?;
    let mut files = Vec::new();
    let mut add = |name: String, text: &str| {
        files.push(out.join(name));
        crate::write(files.last().expect("it was added"), text)
    };
    add(format!("libvm-{}.cdx.json", release.version), &sbom::format(&release, &parts)?)?;
    add("THIRD-PARTY-LICENSES".to_owned(), &licences::notices(&parts)?)?;

    let tarball = Build::new(Layout::Prefix, work, source)?;
    tarball.run()?;
    files.push(archive::make(&release, &tarball, &files, out)?);
    let mut skipped = String::new();
    if command::exists("dpkg-deb") {
        let build = Build::new(Layout::Debian, work, source)?;
        build.run()?;
        let (debs, without) = debian::make(&release, &build, &parts, out)?;
        files.extend(debs);
        skipped = without;
    } else {
        skipped += "SKIPPED: Debian packages: dpkg-deb is not installed (package dpkg)\n";
    }
    files.sort();
    let sum = |file: &PathBuf| {
        let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        Ok(format!("{}  {}\n", hash::hex(&bytes), name(file)))
    };
    let sums = files.iter().map(sum).collect::<Result<String>>()?;
    files.push(out.join("SHA256SUMS"));
    crate::write(&out.join("SHA256SUMS"), &sums)?;
    Ok((files, skipped))
}

/// Makes an empty folder.
fn empty(folder: &Path) -> Result {
    let removed = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
    removed.and_then(|()| fs::create_dir_all(folder)).map_err(|error| format!("cannot empty {}: {error}", folder.display()))
}

/// Returns the last part of a path.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns all files and links below a folder, sorted.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files_below(&entry.path())?),
            _ => found.push(entry.path()),
        }
    }
    found.sort();
    Ok(found)
}
