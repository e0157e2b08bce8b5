//! The record of an installed version: its name, its version, and the SHA-256 of each of its files.
//!
//! It is a file as `sha256sum` writes it, after a line of comment: `sha256sum --check .libvm-package` checks the files too.
#![forbid(unsafe_code)]

use crate::files;
use crate::limits::MAX_PACKAGE_RECORD;
use crate::plugin::file::hash::{Hash, from_hex, hex};
use crate::plugin::file::manifest::check_name;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

/// The name of the file.
pub const RECORD: &str = ".libvm-package";

/// What the first line begins with.
const BEGINNING: &str = "# libvm package 1: ";

/// Maximum length of the first line: a name and a version.
const MAX_TITLE: u64 = 512;

/// The record of an installed version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its files by their paths, in which `/` separates directories.
    pub files: BTreeMap<String, Hash>,
}

impl Record {
    /// Reads the name and the version in the record of a directory.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE` if it is damaged; those of opening a file.
    pub fn read_title(directory: &Path) -> Result<(String, String)> {
        let text = read(directory, MAX_TITLE)?;
        title(&text).ok_or_else(|| damaged(directory))
    }

    /// Reads the record of a directory.
    ///
    /// # Errors
    /// `STATUS_BAD_PACKAGE` if it is damaged; those of opening a file.
    pub fn read(directory: &Path) -> Result<Self> {
        Self::parse(&read(directory, MAX_PACKAGE_RECORD)?).ok_or_else(|| damaged(directory))
    }

    /// Parses the text of a record.
    fn parse(text: &[u8]) -> Option<Self> {
        let (name, version) = title(text)?;
        let lines = std::str::from_utf8(text).ok()?.strip_suffix('\n')?.lines().skip(1);
        let file = |line: &str| {
            let (digits, path) = line.split_once("  ")?;
            Some((path.to_owned(), from_hex(digits)?))
        };
        Some(Self { name, version, files: lines.map(file).collect::<Option<_>>()? })
    }

    /// Formats the text of the record.
    pub fn to_text(&self) -> String {
        let mut text = format!("{BEGINNING}{} {}\n", self.name, self.version);
        for (path, hash) in &self.files {
            let _ = writeln!(text, "{}  {path}", hex(hash));
        }
        text
    }
}

fn read(directory: &Path, most: u64) -> Result<Vec<u8>> {
    let path = directory.join(RECORD);
    let opened = files::open(&path, "read the record of the package", abi::STATUS_BAD_PACKAGE)?;
    let mut text = Vec::new();
    let read = opened.file.take(most).read_to_end(&mut text);
    read.map_err(|error| Error::io("read the record of the package", &path, &error))?;
    Ok(text)
}

/// Reads the first line.
fn title(text: &[u8]) -> Option<(String, String)> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let (name, version) = std::str::from_utf8(&text[..end]).ok()?.strip_prefix(BEGINNING)?.split_once(' ')?;
    Some((check_name(name).ok()?.to_owned(), version.to_owned()))
}

fn damaged(directory: &Path) -> Error {
    let message = format!("the record {} of a package is damaged; install the package again", directory.join(RECORD).display());
    Error::new(abi::STATUS_BAD_PACKAGE, message).at_path(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::file::hash::hash;

    #[test]
    fn what_is_written_is_read() {
        let files = BTreeMap::from([("calc.so".to_owned(), hash(b"a")), ("data/two  words".to_owned(), hash(b"b"))]);
        let record = Record { name: "calc".to_owned(), version: "1.0.0-rc.1".to_owned(), files };
        let text = record.to_text();
        assert!(text.starts_with("# libvm package 1: calc 1.0.0-rc.1\nca978112"), "{text}");
        assert_eq!(Record::parse(text.as_bytes()), Some(record));
    }

    #[test]
    fn a_damaged_record_is_none() {
        let good = "# libvm package 1: calc 1.0.0\n";
        let line = format!("{}  calc.so", hex(&hash(b"a")));
        assert!(Record::parse(good.as_bytes()).is_some_and(|record| record.files.is_empty()));
        for bad in [
            "",
            "\n",
            "# libvm package 1: calc\n",
            "# libvm package 1: ../calc 1\n",
            "# libvm package 2: calc 1\n",
            &format!("{good}{line}"),
            &format!("{good}{}\n", &line[1..]),
            &format!("{good}{}\n", line.replace("  ", " ")),
        ] {
            assert_eq!(Record::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
