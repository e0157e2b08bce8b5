//! The custom section `libvm.plugins`, in which a module names the plug-ins that it needs.
//!
//! Entries follow each other, so that a linker may concatenate the sections of its inputs. Each is `u32 size` (of the rest), then name,
//! range of versions and path without ending, each `u16 length` and bytes; numbers are little-endian.
#![forbid(unsafe_code)]

use crate::engine::Module;
use crate::limits::MAX_MODULE_PLUGINS;
use crate::plugin::file::manifest::{self, check_name};
use crate::status::{Error, Result, counted};
use crate::text;
use libvm_abi as abi;
use semver::VersionReq;
use std::collections::HashSet;
use std::path::{Component, Path};

/// The name of the custom section.
const SECTION: &str = "libvm.plugins";

/// A plug-in that a module names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The accepted versions; `None` for any.
    pub range: Option<VersionReq>,
    /// Where it is relative to the module's file, without ending; empty if the module does not say.
    pub path: String,
}

/// Returns what a module declares, in its order, and each entry once.
///
/// # Errors
/// `STATUS_BAD_PARAMETER` with the position of the entry that is not valid; `STATUS_LIMIT` for too many entries.
pub fn declared(module: &Module) -> Result<Vec<Declared>> {
    let mut made = Vec::new();
    let mut seen = HashSet::new();
    let mut index = 0;
    for (_, section) in module.custom_sections().filter(|(name, _)| *name == SECTION) {
        let mut at = 0;
        while at < section.len() {
            let bad = |why: String| {
                let message = format!("the custom section {SECTION} is not valid: entry {index}, at byte {at}, {why}");
                Error::new(abi::STATUS_BAD_PARAMETER, message)
            };
            if seen.len() >= MAX_MODULE_PLUGINS {
                let message = format!("the custom section {SECTION} names more than {MAX_MODULE_PLUGINS} plug-ins");
                return Err(Error::new(abi::STATUS_LIMIT, message));
            }
            let (entry, size) = entry(&section[at..]).map_err(bad)?;
            if seen.insert(&section[at..at + size]) {
                made.push(entry);
            }
            at += size;
            index += 1;
        }
    }
    Ok(made)
}

/// Reads the entry at the beginning of a section, and returns its size.
fn entry(bytes: &[u8]) -> Result<(Declared, usize), String> {
    let Some((size, rest)) = bytes.split_first_chunk::<4>() else {
        return Err(format!("has {} of the 4 of its size", counted(bytes.len(), "byte")));
    };
    let size = u32::from_le_bytes(*size) as usize;
    let Some(mut rest) = rest.get(..size) else {
        return Err(format!("is {size} bytes long, and {} follow", counted(rest.len(), "byte")));
    };
    let name = string(&mut rest, "name")?;
    let range = string(&mut rest, "range of versions")?;
    let path = string(&mut rest, "path")?;
    if !rest.is_empty() {
        return Err(format!("has {} after its path", counted(rest.len(), "byte")));
    }
    check_name(name).map_err(|_| {
        let shown = text::name(name);
        format!("names the plug-in \"{shown}\": letters, digits, `-`, `_` and `.` are allowed, and `.` not at the beginning")
    })?;
    let range = manifest::range(range)
        .map_err(|why| format!("has the range of versions \"{}\" for `{name}`: {why}", text::name(range)))?;
    check_path(path).map_err(|why| format!("has the path \"{}\" for `{name}`, which {why}", text::name(path)))?;
    Ok((Declared { name: name.to_owned(), range, path: path.to_owned() }, 4 + size))
}

/// Takes the next string of an entry.
fn string<'a>(rest: &mut &'a [u8], what: &str) -> Result<&'a str, String> {
    let end = || format!("ends in its {what}");
    let (length, bytes) = rest.split_first_chunk::<2>().ok_or_else(end)?;
    let (bytes, after) = bytes.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or_else(end)?;
    *rest = after;
    std::str::from_utf8(bytes).map_err(|_| format!("has a {what} that is not valid UTF-8"))
}

/// Checks that a path stays below the directory that it is relative to, on every platform. The error is the reason.
fn check_path(path: &str) -> Result<(), String> {
    let parts = || Path::new(path).components();
    if path.chars().any(char::is_control) {
        Err("has a control character".to_owned())
    } else if path.contains('\\') || path.contains(':') {
        Err("has a `\\` or `:`; directories are separated by `/`".to_owned())
    } else if path.starts_with('/') || parts().any(|part| matches!(part, Component::RootDir | Component::Prefix(_))) {
        Err("is absolute; a module names files relative to its own".to_owned())
    } else if parts().any(|part| part == Component::ParentDir) {
        Err("has `..`; a module names files in its own directory and below".to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(strings: &[&[u8]]) -> Vec<u8> {
        let parts = strings.iter().flat_map(|text| [(text.len() as u16).to_le_bytes().as_slice(), text].concat());
        let body: Vec<u8> = parts.collect();
        [(body.len() as u32).to_le_bytes().as_slice(), &body].concat()
    }

    #[test]
    fn an_entry_is_read_and_what_follows_is_not() {
        let mut section = bytes(&[b"calc", b">=1.2 <2", b"plugins/calc"]);
        let size = section.len();
        section.extend(bytes(&[b"x", b"", b""]));
        let (entry, used) = entry(&section).unwrap();
        assert_eq!((entry.name.as_str(), entry.path.as_str(), used), ("calc", "plugins/calc", size));
        assert_eq!(entry.range.unwrap().to_string(), ">=1.2, <2");
        assert_eq!(
            super::entry(&section[size..]).unwrap().0,
            Declared { name: "x".to_owned(), range: None, path: String::new() }
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases: &[(&[&[u8]], &str)] = &[
            (&[b"", b"", b""], "names the plug-in \"\""),
            (&[b"../x", b"", b""], "names the plug-in \"../x\""),
            (&[b"x", b"newest", b""], "the range of versions \"newest\""),
            (&[b"x", b"", b"/x"], "\"/x\" for `x`, which is absolute"),
            (&[b"x", b"", b"a/../../x"], "which has `..`"),
            (&[b"x", b"", b"a\\x"], "which has a `\\` or `:`"),
            (&[b"x", b"", b"c:x"], "which has a `\\` or `:`"),
            (&[b"x", b"", b"a\0x"], "has a control character"),
            (&[b"x", b"", b"\xff"], "a path that is not valid UTF-8"),
            (&[b"x", b""], "ends in its path"),
            (&[], "ends in its name"),
            (&[b"x", b"", b"", b"y"], "has 3 bytes after its path"),
        ];
        for (strings, part) in cases {
            let why = entry(&bytes(strings)).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
        let whole = bytes(&[b"calc", b">=1", b"a"]);
        for end in 0..whole.len() {
            let why = entry(&whole[..end]).unwrap_err();
            assert!(why.contains("of the 4 of its size") || why.contains("follow"), "{why}");
        }
        let mut long = whole;
        long[4] = 0xff;
        assert_eq!(entry(&long).unwrap_err(), "ends in its name");
    }
}
